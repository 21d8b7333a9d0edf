import { onTestFinished } from "vitest";
import { commonGrants } from "../../src/auth/rbac/rule-index.js";
import { bootstrapIdentity, bootstrapLayer, firstAddress } from "../../src/cluster/bootstrap.js";
import type { Backend, CreateBackend } from "../../src/cluster/cluster.js";
import type { Content } from "../../src/cluster/content.js";
import { DataFolder } from "../../src/cluster/data-folder.js";
import { emulator } from "../../src/cluster/emulated.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { commonFlows } from "../../src/cluster/flow.js";
import { keepInLog } from "../../src/cluster/keeper.js";
import type { RealServer } from "../../src/cluster/real-server.js";
import type { Leaving, Reals } from "../../src/cluster/reals.js";
import { answerContext } from "../../src/codec/answer-context.js";
import { realSources } from "../../src/kube/sources.js";
import { Wheel } from "../../src/kube/wheel.js";
import { exportObjects } from "../../src/proxy/promote/export.js";
import { type EtcdContent, importContent } from "../../src/proxy/promote/import.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { HistoryBudget } from "../../src/store/history-budget.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import { SharedParts } from "../../src/store/shared-parts.js";
import { HookList } from "../../src/streams/hooks.js";
import { json, silent, testFleet } from "../server/support.js";

const CIDR = "10.96.0.0/16";

/** Real servers that answer with how many objects they have, on an etcd in memory. */
export class FakeReals implements Reals {
  readonly etcd = new Map<string, EtcdContent["values"]>();
  revision = 1_000_000n;
  /** What has been done, in order. */
  readonly done: string[] = [];
  /** Runs before a step, and may fail it. */
  before: (step: string) => void | Promise<void> = () => undefined;

  readonly create: CreateBackend = async ({ name }, signal): Promise<Backend> => {
    await this.#step("create");
    signal.addEventListener("abort", () => this.done.push("end"));
    const answer = async () => json({ real: this.etcd.get(name)?.length });
    const real: RealServer = {
      ...{ proxy: "terminate", state: { phase: "ready", restarts: 0 }, forward: answer, lead: async () => undefined },
      ready: () => this.#step("ready"),
    };
    return { handler: answer, real };
  };

  admit(): void {}

  async check(): Promise<void> {
    await this.#step("check");
  }

  async take(name: string, objects: Leaving): Promise<void> {
    await this.#step("take");
    const snapshot = objects.hold();
    this.etcd.set(name, []);
    await this.#step("write");
    this.revision += BigInt(snapshot.revision);
    const values = [...exportObjects(snapshot, "")];
    this.etcd.set(
      name,
      values.map((each) => ({ ...each, revision: ++this.revision })),
    );
  }

  async give(name: string): Promise<Content> {
    await this.#step("give");
    const content = { revision: this.revision, values: this.etcd.get(name) ?? [] };
    return async (to) => {
      await importContent(content, to);
      await this.#step("import");
    };
  }

  async clear(name: string): Promise<void> {
    await this.#step("clear");
    this.etcd.delete(name);
  }

  forget(name: string): Promise<void> {
    return this.clear(name);
  }

  async ended(): Promise<void> {}

  async close(): Promise<void> {}

  async #step(name: string): Promise<void> {
    await this.before(name);
    this.done.push(name);
  }
}

/** A fleet of one cluster, whose real servers are `reals`. */
export async function movable(reals: Reals & { readonly create: CreateBackend }, dir?: string): Promise<Fleet> {
  const shared = new SharedParts();
  const report = (error: unknown) => {
    throw error;
  };
  const data =
    dir === undefined
      ? undefined
      : new DataFolder(dir, { sync: "interval", seed: undefined, fresh: false, shared, report });
  const tables = loadTables("1.34");
  const registry = builtinRegistry(tables);
  const base = bootstrapLayer(tables, registry, { serviceCidr: CIDR, serviceIp: firstAddress(CIDR) });
  const nobody = { seed: "", cluster: "", created: 0, address: "", port: 0, certificate: "" };
  const sample = () => new MemoryStore({ base: base.tenant(bootstrapIdentity(nobody)) });
  const emulate = emulator({
    ...{ tables, registry, base, shared, seed: "seed", serviceCidr: CIDR, manifests: [], controllers: [], tokens: [] },
    ...{ authorizationMode: "RBAC", disabledAdmission: new Set(["ServiceAccount"]), report, wheel: new Wheel() },
    answers: answerContext(tables, () => Date.now()),
    budget: new HistoryBudget({}),
    sourcesFor: () => realSources,
    keep: data && keepInLog((cluster) => data.open(cluster), report),
    commonGrants: () => commonGrants(sample()),
    commonFlows: () => commonFlows(sample()),
    streams: new HookList(),
  });
  const createBackend: CreateBackend = (cluster, signal, kind = cluster.kind) =>
    (kind.type === "emulated" ? emulate : reals.create)(cluster, signal, kind);
  const fleet = await testFleet(
    undefined,
    { clusters: 1, log: silent, ...(data === undefined ? {} : { data }) },
    { createBackend, reals },
  );
  onTestFinished(() => fleet.close());
  return fleet;
}
