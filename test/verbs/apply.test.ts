import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/kube/json.js";
import { openTarget, type Target } from "../helpers/target.js";

/** Runs against a real server, too: see test/helpers/target.ts. */
let target: Target;
const ns = `apply-${process.pid}-${Date.now()}`;
const core = `/api/v1/namespaces/${ns}`;
const apps = `/apis/apps/v1/namespaces/${ns}`;

interface Outcome {
  readonly status: number;
  readonly body: JsonObject & { metadata: JsonObject; message: string };
  readonly warnings: readonly string[];
}

async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const reply = await target.client.send(method, path, {
    headers: { "Content-Type": "application/json", "User-Agent": "tool/v1", ...headers },
    body: text,
  });
  const parsed = JSON.parse(reply.body.toString()) as Outcome["body"];
  return { status: reply.status, body: parsed, warnings: reply.headers.warning ?? [] } satisfies Outcome;
}

const apply = (path: string, body: unknown, query = "fieldManager=m1") =>
  send("PATCH", `${path}?${query}`, body, { "Content-Type": "application/apply-patch+yaml" });
const merge = (path: string, body: unknown, query = "") =>
  send("PATCH", `${path}?${query}`, body, { "Content-Type": "application/merge-patch+json" });

const configMap = (name: string, data: JsonObject) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

/** "manager operation subresource" → the fields, in the order of the list. */
function owners({ body }: Outcome): Record<string, unknown> {
  const entries = (body.metadata.managedFields ?? []) as JsonObject[];
  const nameOf = (entry: JsonObject) =>
    [entry.manager, entry.operation, entry.subresource].filter((part) => part !== undefined).join(" ");
  return Object.fromEntries(entries.map((entry) => [nameOf(entry), entry.fieldsV1]));
}

beforeAll(async () => {
  target = await openTarget();
  await send("POST", "/api/v1/namespaces", { metadata: { name: ns } });
});

afterAll(async () => {
  await send("DELETE", `/api/v1/namespaces/${ns}`, {});
  await target.close();
});

describe("applying", () => {
  it("creates what is not there, unless it is a dry run", async () => {
    const path = `${core}/configmaps/made`;
    expect((await apply(path, configMap("made", { a: "1" }), "fieldManager=m1&dryRun=All")).status).toBe(201);
    expect((await send("GET", path, "")).status).toBe(404);
    const made = await apply(path, "# YAML\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: '1'}\n");
    expect(made.status).toBe(201);
    expect(owners(made)).toEqual({ "m1 Apply": { "f:data": { "f:a": {} } } });
    const again = await apply(path, configMap("made", { a: "1" }));
    expect(again.status).toBe(200);
    expect(again.body).toEqual(made.body);
  });

  it("is refused for fields of others, until it is forced", async () => {
    const path = `${core}/configmaps/shared`;
    await send("POST", `${core}/configmaps`, configMap("shared", { a: "1" }));
    const refused = await apply(path, configMap("shared", { a: "2" }));
    expect(refused.status).toBe(409);
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "tool" using v1: .data.a');
    const forced = await apply(path, configMap("shared", { a: "2" }), "fieldManager=m1&force=true");
    expect(forced.body.data).toEqual({ a: "2" });
    expect(owners(forced)).toEqual({
      "m1 Apply": { "f:data": { "f:a": {} } },
      "tool Update": { "f:data": {} },
    });
  });

  it("takes replicas back from who scaled", async () => {
    const path = `${apps}/deployments/d`;
    const labels = { app: "d" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
    const config = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } };
    await apply(path, { ...config, spec: { replicas: 1, selector: { matchLabels: labels }, template } });
    await merge(`${path}/scale`, { spec: { replicas: 3 } }, "fieldManager=scaler");
    const scaled = await send("GET", path, "");
    expect(owners(scaled)["scaler Update scale"]).toEqual({ "f:spec": { "f:replicas": {} } });
    const refused = await apply(path, { ...config, spec: { replicas: 2 } }, "fieldManager=m2");
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas',
    );
    const scale = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "d" }, spec: { replicas: 4 } };
    const forced = await apply(`${path}/scale`, scale, "fieldManager=m2&force=true");
    expect(forced.body.spec).toEqual({ replicas: 4 });
    expect(owners(await send("GET", path, ""))["m2 Apply scale"]).toEqual({ "f:spec": { "f:replicas": {} } });
  });

  it("keeps status and spec apart", async () => {
    const path = "/api/v1/nodes/";
    const name = `${ns}-node`;
    const node = { apiVersion: "v1", kind: "Node", metadata: { name } };
    await apply(path + name, { ...node, spec: { unschedulable: true }, status: { phase: "Running" } });
    const capacity = { cpu: "4" };
    const status = await apply(`${path}${name}/status`, { ...node, status: { capacity } }, "fieldManager=kubelet");
    expect(owners(status)).toEqual({
      "kubelet Apply status": { "f:status": { "f:capacity": { "f:cpu": {} } } },
      "m1 Apply": { "f:spec": { "f:unschedulable": {} } },
    });
    await send("DELETE", path + name, {});
  });

  it.each([
    [
      "a: [b",
      400,
      "error decoding YAML: error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'",
    ],
    [
      "[]",
      400,
      /^error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value/,
    ],
    ["", 400, "invalid object type: /, Kind="],
    ['{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"}}', 400, /does not match the name on the URL/],
    [
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"y"}}',
      400,
      /namespace of the provided/,
    ],
    ['{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","uid":"u"}}', 409, /uid mismatch: the provided/],
  ])("refuses %j", async (body, status, message) => {
    const refused = await apply(`${core}/configmaps/x`, body);
    expect([refused.status, refused.body.message]).toEqual([status, expect.stringMatching(message)]);
  });

  it("warns of duplicate fields, or refuses them", async () => {
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"dup"},"data":{"a":"1","a":"2"}}';
    const warned = await apply(`${core}/configmaps/dup`, body);
    expect(warned.status).toBe(201);
    expect(warned.warnings.join()).toContain('key \\"a\\" already set in map');
    const refused = await apply(`${core}/configmaps/dup`, body, "fieldManager=m1&fieldValidation=Strict");
    expect(refused.status).toBe(400);
    expect(refused.body.message).toMatch(/^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal/);
  });
});

describe("other writes", () => {
  it("are tracked by manager, endpoint and version, and change nothing when they change nothing", async () => {
    const path = `${core}/configmaps/plain`;
    const made = await send("POST", `${core}/configmaps`, configMap("plain", { a: "1" }));
    expect(owners(made)).toEqual({ "tool Update": { "f:data": { ".": {}, "f:a": {} } } });
    const same = await merge(path, { data: { a: "1" } }, "fieldManager=other");
    expect(same.body).toEqual(made.body);
    const put = await send("PUT", `${path}?fieldManager=put`, configMap("plain", { b: "2" }));
    expect(owners(put)).toEqual({ "put Update": { "f:data": { "f:b": {} } }, "tool Update": { "f:data": {} } });
    const cleared = await merge(path, { metadata: { managedFields: [{}] } });
    expect(cleared.body.metadata.managedFields).toBeUndefined();
  });
});
