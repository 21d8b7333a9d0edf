import { stringAt } from "../../kube/access.js";
import { compareUtf8, goJson } from "../../kube/go-text.js";
import { isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import type { FieldSet } from "./field-set.js";
import { decodeFields, encodeFields, FieldsError } from "./fields-v1.js";

/** metadata.managedFields that can't be read. */
export class ManagedFieldsError extends Error {}

/** Who did what in which way: what tells entries of managedFields apart. */
export interface ManagerInfo {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
}

/** The fields of one manager, in the terms of one API version. */
export interface ManagedSet {
  readonly set: FieldSet;
  readonly apiVersion: string;
  readonly applied: boolean;
}

/** metadata.managedFields, decoded: by the managers' identifiers, which are upstream's because they are sorted by. */
export class Managed {
  readonly sets = new Map<string, ManagedSet>();
  /** Kept for managers that own nothing for now, too. */
  readonly times = new Map<string, string | undefined>();
  readonly #origins = new Map<string, { entry: JsonObject; set: FieldSet; time: string | undefined }>();

  /** @throws ManagedFieldsError */
  static decode(entries: Json | undefined): Managed {
    const managed = new Managed();
    if (!Array.isArray(entries)) return managed;
    for (const [index, entry] of entries.entries()) managed.#decodeEntry(isObject(entry) ? entry : {}, index);
    return managed;
  }

  copy(): Managed {
    const out = new Managed();
    for (const [id, set] of this.sets) out.sets.set(id, set);
    for (const [id, time] of this.times) out.times.set(id, time);
    for (const [id, origin] of this.#origins) out.#origins.set(id, origin);
    return out;
  }

  /** The list as it is stored; undefined for none. */
  encode(): JsonObject[] | undefined {
    if (this.sets.size === 0) return undefined;
    return [...this.sets].map(([id, managed]) => this.#encodeEntry(id, managed)).sort(compareEntries);
  }

  #decodeEntry(entry: JsonObject, index: number): void {
    const info = infoOf(entry);
    if (info.operation !== "Apply" && info.operation !== "Update") {
      throw new ManagedFieldsError("operation must be `Apply` or `Update`");
    }
    if (info.apiVersion === "") throw new ManagedFieldsError("apiVersion must not be empty");
    const type = stringAt(entry, "fieldsType");
    if (type === "") throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`);
    if (type !== "FieldsV1") {
      throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(type)} in managed fields entry ${index}`);
    }
    const id = managerId(info);
    const set = setOf(entry.fieldsV1);
    const time = typeof entry.time === "string" ? entry.time : undefined;
    this.sets.set(id, { set, apiVersion: info.apiVersion, applied: info.operation === "Apply" });
    this.times.set(id, time);
    this.#origins.set(id, { entry, set, time });
  }

  #encodeEntry(id: string, { set, apiVersion, applied }: ManagedSet): JsonObject {
    const time = this.times.get(id);
    const origin = this.#origins.get(id);
    const text = encodeFields(set);
    if (origin && origin.set === set && origin.time === time && hasText(origin.entry, text)) return origin.entry;
    const { manager, operation, subresource } = JSON.parse(id) as Partial<ManagerInfo>;
    const entry: JsonObject = {};
    if (manager) entry.manager = manager;
    entry.operation = applied ? "Apply" : (operation ?? "Update");
    entry.apiVersion = apiVersion;
    if (time !== undefined) entry.time = time;
    entry.fieldsType = "FieldsV1";
    entry.fieldsV1 = new RawJson(text);
    if (subresource) entry.subresource = subresource;
    return entry;
  }
}

/** The identifier of a manager: for appliers the same in every version. Upstream: BuildManagerIdentifier. */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerInfo): string {
  const parts: string[] = [];
  const add = (name: string, value: string) => {
    if (value !== "") parts.push(`"${name}":${goJson(value)}`);
  };
  add("manager", manager);
  add("operation", operation);
  if (operation !== "Apply") add("apiVersion", apiVersion);
  add("subresource", subresource);
  return `{${parts.join(",")}}`;
}

/** How messages name a manager. Upstream: managedfields/internal/conflict.go, printManager. */
export function describeManager(id: string): string {
  const { manager = "", operation, apiVersion, subresource = "" } = JSON.parse(id) as Partial<ManagerInfo>;
  let text = JSON.stringify(manager);
  if (subresource !== "") text += ` with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${text} using ${apiVersion ?? ""}` : text;
}

function infoOf(entry: JsonObject): ManagerInfo {
  return {
    manager: stringAt(entry, "manager"),
    operation: stringAt(entry, "operation") as ManagerInfo["operation"],
    apiVersion: stringAt(entry, "apiVersion"),
    subresource: stringAt(entry, "subresource"),
  };
}

function setOf(fields: Json | undefined): FieldSet {
  const text = fields instanceof RawJson ? fields.text : fields === undefined ? "{}" : goJson(fields);
  try {
    return decodeFields(text);
  } catch (error) {
    throw error instanceof FieldsError ? new ManagedFieldsError(`error decoding set: ${error.message}`) : error;
  }
}

function hasText(entry: JsonObject, text: string): boolean {
  return entry.fieldsV1 instanceof RawJson && entry.fieldsV1.text === text;
}

function compareEntries(a: JsonObject, b: JsonObject): number {
  const text = (name: string) => compareUtf8(stringAt(a, name), stringAt(b, name));
  return (
    text("operation") ||
    secondsOf(a.time) - secondsOf(b.time) ||
    text("manager") ||
    text("apiVersion") ||
    text("subresource")
  );
}

/** Whole seconds since the epoch; no time is 0. */
export function secondsOf(time: Json | undefined): number {
  return typeof time === "string" ? Math.floor(Date.parse(time) / 1000) : 0;
}
