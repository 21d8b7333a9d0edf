import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { objectName } from "../../../src/proxy/backing/labels.js";
import { Placement, type Room } from "../../../src/proxy/backing/placement.js";

const MIB = 1024 ** 2;
const all = () => true;

function placing(...rooms: readonly Room[]): { place: Placement; again: (...rooms: readonly Room[]) => Placement } {
  const dir = mkdtempSync(join(tmpdir(), "placement-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const again = (...next: readonly Room[]) => new Placement(join(dir, "placements.json"), next);
  return { place: again(...rooms), again };
}

it("goes where there is most room, by number and by memory", () => {
  const { place } = placing({ name: "few", capacity: 2 }, { name: "much", memory: 1000 * MIB });
  const need = { memory: 300 * MIB };
  const placed = ["a", "b", "c", "d"].map((cluster) => place.place(cluster, need, all));
  // Shares before each: 0 and 0, 1/2 and 0, 1/2 and 3/10, 1/2 and 6/10.
  expect(placed).toEqual(["few", "much", "much", "few"]);
  expect(place.place("e", need, all)).toBe("much");
  expect(() => place.place("f", need, all)).toThrow(
    "no backing cluster has room for another kube-apiserver, which asks for 300 MiB: few has 2 of 2 servers; " +
      "much has 900 MiB of 1000 MiB",
  );
  expect(() => place.check(need)).toThrow(/no backing cluster has room/);
  place.release("a");
  expect(place.place("f", need, all)).toBe("few");
});

it("a choice stands, also for the next process; room that is not used any more is free", () => {
  const { place, again } = placing({ name: "one", capacity: 1 });
  place.place("a", { memory: 1 }, all);
  const next = again({ name: "new" }, { name: "one", capacity: 1 });
  expect(next.place("a", { memory: 1 }, all)).toBe("one");
  expect(() => next.place("b", { memory: 1, backing: "one" }, all)).toThrow(/one has 1 of 1 servers/);
  next.isLive = (cluster) => cluster !== "a";
  expect(next.place("b", { memory: 1, backing: "one" }, all)).toBe("one");
  expect(() => again({ name: "new" }).place("a", { memory: 1 }, all)).toThrow(
    /in backing cluster one, which is not named/,
  );
});

it("one that does not answer is not chosen, unless none does or it has to be that one", () => {
  const { place } = placing({ name: "away" }, { name: "there" });
  const answers = (name: string) => name === "there";
  for (const cluster of ["a", "b"]) expect(place.place(cluster, { memory: 1 }, answers)).toBe("there");
  expect(place.place("c", { memory: 1, backing: "away" }, answers)).toBe("away");
  expect(place.place("d", { memory: 1 }, () => false)).toBe("away");
  expect(() => place.check({ memory: 1, backing: "x" })).toThrow(
    'there is no backing cluster "x": those of the fleet are away, there',
  );
});

it("every cluster has a name of its own there, short enough for its pods", () => {
  expect(objectName("cluster-1")).toBe("kube-apiserver-cluster-1");
  const names = ["a.b", "a-b", "a", `${"x".repeat(63)}.y`, `${"x".repeat(63)}.z`].map(objectName);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]([-a-z0-9]{0,43}[a-z0-9])$/);
});
