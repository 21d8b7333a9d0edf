import type { KubeClient } from "../client/client.js";
import type { KubeObject } from "../kube/json.js";
import { recordEvent } from "./api/events.js";

/** What can be amiss with a Cluster; the reasons of the Events that tell of it. */
export type Trouble =
  | "SecretMissing"
  | "InvalidSecret"
  | "CertificateAuthorityChanged"
  | "CredentialChanged"
  | "EndpointTaken"
  | "EndpointFailed"
  | "NodeRejected"
  | "MachineConflict"
  | "InfrastructureFailed";

/** What is amiss with one Cluster: told once when it begins, and once when it is mended. */
export class Troubles {
  readonly #api: KubeClient;
  readonly #failed: (error: unknown) => void;
  readonly #present = new Map<string, { readonly reason: Trouble; readonly message: string }>();

  constructor(api: KubeClient, failed: (error: unknown) => void) {
    this.#api = api;
    this.#failed = failed;
  }

  /** `about` tells several of a kind apart. */
  async begin(cluster: KubeObject, reason: Trouble, message: string, about = ""): Promise<void> {
    const id = `${reason}/${about}`;
    if (this.#present.get(id)?.message === message) return;
    if (await this.#tell(cluster, "Warning", reason, message)) this.#present.set(id, { reason, message });
  }

  async end(cluster: KubeObject, reason: Trouble, about = ""): Promise<void> {
    const id = `${reason}/${about}`;
    const trouble = this.#present.get(id);
    if (trouble === undefined) return;
    if (await this.#tell(cluster, "Normal", reason, `Mended: ${trouble.message}`)) this.#present.delete(id);
  }

  /** Those that an attempt may end in. */
  async endAll(cluster: KubeObject, reasons: readonly Trouble[]): Promise<void> {
    for (const reason of reasons) await this.end(cluster, reason);
  }

  /** Those that were about what is no more: `left` is. */
  async endOthers(cluster: KubeObject, left: ReadonlySet<string>): Promise<void> {
    for (const [id, { reason }] of this.#present) {
      const about = id.slice(reason.length + 1);
      if (about !== "" && !left.has(about)) await this.end(cluster, reason, about);
    }
  }

  /** What could not be told is told at the next attempt. */
  async #tell(cluster: KubeObject, type: "Normal" | "Warning", reason: Trouble, message: string): Promise<boolean> {
    try {
      await recordEvent(this.#api, cluster, type, reason, message);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }
}
