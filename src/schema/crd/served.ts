import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { goFloat, goJson } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject, type KubeObject } from "../../kube/json.js";
import { compareVersions } from "../api-version.js";
import type { ResourceDef, StorageResource, StructType, SubresourceDef } from "../model.js";
import { compileRules } from "./cel/rule-set.js";
import { type DescribeMetadata, tableColumns } from "./columns.js";
import { type DefinedVersion, type Definition, type Names, readDefinition, storageVersion } from "./definition.js";
import { JsonPath } from "./json-path.js";
import type { MetadataReader } from "./metadata.js";
import { isWhole, numberOf } from "./numbers.js";
import { CustomShape, type ShapeVersion } from "./shape.js";
import { customStrategy } from "./strategy.js";

/** What of a stored definition decides on how it is served. */
export interface ServedSource {
  /** A digest of the spec. */
  readonly id: string;
  /** Read only where nobody has asked for this spec before. */
  spec(): JsonObject;
  readonly names: Names;
  /** It is being deleted: nothing new may be created. */
  readonly terminating: boolean;
}

/** What rows are made with; the same for all clusters of a version. */
export interface RowParts {
  readonly reader: MetadataReader;
  /** autoscaling/v1 Scale. */
  readonly scale: StructType;
  readonly describe: DescribeMetadata;
}

/** Definitions by the digest of their spec: what is made of one is shared by all clusters that have it. */
const definitions = new LRUCache<string, Definition>({ max: 1000 });
const rowCache = new LRUCache<string, readonly ResourceDef[]>({ max: 1000 });

export function definitionOf(source: Pick<ServedSource, "id" | "spec">): Definition {
  let definition = definitions.get(source.id);
  if (!definition) {
    definition = readDefinition(source.spec());
    definitions.set(source.id, definition);
  }
  return definition;
}

/** The registry's rows of a definition, one for each served version. */
export function servedRows(source: ServedSource, parts: RowParts): readonly ResourceDef[] {
  const key = `${source.id} ${source.terminating} ${JSON.stringify(source.names)}`;
  let rows = rowCache.get(key);
  if (!rows) {
    const definition = definitionOf(source);
    const served = definition.versions.filter((version) => version.served);
    rows = served.map((version) => new RowBuilder(source, definition, version, parts).row());
    rowCache.set(key, rows);
  }
  return rows;
}

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const TERMINATING_VERBS = ["delete", "deletecollection", "get", "list", "watch"];
const SUBRESOURCE_VERBS: ReadonlySet<string> = new Set(["get", "patch", "update"]);

class RowBuilder {
  readonly #source: ServedSource;
  readonly #definition: Definition;
  readonly #version: DefinedVersion;
  readonly #parts: RowParts;
  readonly #type: StructType;

  constructor(source: ServedSource, definition: Definition, version: DefinedVersion, parts: RowParts) {
    this.#source = source;
    this.#definition = definition;
    this.#version = version;
    this.#parts = parts;
    this.#type = unstructured(this.#typeName(source.names.kind));
  }

  row(): ResourceDef {
    const { names, terminating } = this.#source;
    const version = this.#version;
    const gv = { group: this.#definition.group, version: version.name };
    const namespaced = this.#definition.scope === "Namespaced";
    const columns = tableColumns(version.columns, this.#parts.describe);
    const shape = this.#shape();
    const rules = version.schema && compileRules(version.schema);
    const selectable = this.#selectableFields();
    const fields = (object: KubeObject) => fieldValues(object, selectable);
    const hash = this.#storageHash();
    return {
      gvr: { ...gv, resource: names.plural },
      gvk: { ...gv, kind: names.kind },
      listKind: names.listKind,
      custom: true,
      ...(hash === undefined ? {} : { storageVersionHash: hash }),
      singular: names.singular,
      shortNames: names.shortNames,
      categories: names.categories,
      namespaced,
      verbs: new Set(terminating ? TERMINATING_VERBS : VERBS),
      subresources: this.#subresources(),
      type: this.#type,
      listType: unstructured(this.#typeName(names.listKind)),
      columns: columns.definitions,
      storage: this.#storage(shape),
      selectableFields: new Set(version.selectableFields.map((path) => path.replace(/^\./, ""))),
      served: {
        id: this.#source.id,
        key: `${this.#source.id} ${JSON.stringify(names)}`,
        definition: this.#definition,
        version,
        terminating,
        shape,
        strategy: customStrategy({ shape, version, namespaced, rules, fields }),
        print: columns.print,
        warning: deprecationWarning(this.#definition, version),
      },
    };
  }

  #typeName(kind: string): string {
    const reversed = this.#definition.group.split(".").reverse().join(".");
    return `${reversed}.${this.#version.name}.${kind}`;
  }

  #shape(): CustomShape {
    const own = this.#shapeVersion(this.#version);
    const storage = this.#shapeVersion(storageVersion(this.#definition));
    const { versions, preserveUnknownFields } = this.#definition;
    const schemas = new Map(versions.map((version) => [version.name, version.schema]));
    return new CustomShape(this.#source.id, own, storage, schemas, preserveUnknownFields, this.#parts.reader);
  }

  #shapeVersion(version: DefinedVersion): ShapeVersion {
    const { kind } = this.#source.names;
    return { gvk: { group: this.#definition.group, version: version.name, kind }, schema: version.schema };
  }

  #storage(shape: CustomShape): StorageResource {
    const prefix = `${this.#definition.group}/${this.#source.names.plural}`;
    return { prefix, gvk: shape.storage.gvk, type: this.#type, encoding: "json", shape };
  }

  #subresources(): ReadonlyMap<string, SubresourceDef> {
    const { group } = this.#definition;
    const { status, scale, name: version } = this.#version;
    const out = new Map<string, SubresourceDef>();
    const verbs = SUBRESOURCE_VERBS;
    const gvk = { group, version, kind: this.#source.names.kind };
    if (status) out.set("status", { name: "status", gvk, verbs, type: this.#type });
    const scaleGvk = { group: "autoscaling", version: "v1", kind: "Scale" };
    if (scale) out.set("scale", { name: "scale", gvk: scaleGvk, verbs, type: this.#parts.scale });
    return out;
  }

  /** Of all versions, because an object is indexed once, whatever version it came in. */
  #selectableFields(): ReadonlyMap<string, JsonPath> {
    const paths = new Set(this.#definition.versions.flatMap((version) => version.selectableFields));
    return new Map([...paths].map((path) => [path.replace(/^\./, ""), JsonPath.parse(path)]));
  }

  /** Upstream: apiserver/pkg/endpoints/discovery/storageversionhash.go. */
  #storageHash(): string | undefined {
    const stored = storageVersion(this.#definition);
    if (!stored.served) return undefined;
    const { group, names } = this.#definition;
    const digest = createHash("sha256").update(`${group}/${stored.name}/${names.kind}`).digest();
    return digest.subarray(0, 8).toString("base64");
  }
}

/** A stand-in for the Go type that custom resources don't have. */
function unstructured(name: string): StructType {
  return { name, goName: "unstructured.Unstructured", fields: [], byJsonName: new Map(), gvks: [], unstructured: true };
}

function fieldValues(object: KubeObject, paths: ReadonlyMap<string, JsonPath>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, path] of paths) out[name] = shown(path.first(object));
  return out;
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" && !isWhole(value)) return goFloat(value);
  if (value instanceof FloatLiteral) return goFloat(numberOf(value));
  return isObject(value) || Array.isArray(value) ? goJson(value) : String(value);
}

/** Upstream: apiserver/customresource_handler.go, defaultDeprecationWarning. */
function deprecationWarning(definition: Definition, version: DefinedVersion): string | undefined {
  if (!version.deprecated) return undefined;
  if (version.deprecationWarning !== undefined) return version.deprecationWarning;
  const { group, names } = definition;
  const better = definition.versions
    .filter((other) => other.served && !other.deprecated && compareVersions(other.name, version.name) < 0)
    .map((other) => other.name)
    .sort(compareVersions);
  const hint = better.length > 0 ? `; use ${group}/${better[0]} ${names.kind}` : "";
  return `${group}/${version.name} ${names.kind} is deprecated${hint}`;
}
