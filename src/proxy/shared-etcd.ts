import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Leaving } from "../cluster/reals.js";
import { StartError } from "../cluster/start-error.js";
import type { CertificateAuthority } from "../pki/authority.js";
import type { EtcdClient } from "./etcd/client.js";
import type { EtcdConnection } from "./etcd/connection.js";
import { explained } from "./etcd/explain.js";
import { LeftBehind } from "./etcd/left-behind.js";
import { type ManagedEtcd, startManagedEtcd } from "./etcd/managed.js";
import { prefixOf, Tenancy, type Tenant } from "./etcd/tenancy.js";
import { writePrivate } from "./pki.js";
import { type EtcdContent, readContent } from "./promote/import.js";
import { checkPlace, moveIn } from "./promote/move.js";
import type { SharedEtcd } from "./real-servers.js";
import { fileFailure } from "./runtime/failures.js";

/** How an etcd is reached, and whose clients it lets in. */
export interface GivenEtcd {
  readonly connection: EtcdConnection;
  readonly ca: CertificateAuthority;
}

/** Which etcd passthrough clusters share: one that is there, or one of our own. */
export type EtcdChoice = (
  | (GivenEtcd & {
      readonly managed?: false;
      /** The same as its files have it now: asked after a failure, so that what is mended counts without a restart. */
      readonly reread?: () => GivenEtcd;
    })
  | { readonly managed: true; readonly dataDir: string; readonly binary?: string }
) & {
  /** Whether prefixes, users and roles that others have made are taken over. */
  readonly adopt?: boolean;
};

export interface SharedEtcdParts {
  /** Where tenants' certificates are kept, and who we are to etcd. */
  readonly dir: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Logger;
}

/** How often what is left behind is tried to be deleted. */
const PURGE_MS = 15_000;
/** How long an etcd that is asked how it does has time to answer. */
const DIAGNOSE_MS = 2_000;

/** An etcd that is connected to when somebody needs it; a failure is told to whoever asked, and not remembered. */
export class LazyEtcd implements SharedEtcd {
  readonly #choice: EtcdChoice;
  readonly #parts: SharedEtcdParts;
  readonly #left: LeftBehind;
  /** What a given etcd was reached by last. */
  #given: GivenEtcd | undefined;
  #managed: Promise<ManagedEtcd> | undefined;
  #running: ManagedEtcd | undefined;
  #tenancy: Promise<Tenancy> | undefined;
  #purging: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(choice: EtcdChoice, parts: SharedEtcdParts) {
    this.#choice = choice;
    this.#parts = parts;
    this.#left = new LeftBehind(join(parts.dir, "left-behind"));
  }

  async tenant(cluster: string): Promise<Tenant> {
    return this.#with(async (tenancy) => {
      if (this.#left.names.has(cluster)) await this.#purge(tenancy, cluster);
      return tenancy.ensure(cluster);
    });
  }

  /** As root, for who keeps objects there. It is closed when there is another way in, and when all ends. */
  async root(): Promise<EtcdClient> {
    return this.#with(async (tenancy) => tenancy.client);
  }

  async purge(cluster: string): Promise<void> {
    this.#left.add(cluster);
    try {
      await this.#with((tenancy) => this.#purge(tenancy, cluster));
    } catch (error) {
      this.#purgeLater();
      const cause = (error as Error).message.replace(`cluster ${cluster}: `, "");
      throw new StartError(
        `cluster ${cluster}: its keys, role and user are left behind in etcd: ${cause}; they are deleted when it answers, ` +
          "also after a restart on the same folder",
      );
    }
  }

  check(cluster: string, revision: number): Promise<void> {
    return this.#for(cluster, (tenancy) => checkPlace(tenancy, cluster, revision));
  }

  take(cluster: string, objects: Leaving): Promise<void> {
    return this.#for(cluster, async (tenancy) => {
      if (this.#left.names.has(cluster)) await this.#purge(tenancy, cluster);
      await moveIn(tenancy, cluster, objects);
    });
  }

  give(cluster: string): Promise<EtcdContent> {
    return this.#for(cluster, ({ client }) => readContent(client, prefixOf(cluster)));
  }

  async diagnose(): Promise<string | undefined> {
    try {
      const tenancy = await this.#open();
      await tenancy.client.status({ timeoutMs: DIAGNOSE_MS }).catch((error: unknown) => {
        throw explained(error, tenancy.client.connection);
      });
      return undefined;
    } catch (error) {
      return this.#running?.problem ?? (error as Error).message;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#purging);
    const tenancy = await this.#tenancy?.catch(() => undefined);
    tenancy?.close();
    const managed = await this.#managed?.catch(() => undefined);
    await managed?.stop();
  }

  /** What is not ours stays: a cluster that was refused for its sake is as good as purged. */
  async #purge(tenancy: Tenancy, cluster: string): Promise<void> {
    await tenancy.purge(cluster).catch((error: unknown) => {
      if (!(error instanceof StartError && error.problem === "conflict")) throw error;
    });
    this.#left.remove(cluster);
  }

  #purgeLater(): void {
    if (this.#closed || this.#left.names.size === 0) return;
    this.#purging ??= setTimeout(async () => {
      this.#purging = undefined;
      for (const cluster of [...this.#left.names]) {
        if (!this.#left.names.has(cluster)) continue; // somebody has taken the name up meanwhile
        try {
          await this.#with((tenancy) => this.#purge(tenancy, cluster));
          this.#parts.log.info({ cluster }, "what was left behind in etcd is deleted");
        } catch {
          break; // told when it was left behind; what holds for one holds for all
        }
      }
      this.#purgeLater();
    }, PURGE_MS).unref();
  }

  /** @throws StartError that names the cluster */
  #for<T>(cluster: string, act: (tenancy: Tenancy) => Promise<T>): Promise<T> {
    return this.#with(async (tenancy) => {
      try {
        return await act(tenancy);
      } catch (error) {
        throw explained(error, tenancy.client.connection, `cluster ${cluster}`);
      }
    });
  }

  /** When it fails by what is replaced just then, it is tried again with what is there now. */
  async #with<T>(act: (tenancy: Tenancy) => Promise<T>): Promise<T> {
    try {
      this.#renew();
    } catch {
      // Files that can't be read now have been read before, and may still do.
    }
    const opening = this.#open();
    try {
      return await act(await opening);
    } catch (error) {
      if (this.#closed) throw error;
      this.#renew();
      if (this.#tenancy === undefined || this.#tenancy === opening) throw error;
      return act(await this.#tenancy);
    }
  }

  /** Comes in by what the files say, if that is not what they said before. @throws Error of a file */
  #renew(): void {
    const { reread } = this.#choice.managed ? {} : this.#choice;
    const given = this.#given && reread?.();
    if (given === undefined || this.#given === undefined || isSame(given, this.#given)) return;
    const before = this.#tenancy;
    this.#given = given;
    this.#tenancy = undefined;
    before?.then(
      (tenancy) => tenancy.close(),
      () => undefined,
    );
    this.#open();
  }

  #open(): Promise<Tenancy> {
    if (this.#closed) throw new Error("the fleet is ending");
    if (this.#tenancy !== undefined) return this.#tenancy;
    const opening = this.#connect();
    this.#tenancy = opening;
    opening.then(
      () => this.#purgeLater(),
      () => {
        if (this.#tenancy === opening) this.#tenancy = undefined;
      },
    );
    return opening;
  }

  async #connect(): Promise<Tenancy> {
    const { dir, now, log } = this.#parts;
    const owner = ownerIn(dir);
    const { connection, ca } = this.#choice.managed ? await this.#start() : this.#giving(this.#choice);
    const { adopt = false } = this.#choice;
    return Tenancy.open(connection, { ca, dir, now, owner, adopt, warn: (message) => log.warn(message) });
  }

  #giving(choice: GivenEtcd): GivenEtcd {
    this.#given ??= { connection: choice.connection, ca: choice.ca };
    return this.#given;
  }

  #start(): Promise<ManagedEtcd> {
    const choice = this.#choice;
    if (!choice.managed) throw new Error("not ours to start");
    const { now, log } = this.#parts;
    const { dataDir, binary } = choice;
    this.#managed ??= startManagedEtcd({ dataDir, now, log, ...(binary === undefined ? {} : { binary }) }).then(
      (etcd) => {
        this.#running = etcd;
        return etcd;
      },
      (error: unknown) => {
        this.#managed = undefined;
        throw error;
      },
    );
    return this.#managed;
  }
}

function isSame(one: GivenEtcd, other: GivenEtcd): boolean {
  const text = ({ connection, ca }: GivenEtcd) => JSON.stringify([connection, ca.pair]);
  return text(one) === text(other);
}

/** The name by which etcd knows this fleet, over all its starts on a folder. @throws StartError */
function ownerIn(dir: string): string {
  const file = join(dir, "owner");
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw fileFailure(error);
  }
  const made = randomUUID();
  try {
    writePrivate(file, made);
    return made;
  } catch (error) {
    throw fileFailure(error);
  }
}
