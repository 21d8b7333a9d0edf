import { readFileSync } from "node:fs";
import { OPTIONS } from "../config/options.js";
import { loadTables } from "../schema/tables.js";
import { formatted } from "./print.js";

export function programVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** `format` is what -o got. @throws ConfigError for an unknown one */
export function versionText(format: string): string {
  const version = programVersion();
  const kubernetes = loadTables(OPTIONS["kubernetes-version"].default).version;
  const versions = { fakeApiserver: version, kubernetes, node: process.version };
  return formatted(versions, format, {
    text: () => `fake-apiserver ${version}, Kubernetes ${kubernetes}, Node ${process.version}\n`,
  });
}
