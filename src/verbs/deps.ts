import type { ClusterAccess } from "../auth/access-control.js";
import type { AnswerContext } from "../codec/answer-context.js";
import type { Sources } from "../kube/clock.js";
import type { Wheel } from "../kube/wheel.js";
import type { Registry } from "../schema/registry.js";
import type { SchemaTables } from "../schema/tables.js";
import type { Store } from "../store/store.js";
import type { HookList } from "../streams/hooks.js";
import type { CustomResources } from "./crd/custom-resources.js";

/** What the verbs of one cluster work with; all of it passed in. */
export interface ApiDeps {
  readonly tables: SchemaTables;
  /** As of now: definitions of custom resources come and go. */
  readonly registry: Registry;
  readonly custom: CustomResources;
  /** How answers are encoded; shared by all clusters of the version. */
  readonly answers: AnswerContext;
  /** Made on first use, so that a cluster nobody reads costs none. */
  readonly store: () => Store;
  readonly sources: Sources;
  readonly wheel: Wheel;
  /** "host:port" under which clients reach the cluster, for /api. */
  readonly serverAddress: string;
  /** Names of admission plugins that are off. */
  readonly disabledAdmission: ReadonlySet<string>;
  /** Range that cluster IPs are taken from. */
  readonly serviceCidr: string;
  readonly access: ClusterAccess;
  readonly clusterName: string;
  /** Who answers for pods, and what is behind proxies. */
  readonly streams: HookList;
}
