import { describe, expect, it } from "vitest";
import type { Representation } from "../../src/codec/negotiate.js";
import { bookmarkFrame, errorFrame, eventFrame, WatchFraming, watchHeaders } from "../../src/codec/watch-frames.js";
import { resourceExpired } from "../../src/kube/errors.js";
import { configMaps, context, JSON_PLAIN, PROTOBUF, pods, recorded, stored } from "./answer-fixtures.js";

const ctx = context();
const object = stored(recorded.json);
const TABLE = { ...JSON_PLAIN, as: { kind: "Table", version: "v1" } as const };
const PARTIAL = { kind: "PartialObjectMetadata", version: "v1" } as const;

const framing = (representation: Representation) => new WatchFraming(representation, ctx);
const expired = resourceExpired("too old resource version: 1 (5)");
const STATUS =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (5)",' +
  '"reason":"Expired","code":410}';

describe("JSON frames", () => {
  it("are a line each", () => {
    const json = framing(JSON_PLAIN);
    expect(watchHeaders(json)).toEqual({ "Content-Type": "application/json" });
    expect(eventFrame("ADDED", configMaps, object, 317, json).toString()).toBe(
      `{"type":"ADDED","object":${recorded.json}}\n`,
    );
    expect(errorFrame(expired, json).toString()).toBe(`{"type":"ERROR","object":${STATUS}}\n`);
  });

  it("are shared by all watches of the same representation", () => {
    const first = eventFrame("MODIFIED", configMaps, object, 317, framing(JSON_PLAIN));
    expect(eventFrame("MODIFIED", configMaps, object, 317, framing(JSON_PLAIN))).toBe(first);
    expect(eventFrame("ADDED", configMaps, object, 317, framing(JSON_PLAIN))).not.toBe(first);
    const other = { ...JSON_PLAIN, as: PARTIAL };
    expect(eventFrame("MODIFIED", configMaps, object, 317, framing(other))).not.toBe(first);
  });

  it("carry the event's revision when an object leaves a selection", () => {
    const frame = eventFrame("DELETED", configMaps, object, 10_000, framing(JSON_PLAIN));
    const json = recorded.json.replace('"resourceVersion":"317"', '"resourceVersion":"10000"');
    expect(frame.toString()).toBe(`{"type":"DELETED","object":${json}}\n`);
    expect(eventFrame("DELETED", configMaps, object, 10_000, framing(JSON_PLAIN))).toBe(frame);
    expect(object.bytes.toString()).toBe(recorded.json);
  });

  it("bookmark with the zeros of the kind", () => {
    expect(bookmarkFrame(pods, 320, true, framing(JSON_PLAIN)).toString()).toBe(
      '{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"320",' +
        '"annotations":{"k8s.io/initial-events-end":"true"}},"spec":{"containers":null},"status":{}}}\n',
    );
    expect(bookmarkFrame(configMaps, 320, false, framing(JSON_PLAIN)).toString()).toBe(
      '{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"320"}}}\n',
    );
  });
});

describe("protobuf frames", () => {
  it("are a real server's, length first", () => {
    const protobuf = framing(PROTOBUF);
    expect(watchHeaders(protobuf)["Content-Type"]).toBe("application/vnd.kubernetes.protobuf;stream=watch");
    expect(eventFrame("ADDED", configMaps, object, 317, protobuf).toString("hex")).toBe(
      "000000c60a05414444454412bc010ab901" +
        `6b3873000a0f0a0276311209436f6e6669674d6170129d01${recorded.message}1a002200`,
    );
    expect(bookmarkFrame(configMaps, 320, true, protobuf).toString("hex")).toBe(
      "000000610a08424f4f4b4d41524b12550a536b3873000a0f0a0276311209436f6e6669674d617012380a360a0012001a00" +
        "22002a0032033332303800420062210a196b38732e696f2f696e697469616c2d6576656e74732d656e641204747275651a002200",
    );
  });

  it("carry metadata and errors in envelopes of their own", () => {
    const partial = framing({ ...PROTOBUF, as: PARTIAL });
    const frame = eventFrame("ADDED", configMaps, object, 317, partial).toString("latin1");
    expect(frame).toContain("meta.k8s.io/v1\x12\x15PartialObjectMetadata");
    expect(bookmarkFrame(configMaps, 320, false, partial).toString("latin1")).toContain("PartialObjectMetadata");
    expect(errorFrame(expired, partial).toString("latin1")).toContain("k8s\0\n\x0c\n\x02v1\x12\x06Status");
  });
});

describe("Table frames", () => {
  interface Frame {
    readonly object: { readonly columnDefinitions: unknown; readonly rows: readonly { object: unknown }[] };
  }
  const parse = (frame: Buffer) => JSON.parse(frame.toString()) as Frame;

  it("have columns in the first frame only", () => {
    const table = framing(TABLE);
    expect(parse(eventFrame("ADDED", pods, object, 317, table)).object.columnDefinitions).toHaveLength(9);
    expect(parse(eventFrame("ADDED", pods, object, 317, table)).object.columnDefinitions).toBeNull();
  });

  it("bookmark with an empty row", () => {
    const table = framing(TABLE);
    eventFrame("ADDED", pods, object, 317, table);
    expect(bookmarkFrame(pods, 320, true, table).toString()).toBe(
      '{"type":"BOOKMARK","object":{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"320"},' +
        '"columnDefinitions":null,"rows":[{"cells":["","0/0","","0","\\u003cunknown\\u003e","\\u003cnone\\u003e",' +
        '"\\u003cnone\\u003e","\\u003cnone\\u003e","\\u003cnone\\u003e"],"object":{"kind":"PartialObjectMetadata",' +
        '"apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"320",' +
        '"annotations":{"k8s.io/initial-events-end":"true"}}}}]}}\n',
    );
  });

  it("tell the end of the initial events even without objects", () => {
    const row = (end: boolean) =>
      parse(bookmarkFrame(pods, 320, end, framing({ ...TABLE, includeObject: "None" }))).object.rows[0]?.object;
    expect(row(true)).toMatchObject({ kind: "PartialObjectMetadata" });
    expect(row(false)).toBeNull();
  });

  it("refuse a wrong includeObject before the stream begins, and report errors as they are", () => {
    expect(() => framing({ ...TABLE, includeObject: "x" })).toThrow("Unable to convert to Table");
    expect(errorFrame(expired, framing(TABLE)).toString()).toBe(`{"type":"ERROR","object":${STATUS}}\n`);
  });
});

it("partial frames hold the metadata", () => {
  const partial = framing({ ...JSON_PLAIN, as: PARTIAL });
  expect(eventFrame("ADDED", configMaps, object, 317, partial).toString()).toBe(
    `{"type":"ADDED","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${recorded.metadata}}}\n`,
  );
  expect(bookmarkFrame(configMaps, 320, false, partial).toString()).toBe(
    '{"type":"BOOKMARK","object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",' +
      '"metadata":{"resourceVersion":"320"}}}\n',
  );
  expect(partial.speechless).toBe(false);
  expect(framing({ ...JSON_PLAIN, as: { ...PARTIAL, kind: "PartialObjectMetadataList" } }).speechless).toBe(true);
});
