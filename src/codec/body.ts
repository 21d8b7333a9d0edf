import { badRequest, unsupportedMediaType } from "../kube/errors.js";
import { apiVersionOf, type GroupVersionKind } from "../kube/gvr.js";
import type { KubeObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";
import { warningHeader } from "../kube/warning.js";
import { CoercionError } from "../schema/crd/embedded.js";
import { type Document, DocumentError, decodeDocument, type KindTable, notRegistered } from "./document.js";
import { DecodeError } from "./json/errors.js";
import { mediaTypeOf } from "./media-type.js";
import { type Format, MEDIA_TYPES } from "./negotiate.js";

export { DocumentError, decodeDocument, type KindTable } from "./document.js";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface BodyOptions {
  /** The Content-Type header; absent or empty: JSON. */
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** What the endpoint takes; also what a body is that does not say. */
  readonly expected: GroupVersionKind;
  readonly kinds: KindTable;
  /** What the server does by default is Warn. */
  readonly fieldValidation: FieldValidation;
  /** Other group-versions of the expected kind that the endpoint takes, too; evictions come as policy/v1beta1 also. */
  readonly accepts?: (gv: { readonly group: string; readonly version: string }) => boolean;
  /** Looks at an object without a Go type; answers what strict validation objects to. Throws an Error to refuse it. */
  readonly conform?: (object: KubeObject) => readonly string[];
}

export interface DecodedBody {
  readonly object: KubeObject;
  /** The version in which the object came. */
  readonly gvk: GroupVersionKind;
  /** Texts for Warning headers. */
  readonly warnings: readonly string[];
}

const FORMATS = new Map<string, Format>([
  [MEDIA_TYPES.json, "json"],
  [MEDIA_TYPES.yaml, "yaml"],
  [MEDIA_TYPES.protobuf, "protobuf"],
]);

/** Which format a body is in. Throws ApiError 415. */
export function formatOf(contentType: string | undefined): Format {
  if (contentType === undefined || contentType === "") return "json";
  const format = FORMATS.get(mediaTypeOf(contentType) ?? "");
  if (format === undefined) throw unsupportedMediaType([...FORMATS.keys()]);
  return format;
}

/**
 * The object in the body of a create or an update. Throws ApiError 415 and 400 as the real server does; upstream:
 * apiserver/pkg/endpoints/handlers/{create,update,rest}.go.
 */
export function decodeBody(options: BodyOptions): DecodedBody {
  const { body, expected, kinds, fieldValidation } = options;
  const format = formatOf(options.contentType);
  let document: Document;
  try {
    document = decodeDocument(format, body, expected, kinds, fieldValidation !== "Ignore");
    document = options.conform ? fitted(document, options.conform) : document;
    if (!options.conform) checkConvertible(document, expected);
    if (fieldValidation === "Strict" && document.strict.length > 0) {
      throw new DocumentError(`strict decoding error: ${document.strict.join(", ")}`, document.gvk);
    }
  } catch (error) {
    if (error instanceof DocumentError) throw badRequest(describe(error, body, expected.kind));
    throw error;
  }
  const { gvk, object } = document;
  const same = gvk.group === expected.group && gvk.version === expected.version;
  const warnings = document.strict.flatMap(warningsOf);
  if (!same && !options.accepts?.(gvk)) throw wrongVersion(gvk, expected, warnings);
  return { object, gvk, warnings };
}

/** What has been found in the body until then is told, too. */
function wrongVersion(gvk: GroupVersionKind, expected: GroupVersionKind, warnings: readonly string[]): ApiError {
  const { status } = badRequest(
    `the API version in the data (${apiVersionOf(gvk)}) does not match the expected API version (${apiVersionOf(expected)})`,
  );
  return new ApiError(status, warnings.length > 0 ? { Warning: warnings.map(warningHeader) } : {});
}

function fitted(document: Document, conform: (object: KubeObject) => readonly string[]): Document {
  try {
    return { ...document, strict: [...document.strict, ...conform(document.object)] };
  } catch (error) {
    if (error instanceof DecodeError || error instanceof CoercionError) {
      throw new DocumentError(error.message, document.gvk);
    }
    throw error;
  }
}

function describe(error: DocumentError, body: Buffer, kind: string): string {
  const { gvk, message } = error;
  if (gvk) return `${gvk.kind} in version "${gvk.version}" cannot be handled as a ${kind}: ${message}`;
  return `the object provided is unrecognized (must be of type ${kind}): ${message} (${summary(body)})`;
}

const SUMMARY = 30;

function summary(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const start = body.subarray(0, SUMMARY);
  const text = body[0] === 0x7b ? start.toString() : start.toString("hex");
  return body.length > SUMMARY ? `${text} ...` : text;
}

/** Every version of a kind converts to the internal type; another kind does not. @throws DocumentError */
export function checkConvertible({ gvk, type }: Document, expected: GroupVersionKind): void {
  if (serverOf(gvk.group) !== serverOf(expected.group)) throw new DocumentError(notRegistered(gvk), gvk);
  const internal = internalType(expected);
  if (internalType(gvk) === internal) return;
  throw new DocumentError(`converting (${type.goName}) to (${internal}): unknown conversion`, gvk);
}

/** Groups that upstream serves with a scheme of their own, to which no other group's kinds are known. */
const APART: ReadonlySet<string> = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);

function serverOf(group: string): string {
  return APART.has(group) ? group : "";
}

const PACKAGES: Readonly<Record<string, string>> = {
  "": "core",
  "events.k8s.io": "core",
  "internal.apiserver.k8s.io": "apiserverinternal",
};

/** The Go type that all versions of a kind convert to, e.g. "core.ConfigMap". */
function internalType(gvk: GroupVersionKind): string {
  const [first = ""] = gvk.group.split(".", 1);
  return `${PACKAGES[gvk.group] ?? first}.${gvk.kind}`;
}

/** The server's YAML reader puts all duplicates in one error of several lines; each becomes a warning. */
function warningsOf(finding: string): string[] {
  const prefix = "yaml: unmarshal errors:\n";
  if (!finding.startsWith(prefix)) return [finding];
  return finding
    .slice(prefix.length)
    .split("\n")
    .map((line) => line.trim());
}
