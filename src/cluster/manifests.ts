import { parseAllDocuments } from "yaml";

/** One document of a file given to --load, before its placeholders are filled in. */
export interface Manifest {
  /** File and position, as messages name it: "nodes.yaml#2". */
  readonly origin: string;
  readonly text: string;
}

/** What `{{cluster}}` and `{{index}}` stand for. */
export interface Placeholders {
  readonly cluster: string;
  readonly index: number;
}

/** A document that can't be loaded; the message is one line that names it. */
export class ManifestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ManifestError";
  }
}

/** The documents of a file, in order; empty ones are left out. @throws ManifestError */
export function splitManifests(path: string, text: string): Manifest[] {
  const parts = text.split(/^---(?:[ \t].*)?$/m);
  const manifests = parts
    .map((part, index) => ({ origin: `${path}#${index + 1}`, text: part }))
    .filter(({ text: part }) => part.replace(/^\s*#.*$/gm, "").trim() !== "");
  for (const manifest of manifests) fillIn(manifest, { cluster: "cluster-1", index: 1 });
  return manifests;
}

/** What documents without placeholders say: the same in every cluster, and YAML takes long to read. */
const constant = new WeakMap<Manifest, Record<string, unknown>>();

/**
 * The document's object for one cluster; not to be changed.
 * @throws ManifestError unless it is one mapping with apiVersion and kind
 */
export function fillIn(manifest: Manifest, values: Placeholders): Record<string, unknown> {
  const text = manifest.text.replace(/\{\{\s*([a-zA-Z]+)\s*\}\}/g, (_all, name: string) => {
    if (name === "cluster") return values.cluster;
    if (name === "index") return String(values.index);
    throw new ManifestError(`${manifest.origin}: {{${name}}}: known placeholders are {{cluster}} and {{index}}`);
  });
  const known = constant.get(manifest);
  if (known && text === manifest.text) return known;
  const object = readDocument(manifest, text);
  if (text === manifest.text) constant.set(manifest, object);
  return object;
}

function readDocument(manifest: Manifest, text: string): Record<string, unknown> {
  const documents = parseAllDocuments(text, { intAsBigInt: true });
  const [document] = Array.isArray(documents) ? documents : [];
  const problem = document?.errors[0];
  if (!document || problem)
    throw new ManifestError(`${manifest.origin}: ${firstLine(problem?.message ?? "no document")}`);
  const object = document.toJS({ maxAliasCount: 100 }) as unknown;
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw new ManifestError(`${manifest.origin}: expected a Kubernetes object`);
  }
  const { apiVersion, kind } = object as Record<string, unknown>;
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    throw new ManifestError(`${manifest.origin}: expected apiVersion and kind`);
  }
  return object as Record<string, unknown>;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}
