import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PAGES } from "../../docs/generate.js";
import { OPTION_GROUPS, OPTIONS } from "../../src/config/options.js";

const docs = new URL("../../docs/", import.meta.url);

describe("docs", () => {
  it.each(Object.entries(PAGES))("%s is what the code says; `npm run docs` writes it anew", (path, page) => {
    expect(readFileSync(new URL(path, docs), "utf8")).toBe(page());
  });

  it("show every setting once", () => {
    expect(Object.values(OPTION_GROUPS).flat().sort()).toEqual(Object.keys(OPTIONS).sort());
  });
});
