import { describe, expect, it } from "vitest";
import { Fuzzer } from "./fuzzer.js";
import { fuzz } from "./supervise.js";
import { TARGETS } from "./targets/index.js";

/** `npm run fuzz` runs many more. */
const RUNS = 150;
const TIMEOUT = 120_000;

describe("random input", () => {
  it.each(Object.keys(TARGETS))(
    "does no harm: %s",
    async (name) => {
      const target = await TARGETS[name]!();
      const fuzzer = new Fuzzer(target, 1);
      for (let run = 0; run < target.seeds.length + RUNS; run++) await fuzzer.run(fuzzer.next());
      expect(fuzzer.outcomes).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});

/** Faults that are planted: if these were not found, no fault would be. */
describe("a decoder", () => {
  const module = new URL("planted.ts", import.meta.url).href;
  const planted = (target: string, runs: number) => fuzz({ target, module, seed: 1, runs }, 3000);

  it("that crashes is found", { timeout: TIMEOUT }, async () => {
    const found = await planted("crash", 200_000);
    expect(found).toMatchObject({ problem: expect.stringContaining("planted") });
    expect("input" in found && found.input.toString()).toContain('"magic":');
  });

  it("that hangs is found", { timeout: TIMEOUT }, async () => {
    const found = await planted("hang", 200_000);
    expect(found).toMatchObject({ problem: expect.stringMatching(/^run \d+ hangs$/) });
    expect("input" in found && found.input.toString()).toContain("magic");
  });

  it("that keeps what it is given is found", { timeout: TIMEOUT }, async () => {
    expect(await planted("memory", 2_000_000)).toMatchObject({ problem: expect.stringMatching(/^Error: memory grew/) });
  });

  it("that is fine passes", { timeout: TIMEOUT }, async () => {
    expect(await planted("fine", 1000)).toMatchObject({ runs: 1000 });
  });
});
