import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUntyped } from "../../../src/codec/json/encode.js";
import { parseJson } from "../../../src/codec/json/parse.js";
import { jsonToYaml, parseYaml, YamlError } from "../../../src/codec/yaml.js";
import { golden } from "../golden.js";

interface Read {
  readonly input: string;
  readonly json?: string;
  readonly error?: string;
  readonly strict?: string;
}

describe("YAML", () => {
  it.each(golden<Read>("yaml-read.jsonl"))("reads $input", ({ input, json, error, strict }) => {
    if (error !== undefined) {
      expect(() => parseYaml(Buffer.from(input))).toThrow(new YamlError(error));
      return;
    }
    const { value, duplicates } = parseYaml(Buffer.from(input));
    expect(encodeUntyped(value)).toBe(json);
    const found = duplicates.length === 0 ? undefined : `yaml: unmarshal errors:\n  ${duplicates.join("\n  ")}`;
    expect(found).toBe(strict);
  });

  it.each(golden<{ json: string; yaml: string }>("yaml-write.jsonl"))("writes $json", ({ json, yaml }) => {
    expect(jsonToYaml(json)).toBe(yaml);
  });

  it("reads back what it writes", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[ a-z0-9:#'"\n,{}[\]&*!|>%@`?-]{0,200}$/));
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        tie("list"),
        tie("map"),
      ),
      list: fc.array(tie("node"), { maxLength: 4 }),
      map: fc.dictionary(text, tie("node"), { maxKeys: 4 }),
    })).node;
    fc.assert(
      fc.property(value, (node) => {
        const json = encodeUntyped(parseJson(Buffer.from(JSON.stringify(node))));
        expect(encodeUntyped(parseYaml(Buffer.from(jsonToYaml(json))).value)).toBe(json);
      }),
    );
  });

  it("bounds what aliases multiply", () => {
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let i = 1; i < 9; i++) {
      const previous = String.fromCharCode(96 + i);
      const name = String.fromCharCode(97 + i);
      lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${previous}`).join(",")}]`);
    }
    expect(() => parseYaml(Buffer.from(lines.join("\n")))).toThrow(
      new YamlError("yaml: document contains excessive aliasing"),
    );
  });

  it("refuses nesting beyond its stack", () => {
    expect(() => parseYaml(Buffer.from("[".repeat(20_000)))).toThrow(YamlError);
    expect(() => parseYaml(Buffer.from("[".repeat(20_000) + "]".repeat(20_000)))).toThrow(YamlError);
  });

  it("answers random text with a value or a YamlError", () => {
    const alphabet = [..."ab:- \n\t#'\"{}[],&*!|>%@?<.0x1~é"];
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.constantFrom(...alphabet), { maxLength: 60 }).map((chars) => Buffer.from(chars.join(""))),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        try {
          encodeUntyped(parseYaml(bytes).value);
        } catch (error) {
          expect(error).toBeInstanceOf(YamlError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
