import type { KubeClient } from "../../client/client.js";
import { listAt, objectsAt, stringAt, stringsAt } from "../../kube/access.js";
import { qualifiedResource } from "../../kube/gvr.js";
import type { JsonObject } from "../../kube/json.js";

/** A resource that can be listed. */
export interface Listable {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** In which it is served, the server's choice first. */
  readonly versions: readonly string[];
  /** What it may be called besides: singular, kind in lower case, short names. */
  readonly aliases: readonly string[];
}

/** What could not be read, and why. */
export interface Unread {
  readonly what: string;
  readonly why: string;
}

export interface Discovered {
  readonly resources: readonly Listable[];
  /** Group versions that the server lists but does not tell of, as those whose own server is away. */
  readonly silent: readonly { readonly group: string; readonly unread: Unread }[];
}

/** What a server has, asked for in the form that servers of all versions know. @throws ApiError, or Node's errors */
export async function discover(api: KubeClient): Promise<Discovered> {
  const core = stringsAt(await api.get("/api"), "versions").map((version) => ({
    group: "",
    version,
    path: `/api/${version}`,
  }));
  const groups = objectsAt(await api.get("/apis"), "groups").flatMap((group) => {
    const preferred = stringAt(group, "preferredVersion", "version");
    const versions = objectsAt(group, "versions").map((each) => stringAt(each, "version"));
    const ordered = [...new Set([preferred, ...versions])].filter((version) => version !== "");
    const name = stringAt(group, "name");
    return ordered.map((version) => ({ group: name, version, path: `/apis/${name}/${version}` }));
  });
  const found = new Map<string, Listable>();
  const silent: Discovered["silent"][number][] = [];
  for (const { group, version, path } of [...core, ...groups]) {
    let rows: JsonObject[];
    try {
      rows = objectsAt(await api.get(path), "resources");
    } catch (error) {
      silent.push({ group, unread: { what: path, why: (error as Error).message } });
      continue;
    }
    for (const row of rows.filter(isListable)) add(found, group, version, row);
  }
  return { resources: [...found.values()], silent };
}

function isListable(row: JsonObject): boolean {
  return !stringAt(row, "name").includes("/") && listAt(row, "verbs").includes("list");
}

function add(found: Map<string, Listable>, group: string, version: string, row: JsonObject): void {
  const resource = stringAt(row, "name");
  const kind = stringAt(row, "kind");
  const title = qualifiedResource({ group, resource });
  const known = found.get(title);
  const aliases = [stringAt(row, "singularName"), kind.toLowerCase(), ...stringsAt(row, "shortNames")];
  found.set(title, {
    ...{ group, resource, kind, namespaced: row.namespaced === true },
    ...{ aliases: aliases.filter((alias) => alias !== ""), ...known },
    versions: [...(known?.versions ?? []), version],
  });
}
