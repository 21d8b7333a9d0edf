import { numberAt, objectsAt, stringAt } from "../../kube/access.js";
import { badRequest, internalError, notFound, serviceUnavailable } from "../../kube/errors.js";
import { goQuote } from "../../kube/go-text.js";
import type { Answer, KubeRequest } from "../../kube/handler.js";
import { parseIp } from "../../kube/ip.js";
import type { KubeObject } from "../../kube/json.js";
import type { ProxyAnswer, ProxyRequest } from "../../streams/hooks.js";
import { isUpgradeRequest } from "../../streams/upgrade-request.js";
import { readStored } from "../objects.js";
import { type Scope, storageKey } from "../scope.js";
import { rawAnswer } from "./connect.js";
import { kubeletOf, refuseDryRun } from "./target.js";

/** What a proxy path names: "name", "name:port" or "scheme:name:port". */
interface Backend {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

const SINGULAR: Readonly<Record<string, string>> = { nodes: "node", pods: "pod", services: "service" };

/** GET, POST, … nodes|pods|services/<name>/proxy/<path>: nothing is dialled, only hooks answer. */
export async function proxy(scope: Scope): Promise<Answer> {
  refuseDryRun(scope);
  const { request, def, namespace, deps } = scope;
  const resource = def.gvr.resource as ProxyRequest["resource"];
  const backend = backendOf(scope.name);
  if (backend === undefined) throw badRequest(`invalid ${SINGULAR[resource]} request ${goQuote(scope.name)}`);
  const object = objectOf(scope, resource, backend);
  const path = backendPath(scope);
  if (object !== undefined) {
    const answer = askHooks(scope, resource, backend, path === "" ? "/" : path);
    if (answer !== undefined) return toAnswer(await answer, request);
  }
  checkBackend(scope, resource, backend, object);
  if (path === "" && !isUpgradeRequest(request.headers) && (request.method === "GET" || request.method === "HEAD"))
    return redirect(scope);
  const what = `${SINGULAR[resource]} ${namespace === "" ? "" : `${namespace}/`}${backend.name}`;
  throw serviceUnavailable(`fake-apiserver: nobody answers for ${what} in cluster ${deps.clusterName}`);
}

function askHooks(
  { deps, request, namespace }: Scope,
  resource: ProxyRequest["resource"],
  { scheme, name, port }: Backend,
  path: string,
): Promise<ProxyAnswer> | undefined {
  const { method, query, headers, signal } = request;
  const asked: ProxyRequest = {
    cluster: deps.clusterName,
    ...{ resource, namespace, name, scheme, port, method, path, query, headers, signal },
    body: request.body,
  };
  return deps.streams.ask((hooks) => hooks.proxy?.(asked));
}

/** Upstream: apimachinery/pkg/util/net/port_split.go. */
function backendOf(id: string): Backend | undefined {
  const parts = id.split(":");
  const [scheme, name, port] =
    parts.length === 3 ? parts : parts.length === 2 ? ["", ...parts] : parts.length === 1 ? ["", parts[0], ""] : [];
  if (!name || (scheme !== "" && scheme !== "http" && scheme !== "https")) return undefined;
  return { scheme, name, port: port ?? "" };
}

/** With its slash; "" where the path ends with "proxy", and `?path=` where that is given. */
function backendPath({ request: { info, path } }: Scope): string {
  const rest = info.parts.slice(3).join("/");
  if (rest === "") return path.endsWith("/") ? "/" : "";
  return `/${rest}${path.endsWith("/") ? "/" : ""}`;
}

function redirect({ request: { path, query } }: Scope): Answer {
  const location = `${path}/${query.size > 0 ? `?${query}` : ""}`;
  return { status: 301, headers: { Location: location }, chunks: [] };
}

function objectOf(scope: Scope, resource: string, { name }: Backend): KubeObject | undefined {
  const def = scope.deps.registry.lookup("", "v1", resource)!;
  const stored = scope.deps.store().get(storageKey(def, scope.namespace, name));
  return stored && readStored(stored, def.storage!);
}

/** @throws ApiError where a real server would not find an address */
function checkBackend(scope: Scope, resource: string, backend: Backend, object: KubeObject | undefined): void {
  if (resource === "services") {
    checkService(scope, backend, object);
    return;
  }
  if (object === undefined) throw notFound(scope.def.gvr, backend.name);
  const address = resource === "nodes" ? kubeletOf(scope, backend.name).host : podAddress(object);
  const isName = resource === "nodes" && parseIp(address) === undefined;
  if (!isName && !isGlobalUnicast(address)) throw badRequest("address not allowed");
}

function podAddress(pod: KubeObject): string {
  return stringAt(objectsAt(pod, "status", "podIPs")[0], "ip") || stringAt(pod, "status", "podIP");
}

/** Neither unspecified, loopback, link-local nor multicast; upstream: Go's net.IP. */
function isGlobalUnicast(text: string): boolean {
  if (parseIp(text) === undefined) return false;
  if (text.includes(":")) return !/^(?:::1?$|fe[89ab]|ff)/i.test(text);
  return !/^(?:0\.0\.0\.0$|127\.|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$)/.test(text);
}

/** Upstream: pkg/registry/core/service/storage/storage.go, ResourceLocation. */
function checkService(scope: Scope, { name, port }: Backend, service: KubeObject | undefined): void {
  const { deps, namespace, def } = scope;
  let portName = port;
  if (/^[+-]?\d+$/.test(port)) {
    if (service === undefined) throw notFound(def.gvr, name);
    const found = objectsAt(service, "spec", "ports").find((each) => numberAt(each, "port") === Number(port));
    if (!found) throw serviceUnavailable(`no service port ${Number(port)} found for service ${goQuote(name)}`);
    portName = stringAt(found, "name");
  }
  const endpoints = deps.registry.lookup("", "v1", "endpoints")!;
  const stored = deps.store().get(storageKey(endpoints, namespace, name));
  if (!stored) throw notFound(def.gvr, name);
  const subsets = objectsAt(readStored(stored, endpoints.storage!), "subsets");
  const none = (id: string) => serviceUnavailable(`no endpoints available for service ${goQuote(id)}`);
  if (subsets.length === 0) throw none(name);
  const reachable = subsets.some(
    (subset) =>
      objectsAt(subset, "ports").some((each) => stringAt(each, "name") === portName) &&
      objectsAt(subset, "addresses").some((address) => isPod(scope, address)),
  );
  if (!reachable) throw none(scope.name);
}

/** Only pods are proxied to. */
function isPod(scope: Scope, address: Parameters<typeof stringAt>[0]): boolean {
  if (stringAt(address, "targetRef", "kind") !== "Pod") return false;
  const pods = scope.deps.registry.lookup("", "v1", "pods")!;
  const [namespace, name] = [stringAt(address, "targetRef", "namespace"), stringAt(address, "targetRef", "name")];
  const stored = scope.deps.store().get(storageKey(pods, namespace, name));
  return stored !== undefined && podAddress(readStored(stored, pods.storage!)) === stringAt(address, "ip");
}

function toAnswer({ status = 200, headers = {}, body = "", upgrade }: ProxyAnswer, request: KubeRequest): Answer {
  if (upgrade !== undefined) return toUpgrade(headers, upgrade, request);
  if (typeof body === "string" || Buffer.isBuffer(body)) {
    return { status, headers, chunks: [Buffer.from(body)] };
  }
  return {
    status,
    headers,
    run: async (sink) => {
      for await (const piece of body) {
        if (sink.signal.aborted) return;
        if (!sink.write(piece)) await sink.drained();
      }
    },
  };
}

function toUpgrade(
  headers: NonNullable<ProxyAnswer["headers"]>,
  serve: NonNullable<ProxyAnswer["upgrade"]>,
  request: KubeRequest,
): Answer {
  if (!isUpgradeRequest(request.headers))
    throw internalError("a proxy hook upgraded a request that did not ask for it");
  const fields = Object.entries({ Connection: "Upgrade", Upgrade: request.headers.upgrade ?? "", ...headers });
  const head = ["HTTP/1.1 101 Switching Protocols", ...fields.map(([name, value]) => `${name}: ${value}`), "", ""];
  return rawAnswer(async (socket, { signal }) => {
    const end = () => socket.end();
    signal.addEventListener("abort", end, { once: true });
    socket.write(head.join("\r\n"));
    await serve(socket, signal);
    signal.removeEventListener("abort", end);
  });
}
