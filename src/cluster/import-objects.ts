import { setImmediate } from "node:timers/promises";
import { interpret } from "../codec/interpret.js";
import { readTyped } from "../codec/json/read.js";
import { stringAt } from "../kube/access.js";
import { apiVersionOf, qualifiedResource } from "../kube/gvr.js";
import { isObject, type KubeObject } from "../kube/json.js";
import { isPathSegmentName } from "../kube/names.js";
import { applyTypeDefaults } from "../schema/defaults/index.js";
import type { ResourceDef } from "../schema/model.js";
import type { Registry } from "../schema/registry.js";
import { toStorage } from "../verbs/objects.js";
import { storageKey } from "../verbs/scope.js";
import { type Content, type Destination, dropObject, putObject } from "./content.js";
import { isServersOwn } from "./own-objects.js";
import { StartError } from "./start-error.js";

/** What has become of another cluster's objects. */
export interface ImportReport {
  /** How many are there now. */
  readonly imported: number;
  /** Those that only the server that they come from has a use for: "endpoints default/kubernetes". */
  readonly own: readonly string[];
  /** Fields that this version does not have, of each kind: "v1 Pod: spec.new", at most a hundred. They are lost. */
  readonly unknownFields: readonly string[];
  /** Where the two servers' ranges differ: the address that the source's Service `kubernetes` has. */
  readonly otherServiceRange?: string;
}

const MOST_FIELDS = 100;
/** How long requests to other clusters wait at most. */
const SLICE_MS = 20;
const API_SERVICE = "kubernetes";

/**
 * Content of objects as another server keeps them, each a line of JSON with its kind, uid and all: definitions before
 * what they define. They stand beside what every cluster begins with, or in its place. `revision`: the cluster's is
 * above it, so that no watch from there waits in silence. What it throws is a StartError that names the object, never
 * its content.
 */
export function importedContent(body: Buffer, revision: number): { content: Content; report: () => ImportReport } {
  let done: Importer | undefined;
  return {
    content: async (to) => {
      if (revision > 0) to.store.advance(revision);
      done = new Importer(to);
      await done.take(body);
    },
    report: () => done!.report,
  };
}

class Importer {
  readonly #to: Destination;
  readonly #uids = new Map<string, string>();
  readonly #own: string[] = [];
  readonly #unknown = new Set<string>();
  readonly #servicesAt: string;
  #otherRange: string | undefined;

  constructor(to: Destination) {
    this.#to = to;
    this.#servicesAt = this.#serviceIp();
  }

  get report(): ImportReport {
    return {
      imported: this.#uids.size,
      own: this.#own,
      unknownFields: [...this.#unknown],
      ...(this.#otherRange === undefined ? {} : { otherServiceRange: this.#otherRange }),
    };
  }

  async take(body: Buffer): Promise<void> {
    let until = performance.now() + SLICE_MS;
    let number = 0;
    for (const line of linesOf(body)) {
      number++;
      await this.#put(line, number);
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + SLICE_MS;
    }
    await this.#followService();
  }

  async #put(line: Buffer, number: number): Promise<void> {
    const { def, object, unknown } = read(line, number, this.#to.registry());
    const { name = "", namespace = "", uid = "", labels } = object.metadata;
    const place = namespace === "" ? name : `${namespace}/${name}`;
    const shown = `${qualifiedResource(def.gvr)} ${place}`;
    checkMetadata(def, object, shown);
    const key = storageKey(def, namespace, name);
    if (isServersOwn(key, { labels }) || isStrangersApiService(object, this.#to.registry())) {
      this.#own.push(shown);
      return;
    }
    const known = this.#uids.get(key);
    if (known === uid) return; // the same object in another version or group
    if (known !== undefined) throw new StartError(`${shown} is there twice`, "invalid");
    this.#note(object, unknown);
    await putObject(this.#to, key, def, inStorageVersion(object, def));
    this.#uids.set(key, uid);
  }

  #note({ apiVersion, kind }: KubeObject, unknown: readonly string[]): void {
    for (const each of unknown) {
      const path = /^unknown field "(.*)"$/.exec(each)?.[1]?.replaceAll(/\[\d+\]/g, "[]");
      if (path !== undefined && this.#unknown.size < MOST_FIELDS) this.#unknown.add(`${apiVersion} ${kind}: ${path}`);
    }
  }

  /** The address that was set aside for our Service `kubernetes` is nobody's if the source's has another. */
  async #followService(): Promise<void> {
    const ip = this.#serviceIp();
    if (ip === this.#servicesAt) return;
    this.#otherRange = ip;
    const key = `ipaddresses/${this.#servicesAt}`;
    if (!this.#uids.has(key)) await dropObject(this.#to, key);
  }

  #serviceIp(): string {
    const stored = this.#to.store.get(`services/specs/default/${API_SERVICE}`);
    return stored === undefined ? "" : stringAt(JSON.parse(stored.bytes.toString()), "spec", "clusterIP");
  }
}

interface Read {
  readonly def: ResourceDef;
  readonly object: KubeObject;
  readonly unknown: readonly string[];
}

function read(line: Buffer, number: number, registry: Registry): Read {
  let at = `line ${number}`;
  try {
    const gvk = interpret(line);
    at += `, ${apiVersionOf(gvk)} ${gvk.kind}`;
    const def = registry.byKind(gvk);
    if (def?.storage === undefined) throw new Error("this version has no objects of that kind");
    const unknown: string[] = [];
    const object = { ...readTyped(line, def.type, { strict: unknown }), ...kindOf(def) } as KubeObject;
    if (!isObject(object.metadata)) throw new Error("it has no metadata");
    at = `${qualifiedResource(def.gvr)} ${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    return { def, object, unknown };
  } catch (error) {
    throw new StartError(`${at}: ${(error as Error).message}`, "invalid");
  }
}

function kindOf({ gvk }: ResourceDef) {
  return { apiVersion: apiVersionOf(gvk), kind: gvk.kind };
}

/** What a server does with what it finds in its store: fields that came after it was written get their defaults. */
function inStorageVersion(object: KubeObject, def: ResourceDef): KubeObject {
  if (def.served !== undefined) return def.served.shape.fromStore(object, undefined);
  applyTypeDefaults(def.type, object);
  return toStorage(object, def);
}

function checkMetadata(def: ResourceDef, { metadata }: KubeObject, shown: string): void {
  const refuse = (cause: string) => new StartError(`${shown}: ${cause}`, "invalid");
  const { name = "", namespace = "", uid = "" } = metadata;
  if (name === "") throw refuse("it has no name");
  if (uid === "") throw refuse("it has no uid: only what a server has stored can be imported");
  if (def.namespaced !== (namespace !== "")) {
    throw refuse(def.namespaced ? "it is in no namespace" : "its kind has no namespaces");
  }
  const [problem] = [...isPathSegmentName(name), ...(namespace === "" ? [] : isPathSegmentName(namespace))];
  if (problem !== undefined) throw refuse(`its name ${problem}`);
}

/** Whether it tells of a group that the source itself answers and this server does not have. */
function isStrangersApiService(object: KubeObject, registry: Registry): boolean {
  if (object.kind !== "APIService" || !object.apiVersion.startsWith("apiregistration.k8s.io/")) return false;
  const [group, version] = [stringAt(object, "spec", "group"), stringAt(object, "spec", "version")];
  const local = !isObject(object.spec) || !isObject(object.spec.service);
  return local && !registry.hasGroupVersion(group, version);
}

function* linesOf(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    const line = body.subarray(at, end === -1 ? body.length : end);
    if (line.length > 0) yield line;
    at += line.length + 1;
  }
}
