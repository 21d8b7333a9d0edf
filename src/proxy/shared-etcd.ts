import type { Logger } from "pino";
import type { CertificateAuthority } from "../pki/authority.js";
import type { EtcdConnection } from "./etcd/connection.js";
import { type ManagedEtcd, startManagedEtcd } from "./etcd/managed.js";
import { Tenancy, type Tenant } from "./etcd/tenancy.js";
import type { SharedEtcd } from "./real-servers.js";

/** Which etcd passthrough clusters share: one that is there, or one of our own. */
export type EtcdChoice =
  | { readonly managed?: false; readonly connection: EtcdConnection; readonly ca: CertificateAuthority }
  | { readonly managed: true; readonly dataDir: string; readonly binary?: string };

export interface SharedEtcdParts {
  /** Where tenants' certificates are kept. */
  readonly dir: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

/** An etcd that is connected to when somebody needs it; a failure is told to whoever asked, and not remembered. */
export class LazyEtcd implements SharedEtcd {
  readonly #choice: EtcdChoice;
  readonly #parts: SharedEtcdParts;
  #managed: Promise<ManagedEtcd> | undefined;
  #tenancy: Promise<Tenancy> | undefined;
  #closed = false;

  constructor(choice: EtcdChoice, parts: SharedEtcdParts) {
    this.#choice = choice;
    this.#parts = parts;
  }

  async tenant(cluster: string): Promise<Tenant> {
    return (await this.#open()).ensure(cluster);
  }

  async purge(cluster: string): Promise<void> {
    await (await this.#open()).purge(cluster);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const tenancy = await this.#tenancy?.catch(() => undefined);
    tenancy?.close();
    const managed = await this.#managed?.catch(() => undefined);
    await managed?.stop();
  }

  #open(): Promise<Tenancy> {
    if (this.#closed) throw new Error("the fleet is ending");
    this.#tenancy ??= this.#connect().catch((error: unknown) => {
      this.#tenancy = undefined;
      throw error;
    });
    return this.#tenancy;
  }

  async #connect(): Promise<Tenancy> {
    const { dir, now, log } = this.#parts;
    const { connection, ca } = this.#choice.managed ? await this.#start() : this.#choice;
    const warn = (message: string) => log.warn(message);
    return Tenancy.open(connection, { ca, dir, now, warn });
  }

  #start(): Promise<ManagedEtcd> {
    const choice = this.#choice;
    if (!choice.managed) throw new Error("not ours to start");
    const { now, log } = this.#parts;
    const { dataDir, binary } = choice;
    this.#managed ??= startManagedEtcd({ dataDir, now, log, ...(binary === undefined ? {} : { binary }) }).catch(
      (error: unknown) => {
        this.#managed = undefined;
        throw error;
      },
    );
    return this.#managed;
  }
}
