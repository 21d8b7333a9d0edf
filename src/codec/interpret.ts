import type { GroupVersionKind } from "../kube/gvr.js";
import { DecodeState } from "./json/decode-state.js";
import { DecodeError } from "./json/errors.js";
import { Scanner } from "./json/scanner.js";
import { documentText } from "./json/text.js";

/** How Go shows the anonymous struct into which the server first decodes every body. */
const TYPE = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/**
 * What a JSON document says it is, "" where it says nothing. This first look is encoding/json's and takes "KIND" for
 * "kind", which the decode proper does not. Throws DecodeError; upstream: serializer/json/meta.go.
 */
export function interpret(input: Buffer | string): GroupVersionKind {
  const { apiVersion, kind } = readTypeMeta(input);
  const gv = parseGroupVersion(apiVersion);
  if (!gv) throw new DecodeError(`unexpected GroupVersion string: ${apiVersion}`);
  return { group: gv.group, version: gv.version, kind };
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Undefined for more than one slash; upstream: schema.ParseGroupVersion. */
export function parseGroupVersion(text: string): GroupVersion | undefined {
  if (text === "" || text === "/") return { group: "", version: "" };
  const parts = text.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) return undefined;
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}

function readTypeMeta(input: Buffer | string): { apiVersion: string; kind: string } {
  try {
    return scanTypeMeta(new Scanner(documentText(input)));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new DecodeError(`couldn't get version/kind; json parse error: ${error.message}`);
  }
}

function scanTypeMeta(scanner: Scanner): { apiVersion: string; kind: string } {
  const out = { apiVersion: "", kind: "" };
  const state = new DecodeState(undefined);
  if (scanner.peek() !== 123) {
    const found = scanner.found();
    if (found !== "null") state.mismatch(found, TYPE);
  } else {
    scanner.enter();
    if (scanner.peek() === 125) scanner.leave();
    else {
      do readMember(scanner, state, out);
      while (scanner.more(125, "after object key:value pair"));
    }
  }
  scanner.end();
  state.finish();
  return out;
}

function readMember(scanner: Scanner, state: DecodeState, out: { apiVersion: string; kind: string }): void {
  const name = scanner.key().toLowerCase();
  const field = name === "kind" ? "kind" : name === "apiversion" ? "apiVersion" : undefined;
  if (field !== undefined && scanner.peek() === 34) {
    out[field] = scanner.string();
    return;
  }
  const found = scanner.found();
  if (field === undefined || found === "null") return;
  // The struct has no name, which leaves the message's field with nothing before the dot.
  state.fields.push(field);
  state.mismatch(found, "string");
  state.fields.pop();
}
