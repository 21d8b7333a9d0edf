import { badRequest } from "./errors.js";
import { compareUtf8, goQuote } from "./go-text.js";
import { apiVersionOf, type GroupVersionKind } from "./gvr.js";

export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** What a field selector looks at. */
export interface SelectableObject {
  readonly name: string;
  readonly namespace: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

/** All requirements hold; upstream: apimachinery/pkg/fields/selector.go. */
export class FieldSelector {
  static readonly everything = new FieldSelector([]);

  constructor(readonly requirements: readonly FieldRequirement[]) {}

  get empty(): boolean {
    return this.requirements.length === 0;
  }

  /** A field that the object doesn't have reads as "". */
  matches(object: SelectableObject): boolean {
    return this.requirements.every(({ field, equal, value }) => (fieldOf(object, field) === value) === equal);
  }

  /** The value that `field` must have, when the selector asks for one. */
  exactMatch(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.equal && requirement.field === field)?.value;
  }

  toString(): string {
    return this.requirements
      .map(({ field, equal, value }) => `${field}${equal ? "=" : "!="}${value.replace(/[\\,=]/g, "\\$&")}`)
      .join(",");
  }
}

function fieldOf(object: SelectableObject, field: string): string {
  if (field === "metadata.name") return object.name;
  if (field === "metadata.namespace") return object.namespace;
  return object.fields !== undefined && Object.hasOwn(object.fields, field) ? object.fields[field]! : "";
}

/** `?fieldSelector=…` as the real server reads it; ApiError 400 in its words. Field names are not checked yet. */
export function parseFieldSelector(text: string): FieldSelector {
  if (text === "") return FieldSelector.everything;
  const terms = splitTerms(text).sort(compareUtf8);
  const requirements = terms.filter((term) => term !== "").map((term) => parseTerm(term, text));
  return new FieldSelector(requirements.filter(({ field, value }) => field !== "" || value !== ""));
}

/** At commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  return text.match(/(?:[^\\,]|\\.|\\$)+/gsu) ?? [];
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/su.exec(term);
  if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, field, operator, value] = match;
  return { field: field!, equal: operator !== "!=", value: unescaped(value!) };
}

function unescaped(value: string): string {
  return value.replace(/\\(.?)|[,=]/gsu, (sequence, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw badRequest(`invalid field selector: unescaped character in value: ${sequence.codePointAt(0)}`);
    }
    if (escaped === "\\" || escaped === "," || escaped === "=") return escaped;
    throw badRequest(`invalid field selector: invalid escape sequence: ${sequence}`);
  });
}

/** What tells which fields of a resource can be selected. */
export interface FieldLabels {
  /** In the version that the request asks for. */
  readonly gvk: GroupVersionKind;
  readonly namespaced: boolean;
  /** Fields beyond metadata.name and metadata.namespace, which may be among them. */
  readonly selectableFields: ReadonlySet<string>;
  /** Defined by a CustomResourceDefinition. */
  readonly custom?: boolean;
}

/** Names that are accepted for a field of another name: an older one, or that of another version. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "v1 Pod": { "spec.host": "spec.nodeName" },
  "events.k8s.io/v1 Event": {
    "regarding.kind": "involvedObject.kind",
    "regarding.namespace": "involvedObject.namespace",
    "regarding.name": "involvedObject.name",
    "regarding.uid": "involvedObject.uid",
    "regarding.apiVersion": "involvedObject.apiVersion",
    "regarding.resourceVersion": "involvedObject.resourceVersion",
    "regarding.fieldPath": "involvedObject.fieldPath",
    reportingController: "reportingComponent",
  },
};

/**
 * The selector with the names under which objects are indexed; ApiError 400 for a field that the resource doesn't
 * offer. Upstream: runtime.Scheme.ConvertFieldLabel and pkg/apis/<group>/<version>/conversion.go.
 */
export function resolveFieldLabels(selector: FieldSelector, labels: FieldLabels): FieldSelector {
  if (selector.empty) return selector;
  const aliases = ALIASES[`${apiVersionOf(labels.gvk)} ${labels.gvk.kind}`] ?? {};
  const resolved = selector.requirements.map((requirement) => {
    const alias = Object.hasOwn(aliases, requirement.field) ? aliases[requirement.field] : undefined;
    if (alias !== undefined) return { ...requirement, field: alias };
    if (!isSelectable(requirement.field, labels)) throw badRequest(unsupportedLabel(requirement.field, labels));
    return requirement;
  });
  return new FieldSelector(resolved);
}

/** Kinds with selectable fields have a list of their own, where metadata.namespace may be missing. */
function hasOwnList(labels: FieldLabels): boolean {
  if (labels.custom === true) return true;
  for (const field of labels.selectableFields) {
    if (field !== "metadata.name" && field !== "metadata.namespace") return true;
  }
  return false;
}

function isSelectable(field: string, labels: FieldLabels): boolean {
  if (field === "metadata.name") return true;
  if (field === "metadata.namespace") return labels.namespaced || !hasOwnList(labels);
  return labels.selectableFields.has(field);
}

function unsupportedLabel(field: string, labels: FieldLabels): string {
  if (!hasOwnList(labels)) {
    return `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  }
  const { group, kind } = labels.gvk;
  if (labels.custom) return `field label not supported: ${field}`;
  if (group === "batch") return `field label ${goQuote(field)} not supported for ${kind}`;
  if (group === "resource.k8s.io") {
    return `field label not supported for ${apiVersionOf(labels.gvk)}, Kind=${kind}: ${field}`;
  }
  return `field label not supported: ${field}`;
}
