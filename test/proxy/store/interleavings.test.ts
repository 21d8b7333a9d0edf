import { describe, test } from "vitest";
import type { HistoryBudget } from "../../../src/store/history-budget.js";
import { interleave } from "../../store/interleavings.js";
import { FakeEtcd } from "./fake-etcd.js";
import { Process } from "./rig.js";

describe("any interleaving of writers, readers and compaction, of two clusters in one etcd", () => {
  test("agrees with a model that remembers everything", async () => {
    const make = async (budget: HistoryBudget) => {
      const etcd = new FakeEtcd();
      const process = new Process(etcd);
      const stores = [await process.open("one", { budget }), await process.open("two", { budget })] as const;
      // The record of the birth is a change that readers pass by.
      for (const [i, name] of ["one", "two"].entries()) {
        const born = Number(etcd.get(`/${name}/fake-apiserver/birth`)!.modRevision);
        while (stores[i]!.revision < born) await new Promise(setImmediate);
      }
      return stores;
    };
    await interleave({ make, advances: false, runs: 60 });
  });
});
