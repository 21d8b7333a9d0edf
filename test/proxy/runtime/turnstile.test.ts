import { describe, expect, it } from "vitest";
import { Turnstile } from "../../../src/proxy/runtime/turnstile.js";

/** Enters, and stays until it is told to leave. */
function visit(turnstile: Turnstile) {
  let leave = () => {};
  const state = { inside: false, left: Promise.resolve(), leave: () => leave() };
  const stays = new Promise<void>((resolve) => {
    leave = resolve;
  });
  state.left = turnstile.pass(async () => {
    state.inside = true;
    await stays;
  });
  return state;
}

describe("a turnstile", () => {
  it("lets in so many, and the next when one leaves, also by failing", async () => {
    const turnstile = new Turnstile(1, 60_000);
    const first = visit(turnstile);
    const failing = turnstile.pass(() => Promise.reject(new Error("no")));
    const last = visit(turnstile);
    await Promise.resolve();
    expect([first.inside, last.inside]).toEqual([true, false]);
    first.leave();
    await expect(failing).rejects.toThrow("no");
    await expect.poll(() => last.inside).toBe(true);
    last.leave();
    await last.left;
  });

  it("does not wait for ever for one who does not leave", async () => {
    const turnstile = new Turnstile(1, 20);
    const [stuck, second] = [visit(turnstile), visit(turnstile)];
    await expect.poll(() => second.inside).toBe(true);
    second.leave();
    stuck.leave();
    await Promise.all([stuck.left, second.left]);
    // Who was late has left once: there is room for one, not for two.
    const [third, fourth] = [visit(turnstile), visit(turnstile)];
    await Promise.resolve();
    expect([third.inside, fourth.inside]).toEqual([true, false]);
    third.leave();
    fourth.leave();
    await Promise.all([third.left, fourth.left]);
  });
});
