import type { KubeRequest } from "../../kube/handler.js";
import { parseRequestInfo } from "../../kube/request-info.js";
import type { ResourceDef } from "../../schema/model.js";
import type { ApiDeps } from "../deps.js";
import type { Scope } from "../scope.js";

const SERVER = { name: "system:apiserver", groups: ["system:masters", "system:authenticated"] };

/** What the server's own controllers ask of an object, as a request that nobody sent. */
export function internalScope(
  deps: ApiDeps,
  def: ResourceDef,
  target: { readonly namespace: string; readonly name: string; readonly subresource?: string },
): Scope {
  const { group, version, resource } = def.gvr;
  const { namespace, name } = target;
  const root = namespace === "" ? "" : `namespaces/${namespace}/`;
  const path = `/apis/${group}/${version}/${root}${resource}/${name}${target.subresource ? `/${target.subresource}` : ""}`;
  const query = new URLSearchParams();
  const request: KubeRequest = {
    method: "PUT",
    path,
    query,
    headers: { "user-agent": `kube-apiserver/${deps.tables.version}`, "content-type": "application/json" },
    body: Buffer.alloc(0),
    info: parseRequestInfo("PUT", path, query),
    user: SERVER,
    signal: new AbortController().signal,
  };
  const subresource = target.subresource === undefined ? undefined : def.subresources.get(target.subresource);
  return { deps, request, def, subresource, namespace, name };
}
