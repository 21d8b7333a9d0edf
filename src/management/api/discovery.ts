import type { KubeClient } from "../../client/client.js";
import { objectsAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";

/** A kind as the management API serves it. */
export interface ServedKind {
  /** "cluster.x-k8s.io/v1beta2" */
  readonly apiVersion: string;
  /** "clusters" */
  readonly resource: string;
  readonly hasStatus: boolean;
}

interface Answer {
  readonly at: number;
  readonly kinds: Promise<ReadonlyMap<string, ServedKind>>;
}

/** How long an answer holds. */
const FRESH_MS = 2_000;

/** Which kinds there are, by asking: versions differ between management clusters, and over time. */
export class Discovery {
  readonly #api: KubeClient;
  readonly #groups = new Map<string, Answer>();

  constructor(api: KubeClient) {
    this.#api = api;
  }

  /** In the version that the server lists first of those that have it: its newest. Undefined: it has none. */
  async find(group: string, kind: string): Promise<ServedKind | undefined> {
    const known = this.#groups.get(group);
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return (await known.kinds).get(kind);
    const kinds = this.#ask(group);
    this.#groups.set(group, { at: performance.now(), kinds });
    kinds.catch(() => this.#groups.delete(group));
    return (await kinds).get(kind);
  }

  async #ask(group: string): Promise<ReadonlyMap<string, ServedKind>> {
    const kinds = new Map<string, ServedKind>();
    const versions = await this.#api.find(`/apis/${group}`);
    for (const apiVersion of objectsAt(versions, "versions").map((each) => stringAt(each, "groupVersion"))) {
      const list = objectsAt(await this.#api.find(`/apis/${apiVersion}`), "resources");
      const names = new Set(list.map((each) => stringAt(each, "name")));
      for (const { name, kind } of list) {
        if (typeof name !== "string" || typeof kind !== "string" || name.includes("/") || kinds.has(kind)) continue;
        kinds.set(kind, { apiVersion, resource: name, hasStatus: names.has(`${name}/status`) });
      }
    }
    return kinds;
  }
}

/** Where a kind's objects are, in one namespace or in all. */
export function collectionPath({ apiVersion, resource }: ServedKind, namespace?: string): string {
  const place = namespace === undefined || namespace === "" ? "" : `/namespaces/${namespace}`;
  return `/apis/${apiVersion}${place}/${resource}`;
}

/** Where an object is to be written to: in the version that is served now. @throws Error when its kind is not served */
export async function objectPath(discovery: Discovery, object: KubeObject, subresource?: "status"): Promise<string> {
  const { apiVersion, kind, metadata } = object;
  const served = await discovery.find(apiVersion.slice(0, apiVersion.indexOf("/")), kind);
  if (served === undefined) throw new Error(`${kind} is not served any more`);
  const path = `${collectionPath(served, metadata.namespace)}/${metadata.name}`;
  return subresource !== undefined && served.hasStatus ? `${path}/${subresource}` : path;
}
