import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FieldLabels, parseFieldSelector, resolveFieldLabels } from "../../src/kube/field-selector.js";
import type { JsonObject } from "../../src/kube/json.js";
import { LabelSelector, type Labels, labelSelectorOf, selectorOfLabels } from "../../src/kube/label-selector.js";
import { parseLabelSelector } from "../../src/kube/label-selector-parser.js";
import { ApiError } from "../../src/kube/status.js";

interface Row {
  readonly in: string;
  readonly out: string;
  readonly err?: string;
  readonly matches?: boolean[];
}

/** What k8s.io/apimachinery v0.34.4 makes of random selectors, and which of `sets` they match. */
const golden: { sets: Labels[]; labels: Row[]; fields: Row[] } = JSON.parse(
  readFileSync(new URL("./golden/selectors.json", import.meta.url), "utf8"),
);

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error.status).toMatchObject({ code: 400, reason: "BadRequest" });
    return error.status.message;
  }
  throw new Error("was accepted");
}

describe("label selectors", () => {
  test.each(golden.labels)("reads $in as upstream does", (row) => {
    if (row.err !== undefined) {
      expect(messageOf(() => parseLabelSelector(row.in))).toBe(row.err);
      return;
    }
    const selector = parseLabelSelector(row.in);
    expect(selector.toString()).toBe(row.out);
    expect(golden.sets.map((labels) => selector.matches(labels))).toEqual(row.matches);
  });

  test("labels are own properties", () => {
    expect(parseLabelSelector("constructor").matches({})).toBe(false);
    expect(parseLabelSelector("!toString").matches(undefined)).toBe(true);
  });

  test("a nil LabelSelector selects nothing, an empty one everything", () => {
    expect(labelSelectorOf(undefined).matches({})).toBe(false);
    expect(labelSelectorOf(undefined).empty).toBe(false);
    expect(labelSelectorOf({})).toBe(LabelSelector.everything);
    expect(labelSelectorOf({}).empty).toBe(true);
  });

  const expressions = (...list: JsonObject[]): JsonObject => ({ matchExpressions: list });
  test.each<[JsonObject, string]>([
    [{ matchLabels: { b: "1", a: "2" } }, "a=2,b=1"],
    [
      expressions(
        { key: "x", operator: "In", values: ["b", "a"] },
        { key: "c", operator: "Exists" },
        { key: "d", operator: "DoesNotExist" },
        { key: "e", operator: "NotIn", values: ["z"] },
      ),
      "c,!d,e notin (z),x in (a,b)",
    ],
  ])("a LabelSelector object reads as a selector: %j", (object, text) => {
    expect(labelSelectorOf(object).toString()).toBe(text);
  });

  test.each<[JsonObject, RegExp]>([
    [expressions({ key: "x", operator: "Foo" }), /^"Foo" is not a valid label selector operator$/],
    [
      expressions({ key: "-x", operator: "In" }),
      /^\[key: Invalid value: "-x": name part .*, values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty\]$/,
    ],
    [
      expressions({ key: "x", operator: "Exists", values: ["-"] }),
      /^\[values: Invalid value: \["-"\]: values set must be empty for exists and does not exist, values\[0\]\[x\]: Invalid value: "-": /,
    ],
  ])("a faulty LabelSelector object is refused: %j", (object, message) => {
    expect(() => labelSelectorOf(object)).toThrow(message);
  });

  test("a map of labels selects what has them all", () => {
    const selector = selectorOfLabels({ app: "a", tier: "b" });
    expect(selector.matches({ app: "a", tier: "b", more: "c" })).toBe(true);
    expect(selector.matches({ app: "a" })).toBe(false);
  });
});

describe("field selectors", () => {
  test.each(golden.fields)("reads $in as upstream does", (row) => {
    if (row.err !== undefined) expect(messageOf(() => parseFieldSelector(row.in))).toBe(row.err);
    else expect(parseFieldSelector(row.in).toString()).toBe(row.out);
  });

  const pod = { name: "p", namespace: "ns", fields: { "spec.nodeName": "n1" } };
  test.each([
    ["metadata.name=p", true],
    ["metadata.name!=p", false],
    ["metadata.namespace=ns,spec.nodeName=n1", true],
    ["spec.nodeName=", false],
    ["status.phase=", true],
    ["constructor!=x", true],
  ])("%s on a pod is %s", (text, expected) => {
    expect(parseFieldSelector(text).matches(pod)).toBe(expected);
  });

  const labelsOf = (group: string, kind: string, namespaced: boolean, ...fields: string[]): FieldLabels => ({
    gvk: { group, version: "v1", kind },
    namespaced,
    selectableFields: new Set(fields),
  });
  const pods = labelsOf("", "Pod", true, "spec.nodeName", "status.phase");
  const widgets = { ...labelsOf("example.com", "Widget", false), custom: true };

  test.each([
    [pods, "foo", "field label not supported: foo"],
    [
      labelsOf("", "Node", false, "spec.unschedulable"),
      "metadata.namespace",
      "field label not supported: metadata.namespace",
    ],
    [
      labelsOf("apps", "Deployment", true, "metadata.name", "metadata.namespace"),
      "foo",
      '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [labelsOf("batch", "Job", true, "status.successful"), "foo", 'field label "foo" not supported for Job'],
    [
      labelsOf("resource.k8s.io", "ResourceSlice", false, "spec.nodeName"),
      "foo",
      "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: foo",
    ],
    [widgets, "metadata.namespace", "field label not supported: metadata.namespace"],
    [widgets, "spec.size", "field label not supported: spec.size"],
  ])("a resource refuses a field it doesn't offer: %j", (labels, field, message) => {
    expect(messageOf(() => resolveFieldLabels(parseFieldSelector(`${field}=x`), labels))).toBe(message);
  });

  test("older names and those of other versions stand for the field that is indexed", () => {
    expect(resolveFieldLabels(parseFieldSelector("spec.host=n1"), pods).toString()).toBe("spec.nodeName=n1");
    const events = labelsOf("events.k8s.io", "Event", true, "reason");
    const selector = parseFieldSelector("regarding.kind=Pod,reason!=x,metadata.namespace=a");
    expect(resolveFieldLabels(selector, events).toString()).toBe(
      "metadata.namespace=a,reason!=x,involvedObject.kind=Pod",
    );
  });

  test("a kind without fields of its own takes metadata.namespace even when cluster-scoped", () => {
    const selector = parseFieldSelector("metadata.namespace=x");
    expect(resolveFieldLabels(selector, labelsOf("", "PersistentVolume", false)).toString()).toBe(selector.toString());
  });
});
