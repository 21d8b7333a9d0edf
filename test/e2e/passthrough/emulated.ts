import { commonGrants } from "../../../src/auth/rbac/rule-index.js";
import { bootstrapIdentity, bootstrapLayer, firstAddress } from "../../../src/cluster/bootstrap.js";
import type { Cluster } from "../../../src/cluster/cluster.js";
import { emulator } from "../../../src/cluster/emulated.js";
import { commonFlows } from "../../../src/cluster/flow.js";
import { createIdentity } from "../../../src/cluster/identity.js";
import { answerContext } from "../../../src/codec/answer-context.js";
import { LocalClient } from "../../../src/kube/local-client.js";
import { realSources } from "../../../src/kube/sources.js";
import { Wheel } from "../../../src/kube/wheel.js";
import type { CertificateAuthority } from "../../../src/pki/authority.js";
import { LazyTokenKey } from "../../../src/pki/tokens.js";
import type { Registry } from "../../../src/schema/registry.js";
import { builtinRegistry } from "../../../src/schema/registry-builtin.js";
import { loadTables } from "../../../src/schema/tables.js";
import { HistoryBudget } from "../../../src/store/history-budget.js";
import { MemoryStore } from "../../../src/store/memory-store.js";
import { SharedParts } from "../../../src/store/shared-parts.js";
import type { Store } from "../../../src/store/store.js";
import { HookList } from "../../../src/streams/hooks.js";

export const SERVICE_CIDR = "10.96.0.0/16";

/** An emulated cluster without a listener, with its store at hand. */
export interface Emulated {
  readonly api: LocalClient;
  readonly store: Store;
  readonly registry: () => Registry;
  close(): void;
}

export async function emulated(authority: CertificateAuthority): Promise<Emulated> {
  const tables = loadTables("1.34");
  const registry = builtinRegistry(tables);
  const base = bootstrapLayer(tables, registry, { serviceCidr: SERVICE_CIDR, serviceIp: firstAddress(SERVICE_CIDR) });
  const nobody = { seed: "", cluster: "", created: 0, address: "", port: 0, certificate: "" };
  const sample = () => new MemoryStore({ base: base.tenant(bootstrapIdentity(nobody)) });
  let acted: { readonly store: Store; readonly registry: () => Registry } | undefined;
  const create = emulator({
    tables,
    registry,
    base,
    answers: answerContext(tables, () => Date.now()),
    budget: new HistoryBudget({}),
    shared: new SharedParts(),
    wheel: new Wheel(),
    sourcesFor: () => realSources,
    seed: "seed",
    serviceCidr: SERVICE_CIDR,
    disabledAdmission: new Set(["ServiceAccount"]),
    manifests: [],
    authorizationMode: "RBAC",
    controllers: [
      async (on) => {
        acted = on;
      },
    ],
    report: (error) => {
      throw error;
    },
    commonGrants: () => commonGrants(sample()),
    commonFlows: () => commonFlows(sample()),
    tokens: [],
    streams: new HookList(),
  });
  const stop = new AbortController();
  const cluster = {
    name: "c",
    index: 1,
    endpoint: { host: "127.0.0.1", port: 6443 },
    tokenKey: new LazyTokenKey(),
    identity: () => Promise.resolve(createIdentity(Date.now(), authority)),
    takeContent: () => undefined,
  } as unknown as Cluster;
  const { handler } = await create(cluster, stop.signal);
  if (acted === undefined) throw new Error("no controller has been started");
  return {
    api: new LocalClient(handler, "test"),
    ...{ store: acted.store, registry: acted.registry },
    close: () => stop.abort(),
  };
}
