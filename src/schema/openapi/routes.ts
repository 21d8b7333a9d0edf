import type { GroupVersionKind } from "../../kube/gvr.js";

/** Upper-case HTTP method, in the order in which a path item lists its operations. */
export const METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"] as const;
export type Method = (typeof METHODS)[number];

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly type: "string" | "boolean" | "integer" | "number";
}

/** One method on one path; the common ground of the v2 and v3 documents. */
export interface Route {
  readonly path: string;
  readonly method: Method;
  readonly operationId: string;
  readonly tag: string;
  /** x-kubernetes-action; routes outside of resources have none. */
  readonly action?: string;
  readonly gvk?: GroupVersionKind;
  readonly consumes?: readonly string[];
  readonly produces: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly type: string; readonly required: boolean };
  /** What 200 (and the other codes) answer: an OpenAPI type name, or "string". */
  readonly answer: string;
  /** Success codes besides 200. */
  readonly codes: readonly number[];
}

/** All routes of one path, with the parameters that they have in common. */
export interface PathRoutes {
  readonly path: string;
  readonly common: readonly Parameter[];
  readonly routes: readonly Route[];
}

export const STANDARD_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;
export const STREAM_TYPES = [
  "application/json;stream=watch",
  "application/vnd.kubernetes.protobuf;stream=watch",
] as const;

/** Groups routes by path, paths sorted, as both builders do; upstream: kube-openapi/pkg/builder3/openapi.go. */
export function byPath(routes: readonly Route[]): PathRoutes[] {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const group = groups.get(route.path);
    if (group) group.push(route);
    else groups.set(route.path, [route]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, group]) => {
      const common = sortParameters(group[0]!.parameters.filter((p) => group.every((route) => has(route, p))));
      return { path, common, routes: METHODS.flatMap((method) => group.filter((route) => route.method === method)) };
    });
}

/** The parameters of a route that its path does not already list. */
export function ownParameters(route: Route, common: readonly Parameter[]): Parameter[] {
  return sortParameters(route.parameters.filter((p) => !common.some((other) => same(p, other))));
}

function has(route: Route, parameter: Parameter): boolean {
  return route.parameters.some((other) => same(parameter, other));
}

function same(a: Parameter, b: Parameter): boolean {
  return a.name === b.name && a.in === b.in;
}

function sortParameters(parameters: readonly Parameter[]): Parameter[] {
  return [...parameters].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.in < b.in ? -1 : 1));
}
