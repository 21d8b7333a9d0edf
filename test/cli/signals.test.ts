import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Ending } from "../../src/cli/signals.js";

class FakeProcess extends EventEmitter {
  readonly exit = vi.fn();
}

describe("Ending", () => {
  let process: FakeProcess;
  let now: number;
  let ending: Ending;

  beforeEach(() => {
    process = new FakeProcess();
    now = 1000;
    ending = new Ending(process, () => now);
  });

  it("ends at once while nothing can be drained", () => {
    process.emit("SIGTERM");
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(143);
  });

  it("drains at the first signal", async () => {
    const asked = ending.asked();
    process.emit("SIGINT");
    await asked;
    expect(process.exit).not.toHaveBeenCalled();
  });

  it("takes Ctrl-C from a terminal and from npm as one", () => {
    void ending.asked();
    process.emit("SIGINT");
    now += 100;
    process.emit("SIGINT");
    expect(process.exit).not.toHaveBeenCalled();
  });

  it("waits no longer when it is asked again", () => {
    void ending.asked();
    process.emit("SIGTERM");
    now += 1000;
    process.emit("SIGINT");
    expect(process.exit).toHaveBeenCalledExactlyOnceWith(130);
  });
});
