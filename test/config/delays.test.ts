import { expect, it } from "vitest";
import { draw, NO_DELAYS, parseDelays } from "../../src/config/delays.js";

const at = (ms: number) => ({ minMs: ms, maxMs: ms });

it.each([
  [[], NO_DELAYS],
  [["boot=20s"], { ...NO_DELAYS, boot: at(20_000) }],
  [
    ["provisioning=1m30s..2h", "join=500ms"],
    { ...NO_DELAYS, provisioning: { minMs: 90_000, maxMs: 7_200_000 }, join: at(500) },
  ],
  [["boot=0s..1s"], { ...NO_DELAYS, boot: { minMs: 0, maxMs: 1_000 } }],
])("%j is understood", (parts, delays) => {
  expect(parseDelays(parts)).toEqual(delays);
});

it.each([
  "boot",
  "boot=",
  "boot=20",
  "boots=20s",
  "boot=2s..1s",
  "boot=1s..2s..3s",
  "boot=-1s",
  "boot=25h",
  "boot=1s2m",
])("%j is refused", (part) => {
  expect(parseDelays([part])).toBeUndefined();
});

it("a time is drawn from the whole range", () => {
  const range = { minMs: 10, maxMs: 30 };
  expect([0, 0.5, 1].map((random) => draw(range, random))).toEqual([10, 20, 30]);
});
