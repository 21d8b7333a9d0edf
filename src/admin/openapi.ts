import { type Content, json, LINES, type Route, type Schema } from "./route.js";
import {
  CLUSTER,
  CLUSTER_LIST,
  CLUSTER_SPEC,
  CREDENTIALS,
  ERROR,
  FLEET,
  IMPORTED,
  NODE,
  NODE_CHANGE,
  NODE_LIST,
  NODE_TEMPLATE,
  PROMOTION,
} from "./schemas.js";

/** What generated clients call the schemas. */
const NAMES: ReadonlyMap<Schema, string> = new Map([
  [FLEET, "Fleet"],
  [CLUSTER_SPEC, "ClusterSpec"],
  [CLUSTER, "Cluster"],
  [CLUSTER_LIST, "ClusterList"],
  [CREDENTIALS, "Credentials"],
  [IMPORTED, "Imported"],
  [NODE_TEMPLATE, "NodeTemplate"],
  [PROMOTION, "Promotion"],
  [NODE, "Node"],
  [NODE_LIST, "NodeList"],
  [NODE_CHANGE, "NodeChange"],
  [ERROR, "Error"],
]);

/** The API in OpenAPI 3.1, made of the routes that serve it. */
export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const operations = paths[route.path] ?? {};
    operations[route.method.toLowerCase()] = operation(route);
    paths[route.path] = operations;
  }
  return {
    openapi: "3.1.0",
    info: { title: "fake-apiserver admin API", version },
    paths,
    components: {
      schemas: Object.fromEntries([...NAMES].map(([schema, name]) => [name, inner(schema)])),
      securitySchemes: { bearer: { type: "http", scheme: "bearer" }, certificate: { type: "mutualTLS" } },
    },
    // The empty one: callers on the machine itself.
    security: [{}, { bearer: [] }, { certificate: [] }],
  };
}

function operation({ id, summary, path, query = {}, body, lines, answers }: Route): Record<string, unknown> {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true },
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, { description, ...schema }]) => ({
    ...{ name, in: "query", description, schema },
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    ...{ operationId: id, summary },
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: referring(json(body)) } }),
    ...(lines === undefined
      ? {}
      : { requestBody: { description: lines.description, content: { [LINES]: { schema: { type: "string" } } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description, content }]) => [
          status,
          { description, ...(content === undefined ? {} : { content: referring(content) }) },
        ]),
      ),
      default: { description: "Why it is refused.", content: referring(json(ERROR)) },
    },
  };
}

function referring(content: Content): Record<string, { readonly schema: Schema }> {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: reference(schema) }]));
}

function reference(schema: Schema): Schema {
  const name = NAMES.get(schema);
  return name === undefined ? inner(schema) : { $ref: `#/components/schemas/${name}` };
}

/** The schema itself, with references to those within that have names. */
function inner(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === "items") return [key, reference(value as Schema)];
      if (key !== "properties") return [key, value];
      const properties = Object.entries(value as Record<string, Schema>);
      return [key, Object.fromEntries(properties.map(([name, property]) => [name, reference(property)]))];
    }),
  );
}
