import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { listAnswer, objectAnswer, statusAnswer, valueAnswer } from "../../src/codec/answer.js";
import { ChunkWriter } from "../../src/codec/answer-chunks.js";
import { indentJson } from "../../src/codec/answer-indent.js";
import { DerivedCache } from "../../src/codec/derived.js";
import { compress } from "../../src/codec/gzip.js";
import { notFound } from "../../src/kube/errors.js";
import type { ResourceDef } from "../../src/schema/model.js";
import {
  configMaps,
  context,
  definition,
  hex,
  JSON_PLAIN,
  PROTOBUF,
  recorded,
  stored,
  tables,
  text,
} from "./answer-fixtures.js";

const ctx = context();
const object = stored(recorded.json);
const PRETTY = { ...JSON_PLAIN, pretty: true };
const YAML = { ...JSON_PLAIN, format: "yaml" } as const;

describe("objectAnswer", () => {
  it("writes the stored bytes themselves", () => {
    const answer = objectAnswer(201, configMaps, object, JSON_PLAIN, ctx);
    expect(answer.status).toBe(201);
    expect(answer.headers).toEqual({ "Content-Type": "application/json" });
    expect(answer.chunks[0]).toBe(object.bytes);
    expect(text(answer)).toBe(`${recorded.json}\n`);
  });

  it("writes the protobuf document of a real server", () => {
    const answer = objectAnswer(200, configMaps, object, PROTOBUF, ctx);
    expect(answer.headers).toEqual({ "Content-Type": "application/vnd.kubernetes.protobuf" });
    expect(hex(answer)).toBe(`6b3873000a0f0a0276311209436f6e6669674d6170129d01${recorded.message}1a002200`);
  });

  it("indents", () => {
    expect(text(objectAnswer(200, configMaps, object, PRETTY, ctx))).toBe(
      JSON.stringify(JSON.parse(recorded.json), null, 2).replace("<v>", "\\u003cv\\u003e"),
    );
  });

  it("writes YAML with sorted keys", () => {
    const answer = objectAnswer(200, configMaps, object, YAML, ctx);
    expect(answer.headers).toEqual({ "Content-Type": "application/yaml" });
    expect(text(answer)).toMatch(/^apiVersion: v1\ndata:\n {2}k: <v>\nkind: ConfigMap\nmetadata:\n/);
  });

  it("refuses to make a list of one", () => {
    const as = { kind: "PartialObjectMetadataList", version: "v1" } as const;
    const events = definition("events.k8s.io", "v1", "events");
    const ask = (def: ResourceDef) => () => objectAnswer(200, def, object, { ...JSON_PLAIN, as }, ctx);
    const message = "you requested PartialObjectMetadataList, but the requested object is not a list";
    expect(ask(configMaps)).toThrow(`${message} (*core.ConfigMap)`);
    expect(ask(events)).toThrow(`${message} (*core.Event)`);
    expect(ask(definition("rbac.authorization.k8s.io", "v1", "roles"))).toThrow(`${message} (*rbac.Role)`);
  });

  it("converts to the version that is asked for, once", () => {
    const hpas = definition("autoscaling", "v1", "horizontalpodautoscalers");
    const v2 = stored(
      '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2","metadata":{"name":"h","namespace":"n",' +
        '"uid":"u","resourceVersion":"7"},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d"},"maxReplicas":3},' +
        '"status":{"desiredReplicas":0,"currentMetrics":null}}',
    );
    const answer = objectAnswer(200, hpas, v2, JSON_PLAIN, ctx);
    expect(text(answer)).toBe(
      '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v1","metadata":{"name":"h","namespace":"n",' +
        '"uid":"u","resourceVersion":"7"},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d"},"maxReplicas":3},' +
        '"status":{"currentReplicas":0,"desiredReplicas":0}}\n',
    );
    expect(objectAnswer(200, hpas, v2, JSON_PLAIN, ctx).chunks[0]).toBe(answer.chunks[0]);
  });
});

describe("listAnswer", () => {
  const list = (items: number, metadata = {}) =>
    listAnswer(configMaps, Array(items).fill(object), { resourceVersion: "2261", ...metadata }, JSON_PLAIN, ctx);
  const item = recorded.json.replace('"kind":"ConfigMap","apiVersion":"v1",', "");

  it("joins items without kind and apiVersion", () => {
    const head = '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"2261"';
    expect(text(list(0))).toBe(`${head}},"items":[]}\n`);
    expect(text(list(2, { continue: "a<b", remainingItemCount: 5 }))).toBe(
      `${head},"continue":"a\\u003cb","remainingItemCount":5},"items":[${item},${item}]}\n`,
    );
  });

  it("makes few chunks of many items", () => {
    const answer = list(1000);
    expect(answer.chunks.length).toBeLessThan(16);
    expect((JSON.parse(text(answer)) as { items: unknown[] }).items).toHaveLength(1000);
  });

  it("keeps kind and apiVersion of unstructured items", () => {
    const custom = stored('{"apiVersion":"example.com/v1","kind":"X","metadata":{"name":"x","resourceVersion":"1"}}');
    const answer = listAnswer(configMaps, [custom], { resourceVersion: "1" }, JSON_PLAIN, ctx);
    expect(text(answer)).toContain(`"items":[${custom.bytes}]`);
  });

  it("writes the protobuf documents of a real server", () => {
    const head = "6b3873000a130a027631120d436f6e6669674d61704c697374";
    const answer = (items: (typeof object)[]) =>
      hex(listAnswer(configMaps, items, { resourceVersion: "2261" }, PROTOBUF, ctx));
    expect(answer([])).toBe(`${head}120c0a0a0a001204323236311a001a002200`);
    expect(answer([object])).toBe(`${head}12ac010a0a0a001204323236311a00129d01${recorded.message}1a002200`);
  });

  it("refuses to make one object of a list", () => {
    const as = { kind: "PartialObjectMetadata", version: "v1" } as const;
    expect(() => listAnswer(configMaps, [], { resourceVersion: "1" }, { ...JSON_PLAIN, as }, ctx)).toThrow(
      "you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)",
    );
  });
});

describe("statusAnswer", () => {
  const error = notFound({ group: "", resource: "configmaps" }, "missing");
  const json =
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \\"missing\\" not found",' +
    '"reason":"NotFound","details":{"name":"missing","kind":"configmaps"},"code":404}';

  it("is a real server's Status", () => {
    const answer = statusAnswer(error, JSON_PLAIN, ctx);
    expect(answer.status).toBe(404);
    expect(text(answer)).toBe(`${json}\n`);
    expect(hex(statusAnswer(error, PROTOBUF, ctx))).toBe(
      "6b3873000a0c0a0276311206537461747573125b0a060a0012001a0012074661696c7572651a1e636f6e6669676d617073" +
        "20226d697373696e6722206e6f7420666f756e6422084e6f74466f756e642a1b0a076d697373696e6712001a0a636f6e66" +
        "69676d617073280032003094031a002200",
    );
  });

  it("carries the headers of the refusal", () => {
    const busy = { ...error, headers: { "Retry-After": "1" } } as typeof error;
    expect(statusAnswer(busy, JSON_PLAIN, ctx).headers).toEqual({
      "Content-Type": "application/json",
      "Retry-After": "1",
    });
  });
});

describe("valueAnswer", () => {
  const scale = {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name: "d", namespace: "n", uid: "u", resourceVersion: "9", creationTimestamp: "2026-11-22T13:19:00Z" },
    spec: { replicas: 1 },
    status: { replicas: 0, selector: "a=b" },
  };
  const type = tables.struct("io.k8s.api.autoscaling.v1.Scale");
  const as = (kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList") => ({
    ...JSON_PLAIN,
    as: { kind, version: "v1" } as const,
  });

  it("encodes by type", () => {
    expect(text(valueAnswer(200, scale, type, JSON_PLAIN, ctx))).toBe(`${JSON.stringify(scale)}\n`);
  });

  it("transforms", () => {
    const metadata = JSON.stringify(scale.metadata);
    const partial = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadata}}`;
    expect(text(valueAnswer(200, scale, type, as("PartialObjectMetadata"), ctx))).toBe(`${partial}\n`);
    const table = JSON.parse(text(valueAnswer(200, scale, type, as("Table"), ctx))) as Record<string, unknown[]>;
    expect(table.columnDefinitions?.map((column) => (column as { name: string }).name)).toEqual([
      "Name",
      "Desired",
      "Available",
      "Age",
    ]);
    expect(table.rows).toEqual([{ cells: ["d", 1, 0, "60s"], object: JSON.parse(partial) }]);
    expect(table.metadata).toEqual({ resourceVersion: "9" });
    expect(() => valueAnswer(200, scale, type, as("PartialObjectMetadataList"), ctx)).toThrow("(*autoscaling.Scale)");
  });

  it("leaves a Status as it is", () => {
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
    const json = `${JSON.stringify(status)}\n`;
    expect(text(valueAnswer(200, status, ctx.status, as("Table"), ctx))).toBe(json);
    expect(text(valueAnswer(200, status, ctx.status, as("PartialObjectMetadata"), ctx))).toBe(json);
  });

  it("may have a content type of its own", () => {
    const answer = valueAnswer(200, scale, type, JSON_PLAIN, ctx, { contentType: "application/json;v=v2" });
    expect(answer.headers).toEqual({ "Content-Type": "application/json;v=v2" });
  });
});

describe("indentJson", () => {
  it("keeps empty containers on a line and braces in strings alone", () => {
    const value = { a: {}, b: [], c: [1, { d: 'x"}{[\\' }, []], e: "" };
    expect(indentJson(Buffer.from(JSON.stringify(value))).toString()).toBe(JSON.stringify(value, null, 2));
    const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
    expect(indentJson(Buffer.from(deep)).toString()).toBe(JSON.stringify(JSON.parse(deep), null, 2));
  });
});

describe("ChunkWriter", () => {
  it("copies small pieces and passes large ones on", () => {
    const large = Buffer.alloc(100_000, "x");
    const small = Buffer.from("small");
    const writer = new ChunkWriter();
    writer.add(small);
    writer.text("<é>");
    writer.add(large);
    writer.text("y".repeat(20_000));
    small.fill("?");
    const chunks = writer.finish();
    expect(chunks.map((chunk) => chunk.length)).toEqual([9, 100_000, 20_000]);
    expect(chunks[1]).toBe(large);
    expect(chunks[0]!.toString()).toBe("small<é>");
  });
});

describe("DerivedCache", () => {
  const size = (value: Buffer) => value.length;

  it("makes a form once and keeps sources apart", () => {
    const cache = new DerivedCache(10_000);
    const [one, other] = [{}, {}];
    const made = cache.get(one, "f", () => Buffer.alloc(10), size);
    expect(cache.get(one, "f", () => Buffer.alloc(10), size)).toBe(made);
    expect(cache.get(one, "g", () => Buffer.alloc(10), size)).not.toBe(made);
    expect(cache.get(other, "f", () => Buffer.alloc(10), size)).not.toBe(made);
  });

  it("stays within its bytes, and makes again what had to go", () => {
    const cache = new DerivedCache(10_000);
    const sources = Array.from({ length: 50 }, () => ({}));
    const first = cache.get(sources[0]!, "f", () => Buffer.alloc(1000), size);
    for (const source of sources) cache.get(source, "f", () => Buffer.alloc(1000), size);
    expect(cache.size).toBeLessThanOrEqual(10_000);
    expect(cache.get(sources[0]!, "f", () => Buffer.alloc(1000), size)).not.toBe(first);
    const huge = {};
    const once = cache.get(huge, "f", () => Buffer.alloc(9000), size);
    expect(cache.get(huge, "f", () => Buffer.alloc(9000), size)).not.toBe(once);
  });
});

describe("compress", () => {
  const answer = (bytes: number) => ({
    status: 200,
    headers: { "Content-Type": "application/json" },
    chunks: [Buffer.alloc(1000, "a"), Buffer.alloc(bytes - 1000, "b")],
  });

  it("compresses large answers for clients that take gzip", async () => {
    const small = answer(128 * 1024);
    expect(await compress(small, { "accept-encoding": "gzip" })).toBe(small);
    const large = answer(128 * 1024 + 1);
    for (const refusing of [undefined, "", "br", "gzip;q=0.5"]) {
      expect(await compress(large, refusing === undefined ? {} : { "accept-encoding": refusing })).toBe(large);
    }
    const compressed = await compress(large, { "accept-encoding": "deflate, gzip" });
    expect(compressed.headers).toEqual({
      "Content-Type": "application/json",
      "Content-Encoding": "gzip",
      Vary: ["Accept-Encoding"],
    });
    const varying = { ...large, headers: { Vary: "Accept" } };
    const { headers } = await compress(varying, { "accept-encoding": "gzip" });
    expect(headers.Vary).toEqual(["Accept", "Accept-Encoding"]);
    const unpacked = gunzipSync(Buffer.concat([...compressed.chunks]));
    expect(unpacked.equals(Buffer.concat(large.chunks))).toBe(true);
  });
});
