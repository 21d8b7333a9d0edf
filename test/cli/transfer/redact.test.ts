import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemOf } from "../../../src/cli/transfer/items.js";
import { redacted } from "../../../src/cli/transfer/redact.js";

const SECRET = { apiVersion: "v1", kind: "Secret" };
const LAST = "kubectl.kubernetes.io/last-applied-configuration";
const base64 = (text: string) => Buffer.from(text).toString("base64");

function redact(object: object) {
  const item = redacted(itemOf(JSON.stringify({ ...SECRET, ...object }), SECRET));
  return { item, object: JSON.parse(item.text) };
}

describe("redacted", () => {
  it("keeps the keys and everything else", () => {
    const metadata = { name: "s", namespace: "n", uid: "u", labels: { a: "b" }, annotations: { note: "hello" } };
    const { object } = redact({ metadata, type: "Opaque", immutable: true, data: { a: base64("password"), b: "" } });
    const data = { a: base64("REDACTED"), b: base64("REDACTED") };
    expect(object).toEqual({ ...SECRET, metadata, type: "Opaque", immutable: true, data });
  });

  it("leaves to what is read by the server a form that it takes", () => {
    const type = "kubernetes.io/dockerconfigjson";
    const { object } = redact({ metadata: {}, type, data: { ".dockerconfigjson": base64('{"auths":{"x":1}}') } });
    expect(object.data).toEqual({ ".dockerconfigjson": base64("{}") });
  });

  it("hides the copies in annotations, of what the Secret was before, too", () => {
    const before = {
      ...SECRET,
      metadata: { name: "default", annotations: { note: "x password2 y" } },
      data: { user: base64("older"), gone: base64("gone") },
      stringData: { pin: "1234" },
    };
    const annotations = {
      [LAST]: `${JSON.stringify(before)}\n`,
      list: JSON.stringify({ items: [before] }),
      value: `key=${base64("password2")}`,
      plain: "the password2, as it is",
      short: "pin",
      other: '{"a": [1, {"b": 2.0}]}',
    };
    const data = { user: base64("default"), password: base64("password2"), short: base64("pin") };
    const { object, item } = redact({ metadata: { annotations }, data });
    const copy = {
      ...before,
      metadata: { name: "default", annotations: { note: "REDACTED" } },
      data: { user: base64("REDACTED"), gone: base64("REDACTED") },
      stringData: { pin: "REDACTED" },
    };
    expect(object.metadata.annotations).toEqual({
      [LAST]: `${JSON.stringify(copy)}\n`,
      list: JSON.stringify({ items: [copy] }),
      ...{ value: "REDACTED", plain: "REDACTED", short: "REDACTED", other: annotations.other },
    });
    expect(item.metadata).toEqual(object.metadata);
  });

  it("lets no value through, however it is kept", () => {
    const value = fc.string({ unit: "binary", minLength: 6 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-c]{1,3}$/), value), fc.string(), (values, note) => {
        const data = Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)]));
        const annotations = Object.fromEntries(
          Object.values(values).flatMap((text, i) => [
            [`plain-${i}`, `${note}${text}${note}`],
            [`last-${i}`, JSON.stringify({ ...SECRET, data, stringData: values })],
            [`json-${i}`, JSON.stringify([text])],
          ]),
        );
        const { item } = redact({ metadata: { annotations }, data });
        for (const text of [...Object.values(values), ...Object.values(data)]) {
          if ("REDACTED".includes(text) || text === base64("REDACTED")) continue;
          expect(Object.values(item.metadata.annotations ?? {}).some((each) => each.includes(text))).toBe(false);
          expect(Object.values(JSON.parse(item.text).data)).not.toContain(text);
        }
      }),
    );
  });

  it("takes nothing from other objects", () => {
    const item = itemOf(JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", data: { a: "password" } }), SECRET);
    expect(redacted(item)).toBe(item);
  });
});
