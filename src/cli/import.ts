import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { KubeClient } from "../client/client.js";
import { type Connection, ConnectionError, parseKubeconfig } from "../client/connection.js";
import { StartError } from "../cluster/start-error.js";
import { ConfigError } from "../config/resolve.js";
import { builtinRegistry } from "../schema/registry-builtin.js";
import { loadTables } from "../schema/tables.js";
import { AdminClient } from "./admin-client.js";
import { withExecCredential } from "./transfer/exec-credential.js";
import { type Content, readCluster } from "./transfer/read.js";
import { reading, type SelectFlags, unreadable, wishesOf } from "./transfer/reading.js";
import { redacted } from "./transfer/redact.js";

/** What `import` takes, as flags name it. */
export interface ImportFlags extends SelectFlags {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly name?: string;
}

/** The admin API's answer. */
interface Imported {
  readonly cluster: { readonly name: string; readonly server: string; readonly tlsServerName?: string };
  readonly imported: number;
  readonly own: readonly string[];
  readonly unknownFields: readonly string[];
  readonly otherServiceRange?: string;
}

/**
 * Makes a cluster of what another has. `tell` is told, line by line, what is not the same.
 * @throws StartError with no cluster made; ConfigError
 */
export async function importCluster(out: string, flags: ImportFlags, tell: (line: string) => void): Promise<string> {
  const admin = AdminClient.of(out);
  const { name, skipUnreadable = false, redactSecrets = false } = flags;
  const { kubernetesVersion } = await admin.call<{ kubernetesVersion: string }>("GET", "/v1/fleet");
  const { clusters } = await admin.call<{ clusters: readonly { name: string }[] }>("GET", "/v1/clusters");
  if (clusters.some((cluster) => cluster.name === name)) {
    throw new StartError(`there is a cluster ${JSON.stringify(name)} already`, "conflict");
  }
  const api = new KubeClient(connectionOf(flags));
  const known = { registry: builtinRegistry(loadTables(minorOf(kubernetesVersion))) };
  const { items, revision, unread, elsewhere } = await reading(api, () => readCluster(api, known, wishesOf(flags)));
  if (unread.length > 0 && !skipUnreadable) throw unreadable(unread);
  for (const { what, why } of [...unread, ...elsewhere]) tell(`left out: ${what}: ${why}`);
  const query = new URLSearchParams({ ...(name === undefined ? {} : { name }), revision: String(revision) });
  const made = await admin.upload<Imported>(`/v1/import?${query}`, linesOf(items, redactSecrets));
  for (const line of differences(made)) tell(line);
  const { cluster, imported } = made;
  const as = cluster.tlsServerName === undefined ? "" : ` as ${cluster.tlsServerName}`;
  return `${cluster.name}   ${cluster.server}${as}   ${imported} objects\n`;
}

function connectionOf({ kubeconfig, context }: ImportFlags): Connection {
  const path = resolve(kubeconfig);
  try {
    return parseKubeconfig(withExecCredential(read(path), path, context), path, Date.now, context);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    throw new ConfigError(`--kubeconfig: ${error.message}`);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConnectionError(`${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
}

function* linesOf(items: Content["items"], redactSecrets: boolean): Generator<string> {
  for (const item of items) yield `${(redactSecrets ? redacted(item) : item).text}\n`;
}

/** "v1.34.4" → "1.34" */
function minorOf(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}

function* differences({ own, unknownFields, otherServiceRange }: Imported): Generator<string> {
  for (const what of own) yield `left out: ${what}: the server's own`;
  for (const field of unknownFields) yield `lost: ${field}: the fleet's version has no such field`;
  if (otherServiceRange !== undefined) {
    yield `services: the source has another range (its own is ${otherServiceRange}); new ones get addresses of this fleet's --service-cidr`;
  }
}
