import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const UPGRADE = { Connection: "Upgrade" };
const SPDY = { ...UPGRADE, Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": "v4.channel.k8s.io" };
const KEY = { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
const VERSION = { "Sec-WebSocket-Version": "13" };
const WEBSOCKET = { ...UPGRADE, Upgrade: "websocket", ...KEY, ...VERSION };
const V5 = { "Sec-WebSocket-Protocol": "v5.channel.k8s.io" };
const ORIGIN = { Origin: "http://localhost" };

const pod = (name: string, spec: Record<string, unknown> = {}): Case =>
  given("{pods}", { metadata: { name }, spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const containers = [
  { name: "a", image: "i" },
  { name: "b", image: "i" },
];

/** Pods as far as a server without kubelets can get with them. */
const pods: readonly Case[] = [
  given("{nodes}", { metadata: { name: "bare-{run}" } }),
  given("{nodes}", {
    metadata: { name: "local-{run}" },
    status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }] },
  }),
  pod("unassigned"),
  pod("two", { initContainers: [{ name: "first", image: "i" }], containers }),
  pod("lost", { nodeName: "nowhere-{run}" }),
  pod("bare", { nodeName: "bare-{run}" }),
  pod("local", { nodeName: "local-{run}" }),
];

const get = (path: string, more = {}): Case => c(`GET ${path}`, `GET {pods}/${path}`, more);
const post = (path: string, more = {}): Case => c(`POST ${path}`, `POST {pods}/${path}`, { text: "", ...more });
const upgrade = (what: string, method: string, path: string, headers: Record<string, string>): Case =>
  c(`${what}: ${method} ${path}`, `${method} ${path}`, { headers });

contract("streams", [
  scenario("exec", [
    ...pods,
    post("none/exec?command=ls&stdout=true"),
    get("none/exec?command=ls&stdout=true"),
    post("unassigned/exec?command=ls&stdout=true"),
    post("two/exec?command=ls&stdout=true"),
    post("two/exec?command=ls&stdout=true&container=z"),
    post("two/exec?command=ls&stdout=true&container=first"),
    post("lost/exec?command=ls&stdout=true"),
    post("bare/exec?command=ls&stdout=true"),
    post("local/exec?command=ls&stdout=true"),
    get("local/exec"),
    post("local/exec?dryRun=All"),
    post("none/exec?dryRun=All&command=ls"),
    post("local/exec/more?command=ls"),
    c("PUT exec", "PUT {pods}/local/exec", { text: "" }),
    c("DELETE exec", "DELETE {pods}/local/exec"),
    c("exec as text", "POST {pods}/none/exec", { text: "", accept: "text/html" }),
    c("exec of a bad name", "POST {pods}/Bad_Name/exec", { text: "" }),
    upgrade("SPDY", "POST", "{pods}/unassigned/exec?command=ls", SPDY),
    upgrade("SPDY", "POST", "{pods}/two/exec?command=ls", SPDY),
    upgrade("SPDY", "POST", "{pods}/lost/exec?command=ls", SPDY),
    upgrade("SPDY", "POST", "{pods}/local/exec?dryRun=All", SPDY),
    upgrade("WebSocket", "GET", "{pods}/unassigned/exec?command=ls", { ...WEBSOCKET, ...V5 }),
    upgrade("WebSocket", "GET", "{pods}/bare/exec?command=ls", { ...WEBSOCKET, ...V5 }),
    upgrade("WebSocket by POST", "POST", "{pods}/local/exec?command=ls", { ...WEBSOCKET, ...V5 }),
    upgrade("WebSocket without key", "GET", "{pods}/local/exec?command=ls", {
      ...UPGRADE,
      Upgrade: "websocket",
      ...VERSION,
      ...V5,
    }),
    upgrade("WebSocket without version", "GET", "{pods}/local/exec?command=ls", {
      ...UPGRADE,
      Upgrade: "websocket",
      ...KEY,
      ...V5,
    }),
    upgrade("WebSocket of version 8", "GET", "{pods}/local/exec?command=ls", {
      ...WEBSOCKET,
      "Sec-WebSocket-Version": "8",
      ...V5,
    }),
  ]),
  scenario("attach", [
    ...pods,
    post("none/attach"),
    post("unassigned/attach"),
    post("two/attach?stdin=true"),
    post("two/attach?container=z"),
    post("lost/attach"),
    post("bare/attach"),
    post("local/attach"),
    get("local/attach?dryRun=All"),
    c("PATCH attach", "PATCH {pods}/local/attach", { type: "merge", json: {} }),
  ]),
  scenario("port-forward", [
    ...pods,
    post("none/portforward"),
    post("unassigned/portforward"),
    post("two/portforward"),
    post("lost/portforward"),
    post("bare/portforward"),
    post("local/portforward"),
    get("local/portforward?ports=80"),
    get("local/portforward?ports=x"),
    get("local/portforward?ports=1&ports=2,70000"),
    get("local/portforward?ports=-1"),
    get("local/portforward?ports="),
    post("local/portforward?dryRun="),
    upgrade("tunnel", "GET", "{pods}/unassigned/portforward", {
      ...WEBSOCKET,
      "Sec-WebSocket-Protocol": "SPDY/3.1+portforward.k8s.io",
    }),
    upgrade("tunnel", "GET", "{pods}/bare/portforward", {
      ...WEBSOCKET,
      "Sec-WebSocket-Protocol": "SPDY/3.1+portforward.k8s.io",
    }),
    upgrade("SPDY", "POST", "{pods}/lost/portforward", SPDY),
  ]),
  scenario("log", [
    ...pods,
    get("none/log"),
    get("unassigned/log"),
    get("unassigned/log?follow=true"),
    get("unassigned/log?previous=true"),
    get("unassigned/log?container=c&tailLines=0&limitBytes=1&sinceSeconds=1&timestamps=1"),
    get("unassigned/log?container=z"),
    get("two/log"),
    get("two/log?container=first"),
    get("lost/log"),
    get("bare/log"),
    get("unassigned/log?tailLines=-1"),
    get("unassigned/log?limitBytes=0"),
    get("unassigned/log?sinceSeconds=0"),
    get("unassigned/log?sinceSeconds=-1&tailLines=-1&limitBytes=-1"),
    get("unassigned/log?sinceSeconds=1&sinceTime=2024-01-01T00:00:00Z"),
    get("unassigned/log?sinceTime=2024-01-01T00:00:00%2B01:00"),
    get("unassigned/log?sinceTime=yesterday"),
    get("unassigned/log?sinceTime=2024-01-01"),
    get("unassigned/log?sinceTime="),
    get("unassigned/log?tailLines="),
    get("unassigned/log?tailLines=1.5"),
    get("unassigned/log?sinceSeconds=99999999999999999999"),
    get("unassigned/log?stream=Stdout"),
    get("unassigned/log?stream=All&tailLines=-1"),
    get("none/log?tailLines=-1"),
    get("unassigned/log/more"),
    c("POST log", "POST {pods}/unassigned/log", { text: "" }),
    c("HEAD log", "HEAD {pods}/unassigned/log", { bodyless: true }),
    ...[null, "text/plain", "text/html", "yaml", "protobuf", "*/*", "table"].flatMap((accept): Case[] => [
      c(`log for ${accept}`, "GET {pods}/unassigned/log", { accept }),
      c(`no log for ${accept}`, "GET {pods}/none/log", { accept }),
    ]),
  ]),
  scenario("proxies", [
    ...pods,
    given("{svc}", { metadata: { name: "s" }, spec: { ports: [{ name: "http", port: 80 }] } }),
    given("{svc}", { metadata: { name: "empty" }, spec: { ports: [{ port: 80 }] } }),
    given("{core}/endpoints", { metadata: { name: "empty" }, subsets: [] }),
    given("{svc}", { metadata: { name: "named" }, spec: { ports: [{ port: 80 }] } }),
    given("{core}/endpoints", {
      metadata: { name: "named" },
      subsets: [{ addresses: [{ ip: "192.0.2.9" }], ports: [{ port: 80 }] }],
    }),
    get("none/proxy/"),
    get("unassigned/proxy"),
    get("unassigned:80/proxy/a/b"),
    get("https:unassigned:80/proxy/"),
    get("a:b:c:d/proxy/"),
    get("ftp:unassigned:80/proxy/"),
    get("unassigned/proxy/?dryRun=All"),
    ...["none", "s", "s:http", "s:80", "s:81", "https:s:http", "a:b:c:d", "empty", "empty:80", "named", "named:80"].map(
      (id) => c(`service ${id}`, `GET {svc}/${id}/proxy/`),
    ),
    ...["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"].map((method) =>
      c(`${method} service`, `${method} {svc}/s/proxy/x`, { bodyless: method === "HEAD" }),
    ),
    c("no node", "GET {nodes}/none-{run}/proxy/"),
    c("bare node", "GET {nodes}/bare-{run}/proxy/"),
    c("local node", "GET {nodes}/local-{run}/proxy/stats/summary"),
    c("local node's port", "GET {nodes}/local-{run}:99/proxy/"),
    c("odd node", "GET {nodes}/a:b:c:d/proxy/"),
    c("the old path", "GET /api/v1/proxy/namespaces/{ns}/pods/local/x"),
  ]),
  scenario("watches that can't begin", [
    upgrade("without origin", "GET", "{pods}?watch=true&timeoutSeconds=1", WEBSOCKET),
    upgrade("with an odd origin", "GET", "{pods}?watch=true&timeoutSeconds=1", { ...WEBSOCKET, Origin: "null" }),
    upgrade("without key", "GET", "{pods}?watch=true&timeoutSeconds=1", {
      ...UPGRADE,
      Upgrade: "websocket",
      ...VERSION,
      ...ORIGIN,
    }),
    upgrade("of version 12", "GET", "{pods}?watch=true&timeoutSeconds=1", {
      ...WEBSOCKET,
      ...ORIGIN,
      "Sec-WebSocket-Version": "12",
    }),
    upgrade("with two protocols", "GET", "{pods}?watch=true&timeoutSeconds=1", {
      ...WEBSOCKET,
      ...ORIGIN,
      "Sec-WebSocket-Protocol": "a, b",
    }),
    upgrade("from an odd revision", "GET", "{pods}?watch=true&resourceVersion=x", { ...WEBSOCKET, ...ORIGIN }),
    c("in a format without frames", "GET {pods}?watch=true&timeoutSeconds=1", {
      headers: { ...WEBSOCKET, ...ORIGIN },
      accept: "yaml",
    }),
    upgrade("that is a list", "GET", "{pods}", { ...WEBSOCKET, ...ORIGIN }),
    upgrade("by SPDY", "GET", "{pods}?watch=true&timeoutSeconds=1", { ...UPGRADE, Upgrade: "SPDY/3.1" }),
  ]),
]);
