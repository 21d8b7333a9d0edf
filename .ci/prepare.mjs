// Installs and builds what is missing or out of date, so that `npm start` and `npm test` work on a fresh clone.
// Plain JavaScript without dependencies: nothing is installed yet when it runs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : modified(path));
  }
  return latest;
}

function run(what, args) {
  console.error(`fake-apiserver: ${what} …`);
  const { status } = spawnSync(npm, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) {
    console.error(`fake-apiserver: \`npm ${args.join(" ")}\` failed; its own messages are above`);
    process.exit(status ?? 1);
  }
}

const installed = modified(join(root, "node_modules", ".package-lock.json"));
if (installed === 0 || installed < modified(join(root, "package-lock.json"))) {
  run("installing packages", ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
}
if (process.argv.includes("--build")) {
  const built = modified(join(root, "dist", "cli", "bin.js"));
  if (built === 0 || built < newest(join(root, "src"))) run("building", ["run", "--silent", "build"]);
}
