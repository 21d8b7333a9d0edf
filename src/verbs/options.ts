import { boundedInteger } from "../kube/digits.js";
import { badRequest, invalid } from "../kube/errors.js";
import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../kube/field-errors.js";
import { goQuote } from "../kube/go-text.js";
import { isObject, type Json, type JsonObject } from "../kube/json.js";
import { ApiError } from "../kube/status.js";

/** Query parameters and bodies of requests, decoded as apimachinery's ParameterCodec does. */

const META = "meta.k8s.io";

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds: number | undefined;
  readonly limit: number;
  readonly continue: string;
  readonly sendInitialEvents: boolean | undefined;
}

/** @throws ApiError 400 for a parameter that can't be parsed, 422 for a combination that makes no sense */
export function listOptions(query: URLSearchParams): ListOptions {
  const options = decodeListOptions(query);
  const legacyStart = options.resourceVersion === "" || options.resourceVersion === "0";
  const untold = options.sendInitialEvents === undefined && options.resourceVersionMatch === "";
  if (options.watch && legacyStart && untold) {
    // A watch without a revision has always begun with what is there (metainternalversion.SetListOptionsDefaults).
    return { ...options, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" };
  }
  const errors = options.watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid({ group: META, kind: "ListOptions" }, "", errors);
  return options;
}

function decodeListOptions(query: URLSearchParams): ListOptions {
  return {
    labelSelector: text(query, "labelSelector"),
    fieldSelector: text(query, "fieldSelector"),
    watch: flag(query, "watch") ?? false,
    allowWatchBookmarks: flag(query, "allowWatchBookmarks") ?? false,
    resourceVersion: text(query, "resourceVersion"),
    resourceVersionMatch: text(query, "resourceVersionMatch"),
    timeoutSeconds: integer(query, "timeoutSeconds"),
    limit: integer(query, "limit") ?? 0,
    continue: text(query, "continue"),
    sendInitialEvents: flag(query, "sendInitialEvents"),
  };
}

// apimachinery/pkg/apis/meta/internalversion/validation
function listErrors(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  if (match !== "") {
    const refuse = (why: string) => errors.push(forbiddenField("resourceVersionMatch", `resourceVersionMatch ${why}`));
    if (options.resourceVersion === "") refuse("is forbidden unless resourceVersion is provided");
    if (options.continue !== "") refuse("is forbidden when continue is provided");
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    }
    if (match === "Exact" && options.resourceVersion === "0") refuse('"exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return errors;
}

function watchErrors(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const match = options.resourceVersionMatch;
  const forbid = (why: string) => errors.push(forbiddenField("resourceVersionMatch", why));
  if (options.sendInitialEvents !== undefined && match !== "NotOlderThan") {
    forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (match !== "") {
    if (options.sendInitialEvents === undefined) {
      forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    }
    if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
    if (options.continue !== "") forbid("resourceVersionMatch is forbidden when continue is provided");
  }
  return errors;
}

/** What create, update and patch share. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  readonly force: boolean | undefined;
}

/** @throws ApiError 422 naming CreateOptions, UpdateOptions or PatchOptions */
export function writeOptions(
  query: URLSearchParams,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteOptions {
  const dryRun = query.getAll("dryRun");
  const fieldManager = text(query, "fieldManager");
  const validation = text(query, "fieldValidation");
  const force = kind === "PatchOptions" ? flag(query, "force") : undefined;
  const errors: FieldError[] = [];
  if (force !== undefined && !apply) errors.push(forbiddenField("force", "may not be specified for non-apply patch"));
  if (apply && fieldManager === "") errors.push(required("fieldManager", "is required for apply patch"));
  if (Buffer.byteLength(fieldManager) > 128) errors.push(tooLong("fieldManager", 128));
  errors.push(...unprintable(fieldManager), ...dryRunErrors(dryRun));
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    errors.push(notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  if (errors.length > 0) throw invalid({ group: META, kind }, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: validation === "" ? "Warn" : (validation as WriteOptions["fieldValidation"]),
    force,
  };
}

function unprintable(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  let position = 0;
  for (const character of manager) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      errors.push(invalidValue("fieldManager", manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}

function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  if (dryRun.every((value) => value === "All")) return [];
  return [notSupported("dryRun", [...dryRun], ["All"])];
}

export type PropagationPolicy = "Foreground" | "Background" | "Orphan";

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds: number | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly propagationPolicy: PropagationPolicy | undefined;
  readonly preconditionUid: string | undefined;
  readonly preconditionResourceVersion: string | undefined;
}

/** DeleteOptions from a decoded body or, where there is none, from the query: never from both, as upstream. */
export function deleteOptions(query: URLSearchParams, body: JsonObject | undefined): DeleteOptions {
  const raw = body ?? deleteOptionsFromQuery(query);
  const policy = raw.propagationPolicy as string | undefined;
  const orphan = raw.orphanDependents as boolean | undefined;
  const dryRun = (raw.dryRun ?? []) as string[];
  const errors: FieldError[] = [];
  if (policy !== undefined && orphan !== undefined) {
    errors.push(
      invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (policy !== undefined && !["Foreground", "Background", "Orphan"].includes(policy)) {
    errors.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
  }
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw invalid({ group: META, kind: "DeleteOptions" }, "", errors);
  const preconditions = isObject(raw.preconditions) ? raw.preconditions : {};
  return {
    dryRun: dryRun.length > 0,
    gracePeriodSeconds: raw.gracePeriodSeconds === undefined ? undefined : Number(raw.gracePeriodSeconds),
    orphanDependents: orphan,
    propagationPolicy: policy as PropagationPolicy | undefined,
    preconditionUid: preconditions.uid as string | undefined,
    preconditionResourceVersion: preconditions.resourceVersion as string | undefined,
  };
}

function deleteOptionsFromQuery(query: URLSearchParams): JsonObject {
  const raw: JsonObject = {};
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) raw[name] = value;
  };
  set("gracePeriodSeconds", integer(query, "gracePeriodSeconds"));
  set("orphanDependents", flag(query, "orphanDependents"));
  set("propagationPolicy", query.get("propagationPolicy") ?? undefined);
  set("dryRun", query.has("dryRun") ? query.getAll("dryRun") : undefined);
  return raw;
}

function text(query: URLSearchParams, name: string): string {
  return query.get(name) ?? "";
}

/** "0" and "false" are false, anything else, the empty string too, is true (runtime.Convert_Slice_string_To_bool). */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  return value !== "0" && value.toLowerCase() !== "false";
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
  const number = Number(value);
  if (Math.abs(number) > 2 ** 63) throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: value out of range`);
  return number;
}

/** A resourceVersion parameter, exact up to 64 bits; "" is undefined. @throws ApiError 400 */
export function parseRevision(value: string): number | bigint | undefined {
  if (value === "") return undefined;
  if (/^\d+$/.test(value)) {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    const exact = boundedInteger(value);
    if (exact < 1n << 64n) return exact;
    throw badRequest(revisionError(value, "value out of range"));
  }
  throw badRequest(revisionError(value, "invalid syntax"));
}

/** A GET and a WATCH answer a malformed resourceVersion with a bare 500, where a LIST says 400 (seen on 1.34). */
export function parseBareRevision(value: string): number | bigint | undefined {
  try {
    return parseRevision(value);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError({ code: 500, reason: "", message: error.message.replace("invalid resource version: ", "") });
  }
}

function revisionError(value: string, why: string): string {
  const quoted = goQuote(value);
  return `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`;
}
