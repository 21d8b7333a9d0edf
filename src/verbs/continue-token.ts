import { badRequest } from "../kube/errors.js";

/** Where a chunked list goes on: at a revision, from a key relative to the list's prefix. */
export interface ContinuePoint {
  /** Revision of the snapshot; -1: the newest one (an inconsistent continuation after a 410). */
  readonly revision: number;
  readonly start: string;
}

/**
 * The token is upstream's own form, so that a cluster that moves to a real server keeps its clients paging:
 * unpadded base64url of {"v","rv","start"} (apiserver/pkg/storage/continue.go). `start` is the last key
 * plus NUL, relative to the prefix, with the slash before it.
 */
export function encodeContinue(point: ContinuePoint): string {
  const token = { v: "meta.k8s.io/v1", rv: point.revision, start: `/${point.start}` };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** @throws ApiError 400 for a token that this form does not know */
export function decodeContinue(token: string, syntaxError: (text: Buffer) => string): ContinuePoint {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const illegal = /[^A-Za-z0-9_-]/.exec(token.replace(/=+$/, ""));
  if (illegal) throw refuse(`illegal base64 data at input byte ${illegal.index}`);
  const bytes = Buffer.from(token, "base64url");
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw refuse(syntaxError(bytes));
  }
  const { v, rv, start } = (parsed ?? {}) as { v?: unknown; rv?: unknown; start?: unknown };
  if (v !== "meta.k8s.io/v1")
    throw refuse(`server does not recognize this encoded version ${typeof v === "string" ? v : ""}`);
  if (typeof rv !== "number" || rv === 0) {
    throw refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw refuse("encoded start key empty (version meta.k8s.io/v1)");
  }
  const relative = start.replace(/^\//, "");
  const cleaned = relative.split("/").reduce<string[]>(cleanSegment, []).join("/");
  if (cleaned !== relative) throw refuse(start);
  return { revision: rv, start: relative };
}

function cleanSegment(path: string[], segment: string): string[] {
  if (segment === "..") path.pop();
  else if (segment !== "" && segment !== ".") path.push(segment);
  return path;
}
