import { describe, expect, it } from "vitest";
import { Descriptions, textOf } from "../../src/schema/descriptions.js";
import { fingerprintOf, packageTexts } from "../../src/schema/package-texts.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";

const tables = loadTables("1.34");
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

describe("descriptions", () => {
  it("are the package's where the fingerprint is the same", () => {
    for (const [fingerprint, text] of packageTexts()) {
      expect(fingerprintOf(text)).toBe(fingerprint);
      expect(textOf(fingerprint)).toBe(text);
    }
  });

  it("are empty where the package has another text", () => {
    const meta = tables.struct(META);
    const other = new Descriptions({
      version: "v1.34.4",
      descriptions: { [META]: `- ${"00000000 ".repeat(20).trim()}` },
    });
    expect(other.fieldText(meta, "name")).toBe("");
    expect(other.ofFields(meta)[0]).toEqual({ exists: true, text: "" });
    expect(other.ofType(META)).toEqual({ exists: false, text: "" });
    expect(other.ofType("toString")).toEqual({ exists: false, text: "" });
  });

  it("of a field are those of a struct inlined, too, and none of another's", () => {
    const kind = tables.struct("io.k8s.api.core.v1.ConfigMap");
    expect(tables.descriptions.fieldText(kind, "apiVersion")).toMatch(/^APIVersion defines /);
    expect(tables.descriptions.fieldText(kind, "colour")).toBe("");
  });

  it("keep their line breaks", () => {
    const text = tables.descriptions.fieldText(tables.struct(META), "creationTimestamp");
    expect(text.split("\n\n").length).toBeGreaterThan(1);
  });

  it("tell the columns that metadata gives", () => {
    const { columns } = builtinRegistry(tables).lookup("", "v1", "secrets")!;
    const texts = columns.map(({ name, description }) => [name, description]);
    const meta = tables.struct(META);
    expect(texts[0]).toEqual(["Name", tables.descriptions.fieldText(meta, "name")]);
    expect(texts.at(-1)).toEqual(["Age", tables.descriptions.fieldText(meta, "creationTimestamp")]);
    expect(texts.every(([, description]) => description !== "")).toBe(true);
  });
});
