import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../src", import.meta.url));

/** Rooms of src by layer; a file may import from its own room and from lower layers. */
const LAYERS: readonly (readonly string[])[] = [
  ["config", "kube", "pki"],
  ["client", "codec", "schema", "patch", "store", "streams"],
  ["verbs", "auth"],
  ["cluster", "machines", "proxy", "etcd", "simulate", "faults", "management"],
  ["server", "admin"],
  ["main.ts", "compose.ts", "embed.ts", "cli"],
];

/** Within a layer: who may use whom. Everything else stays apart. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  codec: ["schema", "store"],
  patch: ["schema"],
  pki: ["kube"],
  config: ["kube"],
  verbs: ["auth"],
  management: ["cluster", "machines"],
  proxy: ["cluster", "etcd"],
  simulate: ["machines"],
  "compose.ts": ["main.ts"],
  "embed.ts": ["compose.ts"],
  cli: ["compose.ts"],
};

const layerOf = (room: string) => LAYERS.findIndex((rooms) => rooms.includes(room));
const roomOf = (path: string) => relative(src, path).split("/")[0]!;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function imports(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return [...found].map(([, path]) => join(dirname(file), path!));
}

/** "verbs/get.ts imports server/x.js" for each import that points upward or sideways. */
function violations(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    imports(file).flatMap((target) => {
      const [from, to] = [roomOf(file), roomOf(target).replace(/^(main|compose|embed)\.js$/, "$1.ts")];
      const allowed = from === to || layerOf(to) < layerOf(from) || (BESIDE[from] ?? []).includes(to);
      return allowed && layerOf(to) >= 0 ? [] : [`${relative(src, file)} imports ${relative(src, target)}`];
    }),
  );
}

describe("layers", () => {
  const files = sources(src);

  it("places every room", () => {
    expect([...new Set(files.map(roomOf))].filter((room) => layerOf(room) < 0)).toEqual([]);
  });

  it("lets imports point downward only", () => {
    expect(violations(files)).toEqual([]);
  });

  it("keeps files small enough to be read at once", () => {
    const long = files.filter((file) => readFileSync(file, "utf8").split("\n").length > 401);
    expect(long.map((file) => relative(src, file))).toEqual([]);
  });
});
