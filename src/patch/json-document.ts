import { isObject, type Json, type JsonObject, RawJson } from "../kube/json.js";
import { fieldOf, hasField, setField } from "../kube/json-access.js";
import { expandRaw } from "../kube/raw-json.js";
import { panicked, unprocessablePatch } from "./errors.js";
import { sortedCopy } from "./sorted.js";

export type Container = JsonObject | Json[];

/** The last step of a path: a container and the name of a place in it, which need not exist. */
export interface Place {
  readonly container: Container;
  readonly key: string;
}

/**
 * A null that the patch itself put somewhere. The Go library holds it as a node without content, and dereferences
 * nil when a later operation's path leads through it; a null that was there before is no node at all.
 */
export const ADDED_NULL = new RawJson("null");

const INDEX = /^[+-]?[0-9]+$/;
const ESCAPED = /~[01]/g;

/** A value under change: containers are copied when first entered, so the original stays as it was. */
export class Document {
  #root: Container;
  readonly #owned = new Set<Container>();

  constructor(root: Container) {
    this.#root = root;
  }

  get root(): Container {
    return this.#root;
  }

  /** Puts another container in the place of the whole document. */
  replaceRoot(root: Container): void {
    this.#root = root;
  }

  /**
   * The place that a JSON pointer names, for writing. Whatever stands before the first slash is ignored, as the Go
   * library does (gopkg.in/evanphx/json-patch.v4 patch.go, findObject).
   * @throws ApiError 422 when no container is there
   */
  place(path: string): Place {
    return this.#walk(path, (container) => this.#own(container));
  }

  /** The same for reading: copies nothing. */
  peek(path: string): Place {
    return this.#walk(path, (container) => container);
  }

  /** The outcome; copied objects have sorted keys, as Go's encoder writes them. */
  finish(): Json {
    return this.#finish(this.#root);
  }

  #walk(path: string, enter: (container: Container) => Container): Place {
    const steps = path.split("/");
    if (steps.length < 2) throw unprocessablePatch();
    let container = enter(this.#root);
    if (container !== this.#root) this.#root = container;
    for (const step of steps.slice(1, -1)) {
      const key = decodeStep(step);
      const child = valueAt(container, key);
      if (child === ADDED_NULL) throw panicked();
      const opened = child instanceof RawJson ? expandRaw(child) : child;
      if (!Array.isArray(opened) && !isObject(opened)) throw unprocessablePatch();
      const next = enter(opened);
      if (next !== opened) replaceAt(container, key, next);
      container = next;
    }
    return { container, key: decodeStep(steps.at(-1) ?? "") };
  }

  #own(container: Container): Container {
    if (this.#owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#owned.add(copy);
    return copy;
  }

  #finish(value: Json): Json {
    if (value === ADDED_NULL) return null;
    if (Array.isArray(value)) return this.#owned.has(value) ? value.map((item) => this.#finish(item)) : value;
    if (!isObject(value) || !this.#owned.has(value)) return value;
    const out = sortedCopy(value);
    for (const name of Object.keys(out)) setField(out, name, this.#finish(fieldOf(out, name) ?? null));
    return out;
  }
}

/** What is at a key: undefined for a missing field. @throws ApiError 422 for a missing list item */
export function valueAt(container: Container, key: string): Json | undefined {
  return Array.isArray(container) ? container[itemIndex(container, key)] : fieldOf(container, key);
}

export function addAt(container: Container, key: string, value: Json): void {
  if (!Array.isArray(container)) setField(container, key, value);
  else if (key === "-") container.push(value);
  else container.splice(boundedIndex(key, container.length + 1), 0, value);
}

export function removeAt(container: Container, key: string): void {
  if (Array.isArray(container)) {
    container.splice(itemIndex(container, key), 1);
  } else {
    if (!hasField(container, key)) throw unprocessablePatch();
    delete container[key];
  }
}

/** Sets a list item that exists, or any field: replace of a missing field adds it, against RFC 6902. */
export function replaceAt(container: Container, key: string, value: Json): void {
  if (Array.isArray(container)) container[itemIndex(container, key)] = value;
  else setField(container, key, value);
}

function itemIndex(list: readonly Json[], key: string): number {
  return boundedIndex(key, list.length);
}

/** Go's strconv.Atoi within [-size, size), counted from the end when negative. */
function boundedIndex(key: string, size: number): number {
  const index = INDEX.test(key) ? Number(key) : Number.NaN;
  const counted = index < 0 ? index + size : index;
  if (!(counted >= 0 && counted < size)) throw unprocessablePatch();
  return counted;
}

function decodeStep(step: string): string {
  return step.includes("~") ? step.replace(ESCAPED, (found) => (found === "~1" ? "/" : "~")) : step;
}
