import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function pages(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pages(path) : entry.name.endsWith(".md") ? [path] : [];
  });
}

const written = [...pages(join(root, "docs")), join(root, "README.md"), join(root, "CHANGELOG.md")];

/** Headings as links name them: lower case, blanks to hyphens, no punctuation. */
function anchors(page: string): string[] {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Relative links and the files that code spans name: `src/verbs/patch.ts`. */
function references(page: string): string[] {
  const text = readFileSync(page, "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map(([, target]) => join(dirname(page), target!));
  const files = [...text.matchAll(/`((?:src|test|bench|fixtures|docs)\/[\w./-]+)`/g)].map(([, path]) =>
    join(root, path!),
  );
  return [...links, ...files];
}

describe("docs", () => {
  it.each(written.map((page) => relative(root, page)))("%s leads to what is there", (page) => {
    const missing = references(join(root, page)).filter((reference) => {
      const [path, anchor] = reference.split("#", 2);
      return !existsSync(path!) || (anchor !== undefined && !anchors(path!).includes(anchor));
    });
    expect(missing.map((path) => relative(root, path))).toEqual([]);
  });
});
