import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Wheel } from "../../src/kube/wheel.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How long a callback waits that is asked for after `before` ms, while others keep the wheel turning. */
function waited(ms: number, before: number): number {
  const wheel = new Wheel(10, 8);
  wheel.after(100_000, () => undefined);
  vi.advanceTimersByTime(before);
  const start = performance.now();
  let end = Number.NaN;
  wheel.after(ms, () => {
    end = performance.now();
  });
  vi.advanceTimersByTime(ms + 1_000);
  wheel.close();
  return end - start;
}

it("runs callbacks up to a tick late and never early, for any number of rounds", () => {
  for (let ms = 1; ms < 400; ms += 3) {
    for (const before of [0, 4, 75, 83]) {
      const time = waited(ms, before);
      expect(time).toBeGreaterThanOrEqual(ms);
      expect(time).toBeLessThan(ms + 10);
    }
  }
});

it("catches up after the process was held up, without running anything early", () => {
  const wheel = new Wheel(10, 8);
  const ran: string[] = [];
  wheel.after(30, () => ran.push("30"));
  wheel.after(500, () => ran.push("500"));
  const held = performance.now() + 300;
  vi.spyOn(performance, "now").mockReturnValue(held);
  wheel.after(50, () => ran.push("350"));
  vi.advanceTimersByTime(10);
  expect(ran).toEqual(["30"]);
  vi.spyOn(performance, "now").mockReturnValue(held + 60);
  vi.advanceTimersByTime(10);
  expect(ran).toEqual(["30", "350"]);
  vi.spyOn(performance, "now").mockReturnValue(held + 200);
  vi.advanceTimersByTime(10);
  expect(ran).toEqual(["30", "350", "500"]);
  expect(vi.getTimerCount()).toBe(0);
});

it("forgets what is cancelled", () => {
  const wheel = new Wheel(10, 8);
  const cancel = wheel.after(20, () => expect.unreachable());
  cancel();
  cancel();
  vi.advanceTimersByTime(100);
  expect(vi.getTimerCount()).toBe(0);
});
