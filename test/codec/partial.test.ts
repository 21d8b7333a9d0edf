import { describe, expect, it } from "vitest";
import { listAnswer, objectAnswer } from "../../src/codec/answer.js";
import { configMaps, context, hex, JSON_PLAIN, PROTOBUF, recorded, stored, text } from "./answer-fixtures.js";

const ctx = context();
const object = stored(recorded.json);
const ONE = { kind: "PartialObjectMetadata", version: "v1" } as const;
const LIST = { kind: "PartialObjectMetadataList", version: "v1beta1" } as const;

describe("PartialObjectMetadata", () => {
  it("is the metadata alone", () => {
    expect(text(objectAnswer(200, configMaps, object, { ...JSON_PLAIN, as: ONE }, ctx))).toBe(
      `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${recorded.metadata}}\n`,
    );
  });

  it("is a real server's protobuf document", () => {
    const message = recorded.message.slice(0, recorded.message.indexOf("12080a016b"));
    expect(hex(objectAnswer(200, configMaps, object, { ...PROTOBUF, as: ONE }, ctx))).toBe(
      `6b3873000a270a0e6d6574612e6b38732e696f2f763112155061727469616c4f626a6563744d65746164617461129301${message}1a002200`,
    );
    const list = { ...PROTOBUF, as: { ...LIST, version: "v1" } as const };
    expect(hex(listAnswer(configMaps, [object], { resourceVersion: "319" }, list, ctx))).toBe(
      "6b3873000a2b0a0e6d6574612e6b38732e696f2f763112195061727469616c4f626a6563744d657461646174614c697374" +
        `12a1010a090a0012033331391a00129301${message}1a002200`,
    );
  });

  it("keeps its kind in lists", () => {
    const item = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1beta1","metadata":${recorded.metadata}}`;
    const answer = listAnswer(configMaps, [object, object], { resourceVersion: "5" }, { ...JSON_PLAIN, as: LIST }, ctx);
    expect(text(answer)).toBe(
      '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1beta1","metadata":{"resourceVersion":"5"},' +
        `"items":[${item},${item}]}\n`,
    );
  });

  it("has null for no items", () => {
    const answer = listAnswer(configMaps, [], { resourceVersion: "5" }, { ...JSON_PLAIN, as: LIST }, ctx);
    expect(text(answer)).toMatch(/"metadata":\{"resourceVersion":"5"\},"items":null\}\n$/);
  });

  it("is not misled by braces, quotes and keys of the same name", () => {
    const metadata = '{"name":"x","uid":"u","resourceVersion":"1","annotations":{"a":"}\\"{","metadata":"\\\\"}}';
    const tricky = stored(
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":${metadata},"data":{"metadata":"\\"metadata\\":{}"}}`,
    );
    expect(text(objectAnswer(200, configMaps, tricky, { ...JSON_PLAIN, as: ONE }, ctx))).toBe(
      `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadata}}\n`,
    );
  });

  it("brings an unstructured object's metadata into Go's order", () => {
    const custom = stored(
      '{"a":{"metadata":{"no":1}},"alpha":"\\"metadata\\":{","apiVersion":"example.com/v1","kind":"X",' +
        '"metadata":{"creationTimestamp":"2026-11-22T13:15:51Z","name":"x","resourceVersion":"8","uid":"u"},"spec":{}}',
    );
    expect(text(objectAnswer(200, configMaps, custom, { ...JSON_PLAIN, as: ONE }, ctx))).toBe(
      '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"x","uid":"u",' +
        '"resourceVersion":"8","creationTimestamp":"2026-11-22T13:15:51Z"}}\n',
    );
  });
});
