import type { JsonObject } from "../../kube/json.js";
import { CUSTOM_INFO, type CustomComponent, customComponents, type OpenApiVersion } from "../crd/openapi.js";
import type { Registry } from "../registry.js";
import type { SchemaTables } from "../tables.js";
import { customRoutes } from "./custom-routes.js";
import { groupRoute, groupVersionRoute, OTHER_ROUTES } from "./other-routes.js";
import { resourceRoutes } from "./resource-routes.js";
import { byPath, ownParameters, type Parameter, type PathRoutes, type Route } from "./routes.js";
import { referencesOf, referenceTo, specialSchema, structSchema } from "./schemas.js";

export const SECURITY_SCHEMES = { BearerToken: { type: "apiKey", name: "authorization", in: "header" } } as const;
export const CODES: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  401: "Unauthorized",
};

const GROUP_PATH = /^(?:api\/([^/]+)|apis\/([^/]+)(?:\/([^/]+))?)$/;

/** Every path of the index ("api/v1", "apis/apps", …), sorted. */
export function documentPaths(registry: Registry): string[] {
  const paths = [...OTHER_ROUTES.keys()];
  for (const { name, versions, custom } of registry.groups) {
    if (name !== "" && !custom) paths.push(`apis/${name}`);
    for (const version of versions) paths.push(name === "" ? `api/${version}` : `apis/${name}/${version}`);
  }
  return paths.sort();
}

/** The routes of one document of the index; undefined when there is no such path. */
export function routesOf(tables: SchemaTables, registry: Registry, path: string): Route[] | undefined {
  const other = OTHER_ROUTES.get(path);
  if (other) return [other];
  const match = GROUP_PATH.exec(path);
  if (!match) return undefined;
  const [, coreVersion, group = "", version = coreVersion] = match;
  if (version === undefined) return registry.group(group) ? [groupRoute(group)] : undefined;
  if (!registry.hasGroupVersion(group, version)) return undefined;
  const rows = registry.resources(group, version);
  const resources = rows.flatMap((def) => (def.served ? customRoutes(tables, def) : resourceRoutes(tables, def)));
  return registry.group(group)?.custom ? resources : [groupVersionRoute(group, version), ...resources];
}

/** One OpenAPI v3 document, e.g. "apis/apps/v1"; undefined when there is no such path. Callers cache it. */
export function openApiV3Document(tables: SchemaTables, registry: Registry, path: string): JsonObject | undefined {
  const routes = routesOf(tables, registry, path);
  if (!routes) return undefined;
  const custom = registry.group(GROUP_PATH.exec(path)?.[2] ?? "")?.custom === true;
  const schemas = componentSchemas(tables, routes, customComponentsOf(tables, registry, "v3"), custom);
  return {
    openapi: "3.0.0",
    info: custom ? CUSTOM_INFO : { title: "Kubernetes", version: tables.minor },
    paths: Object.fromEntries(byPath(routes).map((item) => [item.path, pathItem(item)])),
    components: {
      ...(Object.keys(schemas).length > 0 ? { schemas } : {}),
      ...(custom ? {} : { securitySchemes: SECURITY_SCHEMES }),
    },
  };
}

/** The components of all custom resources, by name. */
export function customComponentsOf(
  tables: SchemaTables,
  registry: Registry,
  version: OpenApiVersion,
): ReadonlyMap<string, CustomComponent> {
  const rows = registry.groups.flatMap(({ name, versions }) =>
    versions.flatMap((each) => registry.resources(name, each)),
  );
  return new Map(rows.filter((def) => def.served).flatMap((def) => customComponents(tables, def, version)));
}

/** The schemas of all types that routes mention, and of those that they lead to, sorted by name. */
export function componentSchemas(
  tables: SchemaTables,
  routes: readonly Route[],
  custom: ReadonlyMap<string, CustomComponent>,
  ofCustom = false,
): JsonObject {
  const found = new Map<string, JsonObject>();
  const queue = new Set(routes.flatMap((route) => (route.body ? [route.body.type, route.answer] : [route.answer])));
  queue.delete("string");
  // A Set takes additions while it is walked over.
  for (const name of queue) {
    const special = specialSchema(name, tables.descriptions);
    if (special) {
      found.set(name, special);
      continue;
    }
    const own = custom.get(name);
    if (own) {
      found.set(name, own.schema);
      for (const other of own.references) queue.add(other);
      continue;
    }
    const type = tables.struct(name);
    found.set(name, structSchema(type, tables.descriptions, ofCustom));
    for (const other of referencesOf(type)) queue.add(other);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pathItem(item: PathRoutes): JsonObject {
  const out: JsonObject = {};
  for (const route of item.routes) out[route.method.toLowerCase()] = operation(route, item.common);
  if (item.common.length > 0) out.parameters = item.common.map(parameter);
  return out;
}

function operation(route: Route, common: readonly Parameter[]): JsonObject {
  const out: JsonObject = { tags: [route.tag], operationId: route.operationId };
  const own = ownParameters(route, common).map(parameter);
  if (own.length > 0) out.parameters = own;
  if (route.body) {
    const content = contentOf(route.consumes ?? [], route.body.type);
    out.requestBody = route.body.required ? { content, required: true } : { content };
  }
  const responses: JsonObject = {};
  for (const code of [200, ...route.codes]) {
    responses[String(code)] = { description: CODES[code], content: contentOf(route.produces, route.answer) };
  }
  responses["401"] = { description: CODES[401] };
  out.responses = responses;
  if (route.action !== undefined) out["x-kubernetes-action"] = route.action;
  if (route.gvk) out["x-kubernetes-group-version-kind"] = { ...route.gvk };
  return out;
}

function parameter({ name, in: place, type }: Parameter): JsonObject {
  const required = place === "path" ? { required: true } : {};
  return { name, in: place, ...required, schema: { type, uniqueItems: true } };
}

function contentOf(mediaTypes: readonly string[], type: string): JsonObject {
  const schema = type === "string" ? { type } : referenceTo(type);
  return Object.fromEntries([...mediaTypes].sort().map((mediaType) => [mediaType, { schema }]));
}
