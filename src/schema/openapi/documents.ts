import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import { htmlSafe } from "../../kube/go-text.js";
import type { JsonObject } from "../../kube/json.js";
import type { ResourceDef } from "../model.js";
import { packageVersion } from "../package-texts.js";
import type { Registry } from "../registry.js";
import type { SchemaTables } from "../tables.js";
import { openApiV2Protobuf } from "./protobuf-v2.js";
import { openApiV3Protobuf } from "./protobuf-v3.js";
import { openApiV2 } from "./v2.js";
import { documentPaths, openApiV3Document } from "./v3.js";

export type DocumentFormat = "json" | "protobuf";

/** A document whose bytes are made when they are first asked for. */
export interface ServedDocument {
  /** Upper-case hexadecimal, without the quotes that the ETag header has. The same for all formats. */
  readonly etag: string;
  bytes(format: DocumentFormat): Buffer;
  gzipped(format: DocumentFormat): Buffer;
}

/** Counts up when the documents of the same tables change: clients cache them under their hash for a year. */
const REVISION = 2;

/**
 * Bytes by ETag and format, for all clusters: those with the same rows share documents, and rows that are gone don't
 * keep theirs. The built-in documents take about 6 MB in both formats together.
 */
const cache = new LRUCache<string, Buffer>({ maxSize: 32 << 20, sizeCalculation: (bytes) => bytes.length });

/** ETags of documents with custom rows, which follow from the document alone. */
const customEtags = new WeakMap<readonly ResourceDef[], string>();

/** GET /openapi/v3: where each document is, under a URL that changes with its content. */
export function openApiV3Index(tables: SchemaTables, registry: Registry): JsonObject {
  const paths: JsonObject = {};
  for (const path of documentPaths(registry)) {
    paths[path] = { serverRelativeURL: openApiV3Location(path, openApiV3Etag(tables, registry, path)) };
  }
  return { paths };
}

export function openApiV3Location(path: string, etag: string): string {
  return `/openapi/v3/${path}?hash=${etag}`;
}

/** GET /openapi/v3/<path>, e.g. "apis/apps/v1"; undefined when the index has no such path. */
export function servedOpenApiV3(tables: SchemaTables, registry: Registry, path: string): ServedDocument | undefined {
  if (!documentPaths(registry).includes(path)) return undefined;
  const make = () => openApiV3Document(tables, registry, path)!;
  return served(openApiV3Etag(tables, registry, path), make, openApiV3Protobuf, htmlSafe);
}

/** GET /openapi/v2. */
export function servedOpenApiV2(tables: SchemaTables, registry: Registry): ServedDocument {
  const custom = documentPaths(registry).filter((path) => hasCustom(rowsOf(registry, path)));
  const parts = [tables.hash, "v2", ...custom.map((path) => openApiV3Etag(tables, registry, path))];
  return served(digest(parts.join("\n")), () => openApiV2(tables, registry), openApiV2Protobuf);
}

/** Built-in documents follow from the tables, so that the index can name their hashes before any has been made. */
function openApiV3Etag(tables: SchemaTables, registry: Registry, path: string): string {
  const rows = rowsOf(registry, path);
  if (!hasCustom(rows)) return digest(`${tables.hash}\nv3\n${path}`);
  let etag = customEtags.get(rows);
  if (etag === undefined) {
    etag = digest(JSON.stringify(openApiV3Document(tables, registry, path)));
    customEtags.set(rows, etag);
  }
  return etag;
}

/** @param finish what the original's encoder does to the JSON: v3's escapes HTML, v2's does not */
function served(
  etag: string,
  make: () => JsonObject,
  protobuf: (value: JsonObject) => Uint8Array,
  finish = (json: string) => json,
): ServedDocument {
  const bytes = (format: DocumentFormat) =>
    cached(`${etag} ${format}`, () =>
      format === "json" ? Buffer.from(finish(JSON.stringify(make()))) : Buffer.from(protobuf(make())),
    );
  return { etag, bytes, gzipped: (format) => cached(`${etag} ${format} gzip`, () => gzipSync(bytes(format))) };
}

function cached(key: string, make: () => Buffer): Buffer {
  let bytes = cache.get(key);
  if (!bytes) {
    bytes = make();
    cache.set(key, bytes);
  }
  return bytes;
}

function rowsOf(registry: Registry, path: string): readonly ResourceDef[] {
  const [root, first = "", second = ""] = path.split("/");
  return root === "api" ? registry.resources("", first) : registry.resources(first, second);
}

function hasCustom(rows: readonly ResourceDef[]): boolean {
  return rows.some((row) => row.custom);
}

function digest(content: string): string {
  return createHash("sha512").update(`${REVISION}\n${packageVersion()}\n${content}`).digest("hex").toUpperCase();
}
