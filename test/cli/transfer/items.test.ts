import { describe, expect, it } from "vitest";
import { itemOf, readPage } from "../../../src/cli/transfer/items.js";

const POD = { apiVersion: "v1", kind: "Pod" };

describe("readPage", () => {
  it("leaves every object as it came and says what it is", () => {
    const first =
      '{"metadata":{"name":"a","uid":"1"},"spec":{"big":9223372036854775807,"one":1.0,"text":"] } \\" \\u003c"}}';
    const second = '{"kind":"Cat","apiVersion":"zoo/v1","metadata":{"name":"b"}}';
    const list = `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"t"},"items":[${first} , ${second}]}`;
    const { items, next, resourceVersion } = readPage(list, POD);
    expect({ next, resourceVersion }).toEqual({ next: "t", resourceVersion: "7" });
    expect(items[0]).toEqual({
      ...POD,
      text: `{"apiVersion":"v1","kind":"Pod",${first.slice(1)}`,
      metadata: { name: "a", uid: "1" },
    });
    expect(items[1]).toEqual({ apiVersion: "zoo/v1", kind: "Cat", text: second, metadata: { name: "b" } });
  });

  it.each(['{"metadata":{},"items":[]}', '{"metadata":{},"items":null}', "{}"])(
    "takes %s for an empty last page",
    (text) => {
      expect(readPage(text, POD)).toEqual({ items: [], next: "", resourceVersion: "" });
    },
  );

  it("refuses what is no list", () => {
    expect(() => readPage("<html>", POD)).toThrow();
    expect(() => readPage('{"items":[{}', POD)).toThrow();
  });

  it("takes an object alone", () => {
    expect(itemOf('{"metadata":{"name":"a"}}', POD).text).toBe(
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}',
    );
  });
});
