import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTarget, type Target } from "../../helpers/target.js";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GROUP = "served.example.com";
const WIDGETS = `/apis/${GROUP}/v1/namespaces/default/widgets`;

interface Any {
  readonly [name: string]: never;
}

const text = { type: "string" };

function widgets(spec: Record<string, unknown> = {}, version: Record<string, unknown> = {}) {
  const properties = {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer", minimum: 1 },
        color: { type: "string", enum: ["red", "blue"], default: "red" },
        replicas: { type: "integer" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
    status: { type: "object", properties: { phase: text, replicas: { type: "integer" }, selector: text } },
  };
  const paths = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties } },
          subresources: { status: {}, scale: { ...paths, labelSelectorPath: ".status.selector" } },
          additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
          selectableFields: [{ jsonPath: ".spec.color" }],
          ...version,
        },
        {
          name: "v1beta1",
          served: true,
          storage: false,
          deprecated: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            },
          },
        },
      ],
      ...spec,
    },
  };
}

const widget = (name: string, spec: object = {}, more: object = {}) => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Widget",
  metadata: { name },
  spec,
  ...more,
});

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function send(method: string, path: string, value?: unknown, headers: Record<string, string> = {}) {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const reply = await target.client.send(method, path, {
    body,
    headers: { "Content-Type": "application/json", ...headers },
  });
  const parsed = reply.body.toString();
  return {
    status: reply.status,
    headers: reply.headers,
    body: (parsed.startsWith("{") ? JSON.parse(parsed) : parsed) as Any,
  };
}

const merge = { "Content-Type": "application/merge-patch+json" };

/** Runs with the definition there, and without it afterwards. */
async function withWidgets(run: () => Promise<void>, definition: unknown = widgets()): Promise<void> {
  const created = await send("POST", CRDS, definition);
  expect(created.status, JSON.stringify(created.body)).toBe(201);
  await expect.poll(async () => (await send("GET", WIDGETS)).status).toBe(200);
  try {
    await run();
  } finally {
    await send("DELETE", `${CRDS}/widgets.${GROUP}`);
    await expect.poll(async () => (await send("GET", `${CRDS}/widgets.${GROUP}`)).status).toBe(404);
  }
}

describe("a definition", () => {
  it("is answered as it was created, and then established with the names it asked for", () =>
    withWidgets(async () => {
      const { body } = await send("GET", `${CRDS}/widgets.${GROUP}`);
      expect(body).toMatchObject({
        status: {
          acceptedNames: {
            plural: "widgets",
            singular: "widget",
            kind: "Widget",
            listKind: "WidgetList",
            shortNames: ["wd"],
          },
          conditions: [
            { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
            { type: "Established", status: "True", reason: "InitialNamesAccepted" },
          ],
          storedVersions: ["v1"],
        },
      });
    }));

  it("whose names are taken is not served, until they are free", () =>
    withWidgets(async () => {
      const rival = widgets({ names: { plural: "rivals", singular: "rival", kind: "Widget" } });
      await send("POST", CRDS, { ...rival, metadata: { name: `rivals.${GROUP}` } });
      const conditions = async () =>
        (
          (await send("GET", `${CRDS}/rivals.${GROUP}`)).body as {
            status?: { conditions?: { type: string; status: string; reason: string }[] };
          }
        ).status?.conditions ?? [];
      const names = async () => (await conditions()).find(({ type }) => type === "NamesAccepted")?.reason;
      await expect.poll(names).toBe("ListKindConflict");
      expect((await send("GET", `/apis/${GROUP}/v1/rivals`)).status).toBe(404);
      await send("DELETE", `${CRDS}/widgets.${GROUP}`);
      await expect.poll(names).toBe("NoConflicts");
      await expect.poll(async () => (await send("GET", `/apis/${GROUP}/v1/rivals`)).status).toBe(200);
      await send("DELETE", `${CRDS}/rivals.${GROUP}`);
    }));

  it("takes its instances along when it goes, and waits for their finalizers", () =>
    withWidgets(async () => {
      await send("POST", WIDGETS, { ...widget("kept"), metadata: { name: "kept", finalizers: ["example.com/wait"] } });
      const deleted = await send("DELETE", `${CRDS}/widgets.${GROUP}`);
      expect(deleted.status).toBe(200);
      const waiting = await send("GET", `${WIDGETS}/kept`);
      expect(waiting.body).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } });
      const refused = await send("POST", WIDGETS, widget("late"));
      expect(refused.status).toBe(403);
      expect(refused.body).toMatchObject({
        message: `widgets.${GROUP} "late" is forbidden: create not allowed while custom resource definition is terminating`,
      });
      await send("PATCH", `${WIDGETS}/kept`, { metadata: { finalizers: null } }, merge);
      await expect.poll(async () => (await send("GET", WIDGETS)).status, { timeout: 20_000 }).toBe(404);
    }));

  it("ends watches when it changes", () =>
    withWidgets(async () => {
      const watch = await target.client.open("GET", `${WIDGETS}?watch=1`);
      const ended = new Promise((resolve) => watch.body.resume().on("end", () => resolve(true)));
      const { body } = await send("GET", `${CRDS}/widgets.${GROUP}`);
      const changed = { ...body, spec: widgets({}, { additionalPrinterColumns: [] }).spec };
      expect((await send("PUT", `${CRDS}/widgets.${GROUP}`, changed)).status).toBe(200);
      expect(await ended).toBe(true);
    }));
});

describe("a custom resource", () => {
  it("is pruned, defaulted, and its status left to the subresource", () =>
    withWidgets(async () => {
      const created = await send(
        "POST",
        WIDGETS,
        widget("a", { size: 5, odd: 1, free: { z: [null] } }, { status: { phase: "x" } }),
      );
      expect(created.status).toBe(201);
      expect(created.headers.warning).toEqual(['299 - "unknown field \\"spec.odd\\""']);
      expect(created.body).toMatchObject({
        metadata: { generation: 1 },
        spec: { size: 5, color: "red", free: { z: [null] } },
      });
      expect(created.body).not.toHaveProperty("status");
      const status = await send(
        "PATCH",
        `${WIDGETS}/a/status`,
        { status: { phase: "Ready" }, spec: { size: 9 } },
        merge,
      );
      expect(status.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 5 }, status: { phase: "Ready" } });
      const patched = await send("PATCH", `${WIDGETS}/a`, { spec: { size: 6 }, status: { phase: "no" } }, merge);
      expect(patched.body).toMatchObject({
        metadata: { generation: 2 },
        spec: { size: 6 },
        status: { phase: "Ready" },
      });
    }));

  it("is refused with the paths and words of its schema", () =>
    withWidgets(async () => {
      const { status, body } = await send("POST", WIDGETS, widget("a", { size: 0, color: "pink" }));
      expect(status).toBe(422);
      expect(body).toMatchObject({
        details: {
          causes: [
            { field: "spec.color", message: 'Unsupported value: "pink": supported values: "red", "blue"' },
            { field: "spec.size", message: "Invalid value: 0: spec.size in body should be greater than or equal to 1" },
          ],
        },
      });
      const kind = await send("POST", WIDGETS, { ...widget("a"), kind: "Gadget" });
      expect(kind.body).toMatchObject({
        message: `Gadget.${GROUP} "a" is invalid: kind: Invalid value: "Gadget": must be Widget`,
      });
      const strategic = { "Content-Type": "application/strategic-merge-patch+json" };
      expect((await send("PATCH", `${WIDGETS}/a`, {}, strategic)).status).toBe(415);
    }));

  it("has all versions that are served, and is converted by name only", () =>
    withWidgets(async () => {
      await send("POST", WIDGETS, widget("a", { size: 5 }));
      const old = await send("GET", `/apis/${GROUP}/v1beta1/namespaces/default/widgets/a`);
      expect(old.body).toMatchObject({ apiVersion: `${GROUP}/v1beta1`, spec: { size: 5 } });
      expect(old.body).not.toHaveProperty("spec.color");
      expect(old.headers.warning).toEqual([`299 - "${GROUP}/v1beta1 Widget is deprecated; use ${GROUP}/v1 Widget"`]);
    }));

  it("is scaled, selected by its fields, and shown in a table", () =>
    withWidgets(async () => {
      await send("POST", WIDGETS, widget("a", { size: 5 }));
      await send("POST", WIDGETS, widget("b", { size: 7, color: "blue" }));
      const missing = await send("GET", `${WIDGETS}/a/scale`);
      expect(missing.body).toMatchObject({
        code: 500,
        message: 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
      });
      const scaled = await send("PATCH", `${WIDGETS}/a/scale`, { spec: { replicas: 4 } }, merge);
      expect(scaled.body).toMatchObject({ kind: "Scale", spec: { replicas: 4 }, status: { replicas: 0 } });
      const blue = await send("GET", `${WIDGETS}?fieldSelector=spec.color%3Dblue`);
      expect((blue.body as unknown as { items: unknown[] }).items).toMatchObject([{ metadata: { name: "b" } }]);
      const table = await send("GET", WIDGETS, undefined, { Accept: "application/json;as=Table;g=meta.k8s.io;v=v1" });
      expect((table.body as unknown as { rows: { cells: unknown[] }[] }).rows.map(({ cells }) => cells)).toEqual([
        ["a", 5],
        ["b", 7],
      ]);
    }));

  it("reads by the schema of now, whatever it was written under", () =>
    withWidgets(async () => {
      await send("POST", WIDGETS, widget("a", { size: 5, free: { x: 1 } }));
      const { body } = await send("GET", `${CRDS}/widgets.${GROUP}`);
      const next = structuredClone(body) as unknown as ReturnType<typeof widgets>;
      const { properties } = next.spec.versions[0]!.schema.openAPIV3Schema.properties.spec as {
        properties: Record<string, unknown>;
      };
      delete properties.free;
      properties.added = { type: "string", default: "new" };
      expect((await send("PUT", `${CRDS}/widgets.${GROUP}`, next)).status).toBe(200);
      const read = async () => (await send("GET", `${WIDGETS}/a`)).body as { spec?: unknown };
      await expect.poll(async () => (await read()).spec).toEqual({ size: 5, color: "red", added: "new" });
    }));

  it("is discovered, and described by OpenAPI", () =>
    withWidgets(async () => {
      const list = await send("GET", `/apis/${GROUP}/v1`);
      expect((list.body as unknown as { resources: { name: string }[] }).resources.map(({ name }) => name)).toEqual([
        "widgets",
        "widgets/status",
        "widgets/scale",
      ]);
      await expect
        .poll(async () => (await send("GET", `/openapi/v3/apis/${GROUP}/v1`)).status, { timeout: 10_000 })
        .toBe(200);
      const { body } = await send("GET", `/openapi/v3/apis/${GROUP}/v1`);
      const { schemas } = (body as unknown as { components: { schemas: Record<string, unknown> } }).components;
      expect(schemas[`com.example.served.v1.Widget`]).toMatchObject({
        type: "object",
        properties: { spec: { properties: { color: { type: "string", default: "red", enum: ["red", "blue"] } } } },
        "x-kubernetes-group-version-kind": [{ group: GROUP, kind: "Widget", version: "v1" }],
      });
    }));
});
