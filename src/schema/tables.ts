import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GroupVersionKind } from "../kube/gvr.js";
import { Descriptions } from "./descriptions.js";
import type { StructType } from "./model.js";
import type { DescriptionsFile, TypesFile } from "./tables-format.js";
import { TypeUniverse } from "./tables-types.js";

/** Works from src/schema and from dist/schema: both are two levels below the package root. */
const fixtures = fileURLToPath(new URL("../../fixtures/kubernetes/", import.meta.url));

/** Everything that the emulated Kubernetes version says about its types, read from one folder of fixtures. */
export class SchemaTables {
  readonly #folder: string;
  readonly #universe: TypeUniverse;
  readonly #files = new Map<string, unknown>();
  #byGvk: Map<string, string> | undefined;
  #descriptions: Descriptions | undefined;

  private constructor(
    /** "1.34" */
    readonly minor: string,
    /** "v1.34.4" */
    readonly version: string,
    /** Changes whenever the type table does; part of the hashes under which clients cache documents. */
    readonly hash: string,
    folder: string,
    universe: TypeUniverse,
  ) {
    this.#folder = folder;
    this.#universe = universe;
  }

  /** @throws Error naming the versions there are, when there is no table for `minor`. */
  static read(minor: string, root = fixtures): SchemaTables {
    const folder = `${root}${minor}/`;
    if (!/^\d+\.\d+$/.test(minor) || !existsSync(`${folder}types.json`)) {
      throw new Error(`no schema tables for Kubernetes ${JSON.stringify(minor)}`);
    }
    const text = readFileSync(`${folder}types.json`, "utf8");
    const file = JSON.parse(text) as TypesFile;
    const hash = createHash("sha512").update(text).digest("hex");
    return new SchemaTables(minor, file.version, hash, folder, new TypeUniverse(file.types));
  }

  get typeNames(): Iterable<string> {
    return this.#universe.names;
  }

  /** The type with this OpenAPI name. @throws Error when the table has none: a name that code relies on must exist. */
  struct(name: string): StructType {
    const found = this.#universe.find(name);
    if (!found) throw new Error(`Kubernetes ${this.minor} has no type ${name}`);
    return found;
  }

  findStruct(name: string): StructType | undefined {
    return this.#universe.find(name);
  }

  /** The Go type registered for a kind, including the shared ones (Status, DeleteOptions, …) in every group-version. */
  structFor(gvk: GroupVersionKind): StructType | undefined {
    const name = this.#gvkIndex().get(`${gvk.group}/${gvk.version}/${gvk.kind}`);
    return name === undefined ? undefined : this.#universe.find(name);
  }

  get descriptions(): Descriptions {
    this.#descriptions ??= new Descriptions(this.file("descriptions.json") as DescriptionsFile);
    return this.#descriptions;
  }

  /** Another file of the folder, parsed once, e.g. "resources.json". */
  file(name: string): unknown {
    let value = this.#files.get(name);
    if (value === undefined) {
      value = JSON.parse(readFileSync(this.#folder + name, "utf8")) as unknown;
      this.#files.set(name, value);
    }
    return value;
  }

  #gvkIndex(): Map<string, string> {
    if (this.#byGvk) return this.#byGvk;
    const index = new Map<string, string>();
    for (const [name, gvk] of this.#universe.kinds()) index.set(gvk.join("/"), name);
    this.#byGvk = index;
    return index;
  }
}

const loaded = new Map<string, SchemaTables>();

/** The tables of a minor version ("1.34"), read once per process. @throws Error when there is none. */
export function loadTables(minor: string): SchemaTables {
  let tables = loaded.get(minor);
  if (!tables) {
    tables = SchemaTables.read(minor);
    loaded.set(minor, tables);
  }
  return tables;
}
