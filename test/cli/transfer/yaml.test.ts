import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isMisread, yamlOf } from "../../../src/cli/export.js";
import { itemOf } from "../../../src/cli/transfer/items.js";
import { splitManifests } from "../../../src/cluster/manifests.js";
import { parseYaml } from "../../../src/codec/yaml.js";
import type { JsonObject } from "../../../src/kube/json.js";

const MAP = { apiVersion: "v1", kind: "ConfigMap" };

function documentOf(data: Record<string, string>): string {
  return yamlOf(itemOf(JSON.stringify({ ...MAP, metadata: { name: "a" }, data }), MAP), {});
}

/** As --load reads it. */
function loaded(text: string): unknown {
  const [manifest, ...more] = splitManifests("x", `---\n${text}---\n${text}`);
  expect(more).toHaveLength(1);
  return (parse(manifest!.text, { intAsBigInt: true }) as { data: unknown }).data;
}

const odd = fc.constantFrom(
  ...["yes", "no", "on", "y", "~", "null", "true", "0x1f", "0o17", "-0o7", "017", "1_000", "1e3", ".5", "0b1", ".inf"],
  ...[
    "2001-01-01",
    "<<",
    "=",
    "",
    " ",
    "a: b",
    "- a",
    "#",
    "a #b",
    "---",
    "\n---\n",
    "a\n---\nb\n",
    "\ttab\n",
    "x\r\ny",
  ],
  ...[
    "{{cluster}}",
    "a {{ .Values.name }} b",
    "{{- if x}}\n{{end}}\n",
    "{ {",
    "|",
    ">",
    "'",
    '"',
    "\\",
    "*a",
    "&a",
    "!a",
    "%a",
  ],
  ...["9223372036854775807", "\u0085", "\u2028", "\ufeff", "é\n", "long ".repeat(60), "\n\n", " lead\n  more\n"],
);

describe("an exported text", () => {
  it("is the same to --load, to kubectl and to any reader of YAML", () => {
    const text = fc.oneof(
      odd,
      fc.string({ unit: "grapheme" }),
      fc.array(odd).map((parts) => parts.join("")),
    );
    // What maps of Kubernetes' own take for keys.
    const key = fc.oneof(odd, fc.string()).filter((each) => /^[-._a-zA-Z0-9]+$/.test(each));
    fc.assert(
      fc.property(fc.dictionary(key, text), (data) => {
        const document = documentOf(data);
        expect(parse(document).data ?? {}).toEqual(data);
        expect((parseYaml(Buffer.from(document)).value as JsonObject).data ?? {}).toEqual(data);
        expect(loaded(document) ?? {}).toEqual(data);
      }),
      { numRuns: 300 },
    );
  });

  it("is guarded only where it has to be", () => {
    expect(["{{x}}", "0o17", "+0o7"].map(isMisread)).toEqual([true, true, true]);
    expect(["{x}", "0o18", "0o", "a0o17"].map(isMisread)).toEqual([false, false, false, false]);
    expect(documentOf({ a: "{{ x }}", b: "{x}" })).toContain("data:\n  a: \"\\x7B\\x7B x }}\"\n  b: '{x}'\n");
  });

  it("keeps integers", () => {
    const text =
      '{"apiVersion":"v1","kind":"X","metadata":{"name":"a"},"big":9223372036854775807,"small":-9007199254740993}';
    expect(yamlOf(itemOf(text, MAP), {})).toContain("big: 9223372036854775807\n");
    expect(yamlOf(itemOf(text, MAP), {})).toContain("small: -9007199254740993\n");
  });
});
