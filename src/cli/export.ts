import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { KubeClient } from "../client/client.js";
import { parseKubeconfig } from "../client/connection.js";
import { StartError } from "../cluster/start-error.js";
import { parseJson } from "../codec/json/parse.js";
import { toYaml } from "../codec/yaml.js";
import { ConfigError } from "../config/resolve.js";
import type { KubeObject } from "../kube/json.js";
import { builtinRegistry } from "../schema/registry-builtin.js";
import { loadTables } from "../schema/tables.js";
import { printKubeconfig } from "./kubeconfig.js";
import { everyClusters, makeCreatable, notCreatable } from "./transfer/creatable.js";
import type { Item } from "./transfer/items.js";
import { inOrder } from "./transfer/order.js";
import { readCluster } from "./transfer/read.js";
import { reading, type SelectFlags, unreadable, wishesOf } from "./transfer/reading.js";
import { redacted } from "./transfer/redact.js";

/** What `export` takes, as flags name it. */
export interface ExportFlags extends SelectFlags {
  /** Everything as it is, rather than what can be created elsewhere. */
  readonly full?: boolean;
  readonly status?: boolean;
}

/** One object's YAML, and the file that it goes to where there is a folder. */
export interface Written {
  readonly file: string;
  readonly text: string;
}

/** What a cluster of the running fleet holds, in an order in which it can be created. @throws StartError, ConfigError */
export async function exportCluster(
  out: string,
  name: string,
  flags: ExportFlags,
  tell: (line: string) => void,
): Promise<Iterable<Written>> {
  const api = new KubeClient(parseKubeconfig(await printKubeconfig(out, name), name));
  const tables = loadTables("1.34");
  const { items, unread, elsewhere } = await reading(api, () =>
    readCluster(api, { registry: builtinRegistry(tables), strangers: true }, wishesOf(flags)),
  );
  if (unread.length > 0 && flags.skipUnreadable !== true) throw unreadable(unread);
  for (const { what, why } of [...unread, ...elsewhere]) tell(`left out: ${what}: ${why}`);
  if (flags.full === true) return written(inOrder(items), flags);
  const everywhere = everyClusters(tables);
  const kept = items.filter((item) => {
    const why = notCreatable(item, everywhere);
    if (why === "ending") tell(`left out: ${item.kind} ${placeOf(item)}: it is being deleted`);
    return why === undefined;
  });
  return written(inOrder(kept), flags);
}

/** Writes files that only their owner can read: they may hold secrets. @throws ConfigError for a folder in use */
export function writeFolder(folder: string, documents: Iterable<Written>): void {
  const dir = resolve(folder);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (readdirSync(dir).length > 0) throw new ConfigError(`--output: ${folder} is not empty`);
    for (const { file, text } of documents) writeFileSync(join(dir, file), text, { flag: "a", mode: 0o600 });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new StartError(`--output: ${folder}: ${(error as Error).message}`);
  }
}

function* written(items: readonly Item[], flags: ExportFlags): Generator<Written> {
  const files = new Map<string, string>();
  for (const item of items) {
    const kind = `${item.apiVersion} ${item.kind}`;
    const file = files.get(kind) ?? fileOf(item, files.size + 1);
    files.set(kind, file);
    yield { file, text: `---\n${yamlOf(flags.redactSecrets === true ? redacted(item) : item, flags)}` };
  }
}

/** "007-deployment.apps.yaml" */
function fileOf({ apiVersion, kind }: Item, number: number): string {
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${String(number).padStart(3, "0")}-${kind.toLowerCase()}${group}.yaml`;
}

export function yamlOf(item: Item, { full = false, status = true }: ExportFlags): string {
  const object = parseJson(item.text) as KubeObject;
  if (!full) makeCreatable(object, status);
  else if (!status) delete object.status;
  return toYaml(object, isMisread);
}

/** What --load would take for a placeholder, octal numbers of YAML 1.2, and what ends a line in YAML 1.1 only. */
export function isMisread(text: string): boolean {
  return text.includes("{{") || /^[-+]?0o[0-7]+$|[\u0085\u2028\u2029]/.test(text);
}

function placeOf({ metadata: { namespace, name } }: Item): string {
  return namespace === undefined ? String(name) : `${namespace}/${name}`;
}
