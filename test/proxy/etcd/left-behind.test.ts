import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LeftBehind } from "../../../src/proxy/etcd/left-behind.js";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "left-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe("what is left behind in etcd", () => {
  it("is known to the next who has the folder, until it is deleted", () => {
    const folder = join(dir, "left");
    const first = new LeftBehind(folder);
    first.add("a");
    first.add("team.b");
    expect([...new LeftBehind(folder).names].sort()).toEqual(["a", "team.b"]);
    first.remove("a");
    first.remove("never");
    expect([...first.names]).toEqual(["team.b"]);
    expect([...new LeftBehind(folder).names]).toEqual(["team.b"]);
  });

  it("is known for as long as we run where nothing can be written", () => {
    writeFileSync(join(dir, "file"), "");
    const left = new LeftBehind(join(dir, "file/below"));
    left.add("a");
    expect([...left.names]).toEqual(["a"]);
    left.remove("a");
    expect(left.names.size).toBe(0);
  });
});
