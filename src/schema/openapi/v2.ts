import { createHash } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";
import type { Registry } from "../registry.js";
import type { SchemaTables } from "../tables.js";
import { byPath, ownParameters, type Parameter, type PathRoutes, type Route } from "./routes.js";
import { NAMED_SCALARS } from "./schemas.js";
import { CODES, componentSchemas, customComponentsOf, documentPaths, routesOf, SECURITY_SCHEMES } from "./v3.js";

/** kubectl reads these from the operation itself, so the real document does not share them; nor does it `name`. */
const UNSHARED: ReadonlySet<string> = new Set(["name", "dryRun", "fieldValidation"]);
const GENERIC_BODY = "io.k8s.apimachinery";

/** Types whose schema v2 can't say as v3 does. */
const V2_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  [NAMED_SCALARS.quantity!]: { type: "string" },
  [NAMED_SCALARS.intOrString!]: { type: "string", format: "int-or-string" },
};

/** The OpenAPI v2 document of everything in the registry. Callers cache it. */
export function openApiV2(tables: SchemaTables, registry: Registry): JsonObject {
  const routes = documentPaths(registry).flatMap((path) => routesOf(tables, registry, path) ?? []);
  const shared = new Map<string, JsonObject>();
  const paths = Object.fromEntries(byPath(routes).map((item) => [item.path, pathItem(item, shared)]));
  const definitions: JsonObject = {};
  const custom = customComponentsOf(tables, registry, "v2");
  for (const [name, schema] of Object.entries(componentSchemas(tables, routes, custom))) {
    definitions[name] = custom.has(name) ? schema : toV2(schema as JsonObject, V2_SCHEMAS[name]);
  }
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: tables.minor },
    paths,
    definitions,
    parameters: Object.fromEntries([...shared].sort(([a], [b]) => (a < b ? -1 : 1))),
    securityDefinitions: SECURITY_SCHEMES,
    security: [{ BearerToken: [] }],
  };
}

/**
 * A v3 schema without what v2 has not: defaults, and `allOf` around references that have siblings; or what v2 says
 * in place of it, with its description.
 */
function toV2(schema: JsonObject, instead?: JsonObject): JsonObject {
  if (instead) return schema.description === undefined ? instead : { description: schema.description, ...instead };
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "default") continue;
    if (key === "properties" && isObject(value)) {
      out.properties = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, toV2(inner as JsonObject)]),
      );
    } else if ((key === "items" || key === "additionalProperties") && isObject(value)) out[key] = toV2(value);
    else if (key === "allOf") out.$ref = v2Reference(((value as Json[])[0] as JsonObject).$ref as string);
    else if (key === "$ref") out.$ref = v2Reference(value as string);
    else out[key] = value;
  }
  return out;
}

function v2Reference(reference: string): string {
  return reference.replace("#/components/schemas/", "#/definitions/");
}

function pathItem(item: PathRoutes, shared: Map<string, JsonObject>): JsonObject {
  const out: JsonObject = {};
  for (const route of item.routes) out[route.method.toLowerCase()] = operation(route, item.common, shared);
  if (item.common.length > 0) out.parameters = item.common.map((own) => share(parameter(own), shared));
  return out;
}

function operation(route: Route, common: readonly Parameter[], shared: Map<string, JsonObject>): JsonObject {
  const out: JsonObject = {};
  if (route.consumes) out.consumes = [...route.consumes];
  out.produces = [...route.produces];
  out.schemes = ["https"];
  out.tags = [route.tag];
  out.operationId = route.operationId;
  const parameters = ownParameters(route, common).map(parameter);
  if (route.body) parameters.push(bodyParameter(route.body));
  parameters.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
  if (parameters.length > 0) out.parameters = parameters.map((own) => share(own, shared));
  const schema = route.answer === "string" ? { type: "string" } : { $ref: `#/definitions/${route.answer}` };
  const responses: JsonObject = {};
  for (const code of [200, ...route.codes]) responses[String(code)] = { description: CODES[code], schema };
  responses["401"] = { description: CODES[401] };
  out.responses = responses;
  if (route.action !== undefined) out["x-kubernetes-action"] = route.action;
  if (route.gvk) {
    const { group, version, kind } = route.gvk;
    out["x-kubernetes-group-version-kind"] = { group, kind, version };
  }
  return out;
}

function parameter({ name, in: place, type }: Parameter): JsonObject {
  const required = place === "path" ? { required: true } : {};
  return { uniqueItems: true, type, name, in: place, ...required };
}

function bodyParameter(body: { readonly type: string; readonly required: boolean }): JsonObject {
  const required = body.required ? { required: true } : {};
  return { name: "body", in: "body", ...required, schema: { $ref: `#/definitions/${body.type}` } };
}

/** Moves a parameter that many operations have to `parameters`; upstream: kube-openapi/pkg/builder/parameters.go. */
function share(own: JsonObject, shared: Map<string, JsonObject>): JsonObject {
  if (UNSHARED.has(String(own.name))) return own;
  if (isObject(own.schema) && !String(own.schema.$ref).startsWith(`#/definitions/${GENERIC_BODY}`)) return own;
  const hash = createHash("sha256").update(JSON.stringify(own)).digest("base64url").slice(0, 8);
  const key = `${String(own.name)}-${hash}`;
  shared.set(key, own);
  return { $ref: `#/parameters/${key}` };
}
