/**
 * external-fleet.ts STATE_DIR SERVER OUT: a fleet with one and the same real server behind two endpoints, one for each
 * way of a proxy. STATE_DIR is what test/real/up.sh has made. Writes OUT/WAY/kubeconfig and, for the contract suite,
 * the CA beside it; prints "ready" and goes on until SIGTERM.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { PROXY_WAYS } from "../../../src/cluster/spec.js";
import { startEmulatedFleet } from "../../../src/compose.js";

const [state = "", server = "", out = ""] = process.argv.slice(2);
const file = (name: string) => readFileSync(join(state, "pki", name), "utf8");
const pair = (name: string) => ({ certificate: file(`${name}.crt`), key: file(`${name}.key`) });
const log = pino({ level: process.env.LOG_LEVEL ?? "error" }, pino.destination(2));
const fleet = await startEmulatedFleet({ clusters: 0, basePort: 0, log });
const external = {
  type: "external",
  server,
  ca: file("ca.crt"),
  client: pair("admin"),
  frontProxy: pair("front-proxy"),
};
for (const proxy of PROXY_WAYS) {
  const backend = { type: "passthrough", proxy, runtime: { ...external, type: "external" } } as const;
  const cluster = await fleet.create({ name: proxy, ca: pair("ca"), backend });
  mkdirSync(join(out, proxy, "pki"), { recursive: true });
  for (const name of ["ca.crt", "ca.key"]) cpSync(join(state, "pki", name), join(out, proxy, "pki", name));
  const kubeconfig = readFileSync(join(state, "kubeconfig"), "utf8").replace(server, cluster.url);
  writeFileSync(join(out, proxy, "kubeconfig"), kubeconfig, { mode: 0o600 });
}
process.once("SIGTERM", () => void fleet.close().then(() => process.exit(0)));
console.log("ready");
