import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { byteOrdered } from "../kube/go-text.js";
import { BTree } from "./btree.js";
import { joined, sizeOf } from "./joined.js";
import type { EncodedObject, ObjectIndex, StoredObject } from "./store.js";

/** An object of the base layer, encoded with a marker wherever clusters differ. */
export interface BaseObject {
  readonly key: string;
  readonly object: EncodedObject;
}

/**
 * What the markers stand for, by their text. They are looked for in the encoded bytes and in the index, so choose
 * texts that are nowhere else. Values are inserted as they are, so they must need no escapes in JSON.
 * - `{ is: "uid" }`: the object's own uid; with `of`, that of another object of the layer, by its key
 * - `{ is: "created" }`: when the cluster was created
 * - `{ is: "value", name }`: a value that the tenant gives
 */
export type BaseMarkers = Readonly<Record<string, BaseHole>>;
export type BaseHole =
  | { readonly is: "uid"; readonly of?: string }
  | { readonly is: "created" }
  | { readonly is: "value"; readonly name: string };

/** What makes the base layer of one cluster differ from another's. */
export interface BaseIdentity {
  readonly seed: string;
  readonly cluster: string;
  /** As metav1.Time writes it, without quotes. */
  readonly created: string;
  readonly values?: Readonly<Record<string, string>>;
}

type Piece = Buffer | BaseHole;

/** A place in the shared tree; every store that holds it makes its own object of it. */
export class BaseEntry {
  constructor(
    readonly key: string,
    readonly revision: number,
    readonly index: ObjectIndex,
    readonly head: readonly Piece[],
    readonly tail: readonly Piece[],
  ) {}
}

const CACHED_BYTES = 4 << 20;

/**
 * Objects that all stores of a process begin with, built once. Revisions are 1, 2, … in the order given. A store
 * shares the tree until it writes; an object is made when it is read, and a few megabytes of those are kept.
 */
export class BaseLayer {
  /** The newest revision of the layer. */
  readonly revision: number;
  readonly root: BTree<BaseEntry>;
  readonly #markers: BaseMarkers;
  readonly #made: LRUCache<string, StoredObject>;
  #tenants = 0;

  constructor(objects: readonly BaseObject[], markers: BaseMarkers, cachedBytes: number = CACHED_BYTES) {
    this.#markers = markers;
    const entries = objects.map(({ key, object }, i) => {
      const { head, tail, index } = object;
      return new BaseEntry(key, i + 1, index, splitAtMarkers(head, markers), splitAtMarkers(tail, markers));
    });
    const sorted = entries.map((entry) => [byteOrdered(entry.key), entry] as const);
    this.root = BTree.fromSorted(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
    if (this.root.size !== new Set(objects.map(({ key }) => key)).size) throw new Error("a key occurs twice");
    this.revision = entries.length;
    this.#made = new LRUCache({ maxSize: cachedBytes, sizeCalculation: (object) => object.bytes.length + 512 });
  }

  /** The layer as one cluster sees it. */
  tenant(identity: BaseIdentity): BaseTenant {
    const prefix = `${this.#tenants++} `;
    return {
      layer: this,
      materialise: (entry) => {
        const cached = this.#made.get(prefix + entry.key);
        if (cached) return cached;
        const made = this.#materialise(entry, identity);
        this.#made.set(prefix + entry.key, made);
        return made;
      },
    };
  }

  #materialise(entry: BaseEntry, identity: BaseIdentity): StoredObject {
    const uid = baseUid(identity, entry.key);
    const text = (hole: BaseHole) => holeText(hole, uid, identity);
    const plain = (piece: Piece) => (Buffer.isBuffer(piece) ? piece : text(piece));
    const head = entry.head.map(plain);
    const bytes = joined([...head, String(entry.revision), ...entry.tail.map(plain)]);
    const { key, revision } = entry;
    const { name, namespace, labels, fields } = entry.index;
    const index = { name, namespace, uid, labels, fields: fields && this.#filled(fields, text) };
    return { key, revision, created: revision, index, bytes, slot: sizeOf(head) };
  }

  #filled(fields: Readonly<Record<string, string>>, text: (hole: BaseHole) => string): Record<string, string> {
    const out: Record<string, string> = {};
    for (const [name, value] of Object.entries(fields)) {
      const hole = Object.hasOwn(this.#markers, value) ? this.#markers[value] : undefined;
      out[name] = hole ? text(hole) : value;
    }
    return out;
  }
}

/** A base layer together with the identity of a cluster. */
export interface BaseTenant {
  readonly layer: BaseLayer;
  materialise(entry: BaseEntry): StoredObject;
}

function splitAtMarkers(bytes: Buffer, markers: BaseMarkers): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (;;) {
    let at = bytes.length;
    let found: string | undefined;
    for (const marker of Object.keys(markers)) {
      const position = bytes.indexOf(marker, from);
      if (position >= 0 && position < at) [at, found] = [position, marker];
    }
    if (at > from) pieces.push(bytes.subarray(from, at));
    if (found === undefined) return pieces;
    pieces.push(markers[found]!);
    from = at + Buffer.byteLength(found);
  }
}

function holeText(hole: BaseHole, uid: string, identity: BaseIdentity): string {
  switch (hole.is) {
    case "uid":
      return hole.of === undefined ? uid : baseUid(identity, hole.of);
    case "created":
      return identity.created;
    case "value": {
      const value = identity.values?.[hole.name];
      if (value === undefined) throw new Error(`the base layer needs a value "${hole.name}"`);
      return value;
    }
  }
}

/** The same for the same seed, cluster and key; in the form of a random (version 4) UUID. */
export function baseUid(identity: Pick<BaseIdentity, "seed" | "cluster">, key: string): string {
  const digest = hash("sha256", JSON.stringify([identity.seed, identity.cluster, key]), "hex");
  const variant = "89ab"[Number.parseInt(digest[16]!, 16) & 3]!;
  const groups = [digest.slice(0, 8), digest.slice(8, 12), `4${digest.slice(13, 16)}`];
  return [...groups, variant + digest.slice(17, 20), digest.slice(20, 32)].join("-");
}
