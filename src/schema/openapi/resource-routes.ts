import type { GroupVersionKind } from "../../kube/gvr.js";
import type { ResourceDef, SubresourceDef } from "../model.js";
import { strategyFor } from "../strategy/index.js";
import type { SchemaTables } from "../tables.js";
import { groupVersionNames, title } from "./operation-id.js";
import { connectParameters, NAME, NAMESPACE, optionParameters, PRETTY, SUBPATH } from "./parameters.js";
import { type Method, type Parameter, type Route, STANDARD_TYPES, STREAM_TYPES } from "./routes.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const ANY = ["*/*"] as const;
const STREAMED = [...STANDARD_TYPES, ...STREAM_TYPES] as const;
const PATCH_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;
const CONNECT_METHODS: Readonly<Record<string, readonly Method[]>> = {
  get: ["GET"],
  create: ["POST"],
  update: ["PUT"],
  delete: ["DELETE"],
  patch: ["PATCH"],
};

/** The routes of a resource and its subresources; upstream: registerResourceHandlers in endpoints/installer.go. */
export function resourceRoutes(tables: SchemaTables, def: ResourceDef): Route[] {
  const builder = new RouteBuilder(tables, def);
  return [...builder.resource(), ...[...def.subresources.values()].flatMap((sub) => builder.subresource(sub))];
}

class RouteBuilder {
  readonly #tables: SchemaTables;
  readonly #def: ResourceDef;
  readonly #root: string;
  readonly #names: { readonly id: string; readonly tag: string };

  constructor(tables: SchemaTables, def: ResourceDef) {
    const { group, version } = def.gvr;
    this.#tables = tables;
    this.#def = def;
    this.#root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    this.#names = groupVersionNames(group, version);
  }

  resource(): Route[] {
    const def = this.#def;
    const scope = def.namespaced ? [NAMESPACE] : [];
    const collection = def.namespaced ? `namespaces/{namespace}/${def.gvr.resource}` : def.gvr.resource;
    const routes = this.#collectionRoutes(collection, scope);
    routes.push(...this.#itemRoutes(`${collection}/{name}`, [...scope, NAME], def.verbs, def.gvk, def.type.name, ""));
    if (def.verbs.has("watch")) {
      routes.push(this.#watch("watch", `watch/${collection}/{name}`, [...scope, NAME], this.#scopeName, ""));
    }
    if (!def.namespaced) return routes;
    if (def.verbs.has("list")) routes.push(this.#list(def.gvr.resource, [], "", "ForAllNamespaces"));
    if (def.verbs.has("list") && def.verbs.has("watch")) {
      routes.push(this.#watch("watchlist", `watch/${def.gvr.resource}`, [], "", "ListForAllNamespaces"));
    }
    return routes;
  }

  subresource(sub: SubresourceDef): Route[] {
    const def = this.#def;
    const scope = def.namespaced ? [NAMESPACE, NAME] : [NAME];
    const parent = def.namespaced ? `namespaces/{namespace}/${def.gvr.resource}` : def.gvr.resource;
    const path = `${parent}/{name}/${sub.name}`;
    if (sub.name === "log") return [this.#log(path, scope, sub)];
    const options = connectParameters(sub.gvk.kind);
    if (options) return this.#connect(path, [...scope, ...options], sub);
    const id = title(sub.name);
    const routes = this.#itemRoutes(path, scope, sub.verbs, sub.gvk, sub.type.name, id);
    if (sub.verbs.has("create")) routes.push(this.#create(path, scope, sub.gvk, sub.type.name, id));
    return routes;
  }

  get #scopeName(): string {
    return this.#def.namespaced ? "Namespaced" : "";
  }

  #collectionRoutes(path: string, scope: readonly Parameter[]): Route[] {
    const { verbs, gvk, type } = this.#def;
    const routes: Route[] = [];
    if (verbs.has("list")) routes.push(this.#list(path, scope, this.#scopeName, ""));
    if (verbs.has("create")) routes.push(this.#create(path, scope, gvk, type.name, ""));
    if (verbs.has("deletecollection")) routes.push(this.#deleteCollection(path, scope));
    if (verbs.has("list") && verbs.has("watch")) {
      routes.push(this.#watch("watchlist", `watch/${path}`, scope, this.#scopeName, "List"));
    }
    return routes;
  }

  #itemRoutes(
    path: string,
    scope: readonly Parameter[],
    verbs: ReadonlySet<string>,
    gvk: GroupVersionKind,
    type: string,
    suffix: string,
  ): Route[] {
    const routes: Route[] = [];
    const common = [PRETTY, ...scope];
    const add = (method: Method, action: string, prefix: string, rest: Partial<Route>) =>
      routes.push(
        this.#route(path, method, action, this.#id(prefix, this.#scopeName, suffix), gvk, { answer: type, ...rest }),
      );
    if (verbs.has("get")) add("GET", "get", "read", { parameters: common });
    if (verbs.has("update")) {
      const parameters = [...common, ...optionParameters(this.#tables, "UpdateOptions")];
      add("PUT", "put", "replace", { parameters, body: { type, required: true }, codes: [201] });
    }
    if (verbs.has("patch")) {
      const parameters = [...common, ...optionParameters(this.#tables, "PatchOptions")];
      add("PATCH", "patch", "patch", {
        parameters,
        consumes: PATCH_TYPES,
        body: { type: `${META}Patch`, required: true },
        codes: [201],
      });
    }
    if (verbs.has("delete")) {
      const parameters = [...common, ...optionParameters(this.#tables, "DeleteOptions")];
      const answer = documentsDeleted(this.#def) ? type : `${META}Status`;
      const body = { type: `${META}DeleteOptions`, required: false };
      add("DELETE", "delete", "delete", { parameters, body, answer, codes: [202] });
    }
    return routes;
  }

  #list(path: string, scope: readonly Parameter[], scopeName: string, suffix: string): Route {
    const { gvk, listType } = this.#def;
    const parameters = [PRETTY, ...scope, ...optionParameters(this.#tables, "ListOptions")];
    const id = this.#id("list", scopeName, suffix);
    return this.#route(path, "GET", "list", id, gvk, { parameters, produces: STREAMED, answer: listType.name });
  }

  #create(path: string, scope: readonly Parameter[], gvk: GroupVersionKind, type: string, suffix: string): Route {
    const parameters = [PRETTY, ...scope, ...optionParameters(this.#tables, "CreateOptions")];
    const id = this.#id("create", this.#scopeName, suffix);
    const body = { type, required: true };
    return this.#route(path, "POST", "post", id, gvk, { parameters, body, answer: type, codes: [201, 202] });
  }

  #deleteCollection(path: string, scope: readonly Parameter[]): Route {
    const options = optionParameters(this.#tables, "DeleteOptions");
    const list = optionParameters(this.#tables, "ListOptions", ["watch", "allowWatchBookmarks"]);
    const parameters = [PRETTY, ...scope, ...options, ...list];
    const body = { type: `${META}DeleteOptions`, required: false };
    const id = this.#id("delete", `Collection${this.#scopeName}`, "");
    const answer = `${META}Status`;
    return this.#route(path, "DELETE", "deletecollection", id, this.#def.gvk, { parameters, body, answer });
  }

  #watch(action: string, path: string, scope: readonly Parameter[], scopeName: string, suffix: string): Route {
    const parameters = [PRETTY, ...scope, ...optionParameters(this.#tables, "ListOptions")];
    const id = this.#id("watch", scopeName, suffix);
    const answer = `${META}WatchEvent`;
    return this.#route(path, "GET", action, id, this.#def.gvk, { parameters, produces: STREAMED, answer });
  }

  #log(path: string, scope: readonly Parameter[], sub: SubresourceDef): Route {
    const parameters = [PRETTY, ...scope, ...(connectParameters("PodLogOptions") ?? [])];
    const produces = ["text/plain", ...STANDARD_TYPES];
    const id = this.#id("read", this.#scopeName, title(sub.name));
    return this.#route(path, "GET", "get", id, sub.gvk, { parameters, produces, answer: "string" });
  }

  #connect(path: string, parameters: readonly Parameter[], sub: SubresourceDef): Route[] {
    const proxy = sub.name === "proxy";
    const methods: Method[] = [...sub.verbs].flatMap((verb) => CONNECT_METHODS[verb] ?? []);
    // Discovery has no verbs for these two, which a proxy passes on as well.
    if (proxy) methods.push("HEAD", "OPTIONS");
    const routes = (at: string, all: readonly Parameter[], suffix: string) =>
      methods.map((method) => {
        const prefix = `${title(method.toLowerCase())}${this.#scopeName}`;
        const id = this.#id("connect", prefix, `${title(sub.name)}${suffix}`);
        return this.#route(at, method, "connect", id, sub.gvk, { parameters: all, produces: ANY, answer: "string" });
      });
    if (!proxy) return routes(path, parameters, "");
    return [...routes(path, parameters, ""), ...routes(`${path}/{path}`, [...parameters, SUBPATH], "WithPath")];
  }

  #id(verb: string, scopeName: string, suffix: string): string {
    return `${verb}${this.#names.id}${scopeName}${this.#def.gvk.kind}${suffix}`;
  }

  #route(
    path: string,
    method: Method,
    action: string,
    operationId: string,
    gvk: GroupVersionKind,
    rest: Partial<Route>,
  ): Route {
    return {
      path: `${this.#root}/${path}`,
      method,
      operationId,
      tag: this.#names.tag,
      action,
      gvk,
      consumes: ANY,
      produces: STANDARD_TYPES,
      parameters: [],
      answer: "string",
      codes: [],
      ...rest,
    };
  }
}

/** A namespace is answered, too, but its storage hides that from the document; upstream: registry/core/namespace/storage. */
function documentsDeleted(def: ResourceDef): boolean {
  const { group, resource } = def.gvr;
  return strategyFor(group, resource).returnsDeletedObject && !(group === "" && resource === "namespaces");
}
