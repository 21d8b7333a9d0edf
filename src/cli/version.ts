import { readFileSync } from "node:fs";
import { OPTIONS } from "../config/options.js";
import { loadTables } from "../schema/tables.js";

export function versionText(): string {
  const file = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  const emulated = loadTables(OPTIONS["kubernetes-version"].default).version;
  return `fake-apiserver ${version}, Kubernetes ${emulated}, Node ${process.version}\n`;
}
