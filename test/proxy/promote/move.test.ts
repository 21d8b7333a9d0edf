import { describe, expect, it } from "vitest";
import { EtcdError } from "../../../src/proxy/etcd/error.js";
import type { Tenancy } from "../../../src/proxy/etcd/tenancy.js";
import { checkPlace, moveIn } from "../../../src/proxy/promote/move.js";
import { MemoryStore } from "../../../src/store/memory-store.js";

const BYTES = {
  index: { name: "n", namespace: "", uid: "u", labels: undefined, fields: undefined },
  head: Buffer.from('{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","resourceVersion":"'),
  tail: Buffer.from('"}}'),
};

/** A tenancy on an etcd that tells what is asked of it. */
function etcd(ours: boolean) {
  const asked: string[] = [];
  let revision = 5n;
  let failing: string | undefined;
  const ask = (what: string) => {
    asked.push(what);
    if (failing !== undefined && what.startsWith(failing))
      throw new EtcdError("OUT_OF_RANGE", "etcdserver: mvcc: required revision has been compacted");
  };
  const client = {
    range: async () => ({ revision, count: 0n, kvs: [] }),
    put: async () => ++revision,
    deleteRange: async (key: string) => ask(`delete ${key}`),
    txn: async ({ success }: { success: { put: string }[] }) => {
      revision++;
      ask(`write ${success.map(({ put }) => put).join(" ")} at ${revision}`);
      return { succeeded: true, revision };
    },
    compact: async (at: bigint) => ask(`compact ${at}`),
  };
  const tenancy = {
    client,
    isOurs: async () => ours,
    ensure: async (name: string) => {
      ask(`ensure ${name}`);
      return { prefix: `/${name}/` };
    },
  };
  const fail = (what: string) => {
    failing = what;
  };
  return { asked, fail, tenancy: tenancy as unknown as Tenancy };
}

function leaving() {
  const store = new MemoryStore();
  store.advance(20);
  void store.commit({ key: "minions/n", expected: 0, object: BYTES });
  const held: number[] = [];
  const hold = () => {
    // Somebody was quicker than the hold.
    void store.commit({ key: "minions/m", expected: 0, object: BYTES });
    held.push(store.revision);
    return store.snapshot()!;
  };
  const objects = {
    get revision() {
      return store.revision;
    },
    hold,
    signal: new AbortController().signal,
  };
  return { objects, held };
}

describe("objects that move to etcd", () => {
  it("come above the cluster's last revision, and history from before them is compacted", async () => {
    const { asked, tenancy } = etcd(false);
    const { objects, held } = leaving();
    await moveIn(tenancy, "a", objects);
    expect(held).toEqual([22]);
    const [, , at = ""] =
      /^(ensure a) write \/a\/minions\/n \/a\/minions\/m at (\d+) compact \2$/.exec(asked.join(" ")) ?? [];
    expect(Number(at)).toBeGreaterThan(22);
  });

  it("replace what an earlier try of ours has left, and somebody else may compact first", async () => {
    const { asked, fail, tenancy } = etcd(true);
    fail("compact");
    await moveIn(tenancy, "a", leaving().objects);
    expect(asked.join(" ")).toMatch(/^ensure a delete \/a\/ write .* compact \d+$/);
  });

  it("are not held when it has been given up, and have no place where revisions are too far apart", async () => {
    const { asked, tenancy } = etcd(false);
    const { objects, held } = leaving();
    await expect(moveIn(tenancy, "a", { ...objects, signal: AbortSignal.abort() })).rejects.toThrow();
    expect([held, asked]).toEqual([[], ["ensure a"]]);
    await checkPlace(tenancy, "a", 1_000_000);
    await expect(checkPlace(tenancy, "a", 2_000_000)).rejects.toThrow("more than 1000000 writes would be needed");
  });
});
