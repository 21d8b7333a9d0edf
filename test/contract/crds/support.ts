import { type Case, type CaseOptions, c, settled } from "../case.js";

export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const GROUP = "{run}.example.com";
export const KEEP = "x-kubernetes-preserve-unknown-fields";

type Object = Record<string, unknown>;

export const text = { type: "string" };
export const whole = { type: "integer" };
export const object = (properties: Object, more: Object = {}) => ({ type: "object", properties, ...more });
export const list = (items: unknown, more: Object = {}) => ({ type: "array", items, ...more });

/** A version whose schema has these fields in spec. */
export function version(name: string, spec: Object, more: Object = {}): Object {
  const openAPIV3Schema = object({ spec: object(spec), status: { type: "object", [KEEP]: true } });
  return { name, served: true, storage: true, schema: { openAPIV3Schema }, ...more };
}

export function crd(plural: string, versions: readonly Object[], more: Object = {}, names: Object = {}): Object {
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: { group: GROUP, scope: "Namespaced", names: { plural, kind, ...names }, versions, ...more },
  };
}

export const at = (plural: string, name = "", served = "v1") =>
  `/apis/${GROUP}/${served}/namespaces/{ns}/${plural}${name === "" ? "" : `/${name}`}`;

/** An object of a definition made by {@link crd}. */
export function made(plural: string, name: string, spec: unknown, more: Object = {}): Object {
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1);
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, spec, ...more };
}

export const create = (name: string, plural: string, spec: unknown, more: Object = {}, query = ""): Case =>
  c(name, `POST ${at(plural)}${query}`, { json: made(plural, name.replace(/[^a-z0-9]+/g, "-"), spec, more) });
export const merge = (name: string, path: string, json: unknown, more: CaseOptions = {}): Case =>
  c(name, `PATCH ${path}`, { type: "merge", json, ...more });
/** Definitions that are refused, or not: nothing is stored. */
export const tried = (name: string, json: unknown): Case => c(name, `POST ${CRDS}?dryRun=All`, { json });
export const triedField = (name: string, field: Object): Case => tried(name, crd("things", [version("v1", { field })]));

export const SERVED = settled("a real server serves it", 9_000);
export const CHANGED = settled("a real server has the change", 6_000);
