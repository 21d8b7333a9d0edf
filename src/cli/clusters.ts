import { stringify } from "yaml";
import { type FleetRecord, Output } from "../cluster/output.js";
import { StartError } from "../cluster/start-error.js";
import { ConfigError } from "../config/resolve.js";

/** @throws StartError when no fleet runs on the folder */
export function runningFleet(out: string): FleetRecord {
  const record = new Output(out).readRecord();
  if (!record || !isAlive(record.pid)) {
    throw new StartError(`no fleet is running on ${out}; start one with \`fake-apiserver --out ${out}\``);
  }
  return record;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** @throws StartError, ConfigError for an unknown format */
export function listClusters(out: string, format: string): string {
  const { clusters } = runningFleet(out);
  if (format === "json") return `${JSON.stringify(clusters, null, 2)}\n`;
  if (format === "yaml") return stringify(clusters);
  if (format !== "table")
    throw new ConfigError(`--output: expected table, json or yaml, found ${JSON.stringify(format)}`);
  const rows = [
    ["NAME", "SERVER", "TLS SERVER NAME"],
    ...clusters.map((c) => [c.name, c.server, c.tlsServerName ?? ""]),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  const [first, second] = [width(0), width(1)];
  return rows
    .map(([a, b, c]) => `${a!.padEnd(first)}   ${b!.padEnd(second)}   ${c}`.trimEnd())
    .join("\n")
    .concat("\n");
}
