/**
 * Every benchmark in turn, or those that are named: `npm run bench`, `npm run bench -- startup get`. Each file runs
 * by itself, too: `npx tsx bench/get.ts`. passthrough has to be named: it needs what test/e2e/passthrough/build.sh makes. Figures of a busy machine say little: mind the load.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, freemem, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

const RUNS: readonly (readonly [file: string, ...args: string[]])[] = [
  ["startup", "1000", "ports"],
  ["startup", "10000", "sni"],
  ["memory", "1000", "ports"],
  ["memory", "10000", "sni"],
  ["crds", "100"],
  ["get"],
  ["codec"],
  ["store"],
  ["passthrough"],
];
/** Those that need more than what `npm ci` brings. */
const NAMED: ReadonlySet<string> = new Set(["passthrough"]);

const GIB = 1024 ** 3;

function surroundings(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const { node, v8, openssl } = process.versions;
  const memory = `${(freemem() / GIB).toFixed(1)} of ${(totalmem() / GIB).toFixed(1)} GiB free`;
  return [
    `fake-apiserver ${version}, Node ${node} (V8 ${v8}, OpenSSL ${openssl}), ${process.platform} ${process.arch}`,
    `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${memory}, ${load()}`,
  ].join("\n");
}

function load(): string {
  return `load ${loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")}`;
}

async function run(file: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n== ${[file, ...args].join(" ")} (${load()})`);
  const path = fileURLToPath(new URL(`${file}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

const wanted = process.argv.slice(2);
const chosen = RUNS.filter(([file]) => (wanted.length === 0 ? !NAMED.has(file) : wanted.includes(file)));
const unknown = wanted.filter((name) => !RUNS.some(([file]) => file === name));
if (unknown.length > 0) {
  const known = [...new Set(RUNS.map(([file]) => file))].join(", ");
  console.error(`bench: there is no ${unknown.join(", ")}; there are ${known}`);
  process.exit(2);
}

console.log(surroundings());
for (const [file, ...args] of chosen) {
  if (!(await run(file, args))) {
    console.error(`bench: ${file} failed`);
    process.exitCode = 1;
  }
}
