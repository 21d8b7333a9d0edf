import { describe, expect, it } from "vitest";
import { humanDuration } from "../../../src/schema/printers/duration.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("humanDuration", () => {
  it.each([
    [-2 * SECOND, "<invalid>"],
    [-1999, "0s"],
    [-1, "0s"],
    [0, "0s"],
    [999, "0s"],
    [119_999, "119s"],
    [2 * MINUTE, "2m"],
    [2 * MINUTE + 999, "2m"],
    [2 * MINUTE + SECOND, "2m1s"],
    [10 * MINUTE - 1, "9m59s"],
    [10 * MINUTE, "10m"],
    [3 * HOUR - 1, "179m"],
    [3 * HOUR, "3h"],
    [3 * HOUR + MINUTE, "3h1m"],
    [8 * HOUR - 1, "7h59m"],
    [8 * HOUR, "8h"],
    [2 * DAY - 1, "47h"],
    [2 * DAY, "2d"],
    [2 * DAY + HOUR, "2d1h"],
    [8 * DAY - 1, "7d23h"],
    [8 * DAY, "8d"],
    [2 * 365 * DAY - 1, "729d"],
    [2 * 365 * DAY, "2y"],
    [2 * 365 * DAY + DAY, "2y1d"],
    [8 * 365 * DAY - 1, "7y364d"],
    [8 * 365 * DAY, "8y"],
    [2026 * 365 * DAY, "292y"],
  ])("%i ms is %s", (ms, expected) => {
    expect(humanDuration(ms)).toBe(expected);
  });
});
