import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldSet } from "../../../src/patch/apply/field-set.js";
import { decodeFields, encodeFields, FieldsError } from "../../../src/patch/apply/fields-v1.js";
import { PathElement } from "../../../src/patch/apply/path-element.js";

const element = fc.oneof(
  fc.constantFrom("a", "b", "é", "\u{10400}", "\uffee", "<&>", 'q"', "tab\t\b").map((name) => PathElement.field(name)),
  fc.constantFrom<number | string>("x", "y", 80, 443, 5.5).map((value) => PathElement.key([{ name: "k", value }])),
  fc.constantFrom<string | boolean | number>("v", "<", true, 3).map((value) => PathElement.value(value)),
  fc.nat(3).map((index) => PathElement.index(index)),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 12 });
const set = paths.map((list) => FieldSet.ofPaths(list));

const texts = (of: FieldSet) => new Set([...of.paths()].map((one) => one.map((part) => part.text).join("/")));
const union = <T>(a: Set<T>, b: Set<T>) => new Set([...a, ...b]);
const minus = <T>(a: Set<T>, keep: (item: T) => boolean) => new Set([...a].filter(keep));

describe("field sets", () => {
  it("are sets of paths", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [texts(a), texts(b)];
        expect(texts(a.union(b))).toEqual(union(left, right));
        expect(texts(a.intersection(b))).toEqual(minus(left, (item) => right.has(item)));
        expect(texts(a.difference(b))).toEqual(minus(left, (item) => !right.has(item)));
        const below = (item: string) => [...right].some((of) => item === of || item.startsWith(`${of}/`));
        expect(texts(a.recursiveDifference(b))).toEqual(minus(left, (item) => !below(item)));
      }),
    );
  });

  it("know their members", () => {
    fc.assert(
      fc.property(paths, path, (list, other) => {
        const all = FieldSet.ofPaths(list);
        for (const one of list) expect(all.has(one)).toBe(true);
        const known = texts(all).has(other.map((part) => part.text).join("/"));
        expect(all.has(other)).toBe(known);
      }),
    );
  });

  it("stay the same object when nothing changes", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const all = a.union(b);
        expect(all.union(b)).toBe(all);
        expect(all.union(a)).toBe(all);
        expect(all.difference(FieldSet.empty)).toBe(all);
        expect(all.intersection(all)).toBe(all);
      }),
    );
  });

  it("survive their text, in one order whatever theirs was", () => {
    fc.assert(
      fc.property(paths, (list) => {
        const text = encodeFields(FieldSet.ofPaths(list));
        expect(encodeFields(FieldSet.ofPaths(list.toReversed()))).toBe(text);
        expect(encodeFields(decodeFields(text))).toBe(text);
        expect(encodeFields(decodeFields(` ${text}`))).toBe(text);
      }),
    );
  });
});

describe("fieldsV1", () => {
  it.each([
    ['{"f:b":{},"f:a":{"f:c":{}}}', '{"f:a":{"f:c":{}},"f:b":{}}'],
    ['{"k:{\\"port\\":443}":{},"k:{\\"port\\":80}":{}}', '{"k:{\\"port\\":80}":{},"k:{\\"port\\":443}":{}}'],
    ['{"i:1":{},"v:\\"a\\"":{},"f:z":{}}', '{"f:z":{},"v:\\"a\\"":{},"i:1":{}}'],
    ['{"f:a":{".":{}}}', '{"f:a":{}}'],
    ['{"f:a":{"x:unknown":{}}}', '{"f:a":{}}'],
    ['{"f:a":null}', '{"f:a":{}}'],
    ['{"v:\\"<\\"":{}}', '{"v:\\"\\\\u003c\\"":{}}'],
    ["{}", "{}"],
  ])("%s is written as %s", (text, expected) => {
    expect(encodeFields(decodeFields(text))).toBe(expected);
  });

  it.each(['{"f":{}}', '{"fa":{}}', '{"k:x":{}}', '{"i:x":{}}', '{"f:a":1}', "[", "1"])("%s is refused", (text) => {
    expect(() => decodeFields(text)).toThrow(FieldsError);
  });
});
