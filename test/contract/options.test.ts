import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const body = (name: string, more = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, ...more });
const create = (name: string, query: string, more = {}): Case =>
  c(name, `POST {cm}?${query}`, { json: body("x"), ...more });
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };

contract("options", [
  scenario("dry run", [
    create("create", "dryRun=All"),
    c("was not created", "GET {cm}/x"),
    create("create, twice All", "dryRun=All&dryRun=All"),
    create("create, unknown", "dryRun=Some"),
    create("create, empty", "dryRun="),
    create("create, true", "dryRun=true"),
    create("create, All and more", "dryRun=All&dryRun=Some"),
    c("generated name", "POST {cm}?dryRun=All", { json: { metadata: { generateName: "g-" } } }),
    given("{cm}", body("a", { data: { k: "v" } })),
    c("create what is there", "POST {cm}?dryRun=All", { json: body("a") }),
    c("create with a resourceVersion", "POST {cm}?dryRun=All", {
      json: { metadata: { name: "v", resourceVersion: "12" } },
      pick: ["metadata.resourceVersion"],
    }),
    c("create what is there with a resourceVersion", "POST {cm}?dryRun=All", {
      json: { metadata: { name: "a", resourceVersion: "12" } },
    }),
    c("update", "PUT {cm}/a?dryRun=All", { json: body("a", { data: { k: "w" } }) }),
    c("update with a wrong version", "PUT {cm}/a?dryRun=All", {
      json: { metadata: { name: "a", resourceVersion: "1" } },
    }),
    c("update, unknown", "PUT {cm}/a?dryRun=x", { json: body("a") }),
    c("patch", "PATCH {cm}/a?dryRun=All", { type: "merge", json: { data: { k: "x" } } }),
    c("delete", "DELETE {cm}/a?dryRun=All"),
    c("nothing changed", "GET {cm}/a"),
    c("create by PUT", "PUT /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l?dryRun=All", {
      json: { metadata: { name: "l" }, spec: {} },
    }),
    c("lease was not created", "GET /apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l", { bodyless: true }),
    c("namespace", "POST /api/v1/namespaces?dryRun=All", { json: { metadata: { name: "dry-{run}" } } }),
    c("service: cluster IP", "POST {svc}?dryRun=All", {
      json: { metadata: { name: "s" }, spec: { type: "NodePort", ports: [{ port: 80 }] } },
    }),
    c("invalid object", "POST {cm}?dryRun=All", { json: { metadata: { name: "Not Valid" } } }),
    c("pod", "POST {pods}?dryRun=All", { json: { metadata: { name: "p" }, spec: template.spec } }),
    c("answer as a table", "POST {cm}?dryRun=All", { json: body("t"), accept: "table" }),
    c("answer in protobuf", "POST {cm}?dryRun=All", { json: body("t"), accept: "protobuf" }),
    c("empty lists in a dry run", "POST {core}/limitranges?dryRun=All", {
      json: { metadata: { name: "l" }, spec: { limits: [] } },
    }),
    c("empty lists are not stored", "POST {core}/limitranges", {
      json: { metadata: { name: "l" }, spec: { limits: [] } },
    }),
    c("empty lists of roles", "POST /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {
      json: { metadata: { name: "r" }, rules: [] },
    }),
    c("finalize", "PUT /api/v1/namespaces/{ns}/finalize?dryRun=All", {
      json: { metadata: { name: "{ns}" }, spec: { finalizers: [] } },
    }),
    c("token review", "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews?dryRun=All", {
      json: { spec: { nonResourceAttributes: { path: "/x", verb: "get" } } },
      pick: ["kind", "spec", "status.allowed"],
    }),
  ]),
  scenario("field validation", [
    create("unknown value", "fieldValidation=Sometimes"),
    ...["", "Ignore", "Warn", "Strict"].flatMap((how) => [
      create(`unknown field: ${how || "default"}`, `fieldValidation=${how}&dryRun=All`, {
        json: { ...body("x"), colour: "red", data: { a: "b" } },
      }),
      create(`unknown field in metadata: ${how || "default"}`, `fieldValidation=${how}&dryRun=All`, {
        json: { metadata: { name: "x", colour: { a: 1 } } },
      }),
      create(`twice: ${how || "default"}`, `fieldValidation=${how}&dryRun=All`, {
        json: undefined,
        text: '{"metadata":{"name":"x","name":"y"},"data":{"k":"1","k":"2"}}',
      }),
      create(`yaml, twice: ${how || "default"}`, `fieldValidation=${how}&dryRun=All`, {
        json: undefined,
        type: "yaml",
        text: "metadata:\n  name: x\ndata:\n  k: a\n  k: b\n",
      }),
      create(`yaml, unknown: ${how || "default"}`, `fieldValidation=${how}&dryRun=All`, {
        json: undefined,
        type: "yaml",
        text: "metadata:\n  name: x\n  colour: red\nmore: {}\n",
      }),
    ]),
    c("case matters", "POST {cm}?fieldValidation=Strict&dryRun=All", {
      json: { metadata: { name: "x" }, Data: { a: "b" } },
    }),
    c("in lists", "POST {pods}?fieldValidation=Strict&dryRun=All", {
      json: {
        metadata: { name: "p" },
        spec: { containers: [{ name: "c", image: "i", colour: 1, env: [{ name: "A", valeu: "x" }] }], more: 1 },
      },
    }),
    c("many", "POST {pods}?fieldValidation=Warn&dryRun=All", {
      json: {
        metadata: { name: "p" },
        spec: {
          containers: [{ name: "c", image: "i" }],
          ...Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, i])),
        },
      },
      pick: ["kind"],
    }),
  ]),
  scenario("field managers and others", [
    create("manager", "fieldManager=me&dryRun=All"),
    create("manager, 128 characters", `fieldManager=${"m".repeat(128)}&dryRun=All`),
    create("manager, 129 characters", `fieldManager=${"m".repeat(129)}&dryRun=All`),
    create("manager, unprintable", "fieldManager=a%07b&dryRun=All"),
    create("unknown parameter", "colour=red&dryRun=All"),
    create("pretty", "pretty=true&dryRun=All"),
    create("pretty 1", "pretty=1&dryRun=All"),
    create("pretty 0", "pretty=0&dryRun=All"),
    create("pretty empty", "pretty=&dryRun=All"),
    create("bad timeout", "timeout=x&dryRun=All"),
    create("timeout without unit", "timeout=10&dryRun=All"),
    create("negative timeout", "timeout=-1s&dryRun=All"),
    c("pretty get", "GET {cm}/none?pretty=true"),
    c("pretty for browsers", "GET {cm}/none", { headers: { "User-Agent": "Mozilla/5.0 (X11)" } }),
    c("pretty for curl", "GET {cm}/none", { headers: { "User-Agent": "curl/7.88.1" } }),
    c("not pretty for curl", "GET {cm}/none?pretty=false", { headers: { "User-Agent": "curl/7.88.1" } }),
    create("bad query escape", "dryRun=%zz"),
    c("bad query escape in a list", "GET {cm}?labelSelector=%zz"),
    c("semicolon", "GET {cm}?a=b;c=d", { pick: ["kind"] }),
    c("get: resource version in the future", "GET {cm}/none?resourceVersion=99999999"),
    c("get: resource version no number", "GET {cm}/none?resourceVersion=abc"),
    c("get: resource version match", "GET {cm}/none?resourceVersionMatch=Exact"),
    c("get: negative resource version", "GET {cm}/none?resourceVersion=-3"),
    c("update: bad force", "PUT {cm}/none?force=x", { json: body("none") }),
    c("create with force", "POST {cm}?force=true&dryRun=All", { json: body("f") }),
    c("impersonate nobody", "GET {cm}/none", { headers: { "Impersonate-User": "" } }),
    c("impersonate a group only", "GET {cm}/none", { headers: { "Impersonate-Group": "g" } }),
    c("HEAD", "HEAD {cm}/none"),
    c("OPTIONS", "OPTIONS {cm}"),
    c("TRACE-like method", "FOO {cm}"),
    c("POST to an object", "POST {cm}/x", { json: body("x") }),
    c("PUT to a collection", "PUT {cm}", { json: body("x") }),
  ]),
  scenario("numbers beyond float64", [
    given("{apps}/deployments", {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      },
    }),
    ...(["Ignore", "Strict"] as const).flatMap((validation) => {
      const at = `PATCH {apps}/deployments/d?dryRun=All&fieldValidation=${validation}`;
      const options = (type: string, text: string) => ({ type, text, pick: ["code", "reason", "kind"] });
      return [
        c(`merge, a field, ${validation}`, at, options("merge", '{"spec":{"replicas":1e999}}')),
        c(`merge, an unknown field, ${validation}`, at, options("merge", '{"spec":{"foo":1e999}}')),
        c(`merge, a string, ${validation}`, at, options("merge", '{"metadata":{"labels":{"a":1e999}}}')),
        c(`json, a field, ${validation}`, at, {
          ...options("jsonpatch", '[{"op":"replace","path":"/spec/replicas","value":1e999}]'),
        }),
        c(`strategic, a field, ${validation}`, at, options("strategic", '{"spec":{"replicas":1e999}}')),
      ];
    }),
  ]),
]);
