import { DecodeError, JsonSyntaxError } from "../codec/json/errors.js";
import { readTyped } from "../codec/json/read.js";
import { badRequest } from "../kube/errors.js";
import type { FieldDef, Scalar, StructType } from "../schema/model.js";

/** Where a chunked list goes on: at a revision, from a key relative to the list's prefix. */
export interface ContinuePoint {
  /** Revision of the snapshot; -1: the newest one (an inconsistent continuation after a 410). */
  readonly revision: number | bigint;
  readonly start: string;
}

const FLAGS = { pointer: false, omitempty: false, omitzero: false, inline: false, required: false };
const FIELDS = (
  [
    ["v", "string"],
    ["rv", "int64"],
    ["start", "string"],
  ] as const
).map(fieldOf);
/** Decoded like any type, so that what is wrong with it is told like that of any type. */
const TOKEN: StructType = {
  name: "continueToken",
  goName: "storage.continueToken",
  fields: FIELDS,
  byJsonName: new Map(FIELDS.map((field) => [field.name, [field]])),
  gvks: [],
};

function fieldOf([name, scalar]: readonly [string, Scalar]): FieldDef {
  return { name, goName: name, type: { kind: "scalar", scalar }, ...FLAGS };
}

/**
 * The token is upstream's own form, so that a cluster that moves to a real server keeps its clients paging:
 * unpadded base64url of {"v","rv","start"} (apiserver/pkg/storage/continue.go). `start` is the last key
 * plus NUL, relative to the prefix, with the slash before it; without one where a list went out of date, because
 * upstream makes that token of another prefix (storage/etcd3/errors.go).
 */
export function encodeContinue(point: ContinuePoint): string {
  const token = {
    v: "meta.k8s.io/v1",
    rv: Number(point.revision),
    start: point.revision === -1 ? point.start : `/${point.start}`,
  };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** @throws ApiError 400 for a token that this form does not know */
export function decodeContinue(token: string): ContinuePoint {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const illegal = illegalAt(token);
  if (illegal >= 0) throw refuse(`illegal base64 data at input byte ${illegal}`);
  const { v = "", rv = 0, start = "" } = readToken(Buffer.from(token, "base64url"), refuse);
  if (v !== "meta.k8s.io/v1") throw refuse(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (start === "") throw refuse("encoded start key empty (version meta.k8s.io/v1)");
  const relative = start.replace(/^\//, "");
  const cleaned = relative.split("/").reduce<string[]>(cleanSegment, []).join("/");
  if (cleaned !== relative) throw refuse(start);
  return { revision: rv, start: relative };
}

/** Where Go's decoder of unpadded base64 gives up; -1: nowhere. A last character alone is no byte. */
function illegalAt(token: string): number {
  const illegal = token.search(/[^A-Za-z0-9_-]/);
  return illegal < 0 && token.length % 4 === 1 ? token.length - 1 : illegal;
}

interface Token {
  readonly v?: string;
  readonly rv?: number | bigint;
  readonly start?: string;
}

function readToken(bytes: Buffer, refuse: (why: string) => Error): Token {
  try {
    return readTyped(bytes, TOKEN);
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

function cleanSegment(path: string[], segment: string): string[] {
  if (segment === "..") path.pop();
  else if (segment !== "" && segment !== ".") path.push(segment);
  return path;
}
