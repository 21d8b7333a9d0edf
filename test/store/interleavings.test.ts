import { describe, test } from "vitest";
import { MemoryStore } from "../../src/store/memory-store.js";
import { interleave } from "./interleavings.js";

describe("any interleaving of writers, readers and compaction", () => {
  test("agrees with a model that remembers everything", async () => {
    const make = async (budget: ConstructorParameters<typeof MemoryStore>[0]) =>
      [new MemoryStore(budget), new MemoryStore(budget)] as const;
    await interleave({ make: (budget) => make({ budget }), advances: true, runs: 150 });
  });
});
