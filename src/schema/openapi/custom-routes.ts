import { pathRoot } from "../crd/openapi.js";
import type { ResourceDef } from "../model.js";
import type { SchemaTables } from "../tables.js";
import { groupVersionNames, title } from "./operation-id.js";
import { NAME, NAMESPACE, optionParameters, PRETTY } from "./parameters.js";
import type { Method, Parameter, Route } from "./routes.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const TYPES = ["application/json", "application/yaml"] as const;
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const SCALE = "io.k8s.api.autoscaling.v1.Scale";
const VERSION: Parameter = { name: "resourceVersion", in: "query", type: "string" };

/** The routes that documents show of a custom resource; upstream: apiextensions' controller/openapi/builder/builder.go. */
export function customRoutes(tables: SchemaTables, def: ResourceDef): Route[] {
  const { resource } = def.gvr;
  const scope = def.namespaced ? [NAMESPACE] : [];
  const collection = def.namespaced ? `namespaces/{namespace}/${resource}` : resource;
  const make = (path: string, parameters: readonly Parameter[], type: string, suffix: string) =>
    new Operations(tables, def, path, parameters, type, suffix);
  const item = (name: string, type: string) => {
    const path = `${collection}/{name}${name === "" ? "" : `/${name}`}`;
    return make(path, [...scope, NAME], type, title(name));
  };
  const all = make(collection, scope, def.type.name, "");
  const routes = [
    all.list(""),
    all.create(),
    all.deleteCollection(),
    ...item("", def.type.name).item(),
    item("", def.type.name).remove(),
  ];
  if (def.namespaced) routes.push(make(resource, [], def.type.name, "").list("ForAllNamespaces"));
  if (def.subresources.has("status")) routes.push(...item("status", def.type.name).item());
  if (def.subresources.has("scale")) routes.push(...item("scale", SCALE).item());
  return routes;
}

class Operations {
  readonly #tables: SchemaTables;
  readonly #def: ResourceDef;
  readonly #path: string;
  readonly #common: readonly Parameter[];
  readonly #type: string;
  readonly #suffix: string;

  constructor(
    tables: SchemaTables,
    def: ResourceDef,
    path: string,
    parameters: readonly Parameter[],
    type: string,
    suffix: string,
  ) {
    this.#tables = tables;
    this.#def = def;
    this.#path = path;
    this.#common = [PRETTY, ...parameters];
    this.#type = type;
    this.#suffix = suffix;
  }

  /** The operation's own name where it reaches across namespaces. */
  list(across: string): Route {
    const parameters = optionParameters(this.#tables, "ListOptions");
    const id = across === "" ? undefined : `list${this.#names.id}${this.#def.gvk.kind}${across}`;
    return this.#route("GET", "list", "list", { parameters, answer: this.#def.listType.name, ...(id ? { id } : {}) });
  }

  create(): Route {
    const body = { type: this.#type, required: true };
    const parameters = optionParameters(this.#tables, "CreateOptions");
    return this.#route("POST", "post", "create", { parameters, body, codes: [201, 202] });
  }

  deleteCollection(): Route {
    const parameters = optionParameters(this.#tables, "ListOptions");
    const id = `delete${this.#names.id}Collection${this.#scopeName}${this.#def.gvk.kind}`;
    return this.#route("DELETE", "deletecollection", "deletecollection", { parameters, answer: `${META}Status`, id });
  }

  remove(): Route {
    const parameters = optionParameters(this.#tables, "DeleteOptions");
    const body = { type: `${META}DeleteOptions`, required: false };
    return this.#route("DELETE", "delete", "delete", { parameters, body, answer: `${META}Status`, codes: [202] });
  }

  item(): Route[] {
    const options = (name: "UpdateOptions" | "PatchOptions") => optionParameters(this.#tables, name);
    const body = { type: this.#type, required: true };
    const patch = { type: `${META}Patch`, required: true };
    return [
      this.#route("GET", "get", "read", { parameters: [VERSION] }),
      this.#route("PUT", "put", "replace", { parameters: options("UpdateOptions"), body, codes: [201] }),
      this.#route("PATCH", "patch", "patch", {
        parameters: options("PatchOptions"),
        body: patch,
        consumes: PATCH_TYPES,
      }),
    ];
  }

  get #names() {
    return groupVersionNames(this.#def.gvr.group, this.#def.gvr.version);
  }

  get #scopeName(): string {
    return this.#def.namespaced ? "Namespaced" : "";
  }

  #route(
    method: Method,
    action: string,
    verb: string,
    rest: Partial<Omit<Route, "parameters">> & { readonly parameters: readonly Parameter[]; readonly id?: string },
  ): Route {
    const { id, parameters, ...more } = rest;
    return {
      path: `${pathRoot(this.#def)}/${this.#path}`,
      method,
      operationId: id ?? `${verb}${this.#names.id}${this.#scopeName}${this.#def.gvk.kind}${this.#suffix}`,
      tag: this.#names.tag,
      action,
      gvk: this.#def.gvk,
      consumes: TYPES,
      produces: TYPES,
      parameters: [...this.#common, ...parameters],
      answer: this.#type,
      codes: [],
      ...more,
    };
  }
}
