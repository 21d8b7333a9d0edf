import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { Keeper } from "../../cluster/keeper.js";
import { StartError } from "../../cluster/start-error.js";
import { internalError } from "../../kube/errors.js";
import { ApiError } from "../../kube/status.js";
import type { Registry } from "../../schema/registry.js";
import type { SchemaTables } from "../../schema/tables.js";
import { EtcdError } from "../etcd/error.js";
import { prefixEnd } from "../etcd/keys.js";
import type { LeftBehind } from "../etcd/left-behind.js";
import { writePrivate } from "../pki.js";
import { EtcdKeeper } from "./etcd-keeper.js";
import { Layout, type StoreClient } from "./layout.js";
import { Session } from "./session.js";
import { notServed, refused } from "./troubles.js";

export interface EtcdStoresParts {
  /** Reaches etcd as root. @throws StartError */
  readonly connect: () => Promise<StoreClient>;
  readonly tables: SchemaTables;
  readonly registry: Registry;
  /** The name of the folder that this process runs on, which outlives it. @throws Error of a file */
  readonly fleet: () => string;
  /** Clusters that are gone while etcd could not be told. */
  readonly left: Pick<LeftBehind, "names" | "add" | "remove">;
  /** How long others wait before they take over from a process that has stopped, in seconds. Default {@link TTL}. */
  readonly ttl?: number;
  /** How long etcd may take to answer before a write is tried again, in milliseconds. */
  readonly attemptMs?: number;
  readonly log: Logger;
}

/** Long enough for an etcd that elects a leader, short enough for clients that wait for another process. */
const TTL = 15;

/** Beside every tenant's prefix: which are there, and whose. See Tenancy. */
const TENANTS = "fake-apiserver/tenants/";
/** Of no fleet in particular: emulated clusters go from process to process. */
const ANYBODY = "emulated";

interface Owner {
  /** Which process. */
  readonly instance: string;
  /** Which folder it runs on, that no two processes run on at a time. */
  readonly fleet: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** The emulated clusters of a process that keep their objects in a shared etcd. */
export class EtcdStores {
  readonly #parts: EtcdStoresParts;
  readonly #instance = randomUUID();
  #session: Promise<Session> | undefined;
  /** What is being done to a cluster, by name: one thing after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(parts: EtcdStoresParts) {
    this.#parts = parts;
  }

  /**
   * Takes a cluster up, until `signal` is aborted. `lost`: it is not ours any more.
   * @throws ApiError, 503 while another process serves it
   */
  open(cluster: string, signal: AbortSignal, lost: () => void): Promise<Keeper> {
    return this.#inTurn(cluster, async () => {
      const session = await this.#held();
      const layout = new Layout(`/${cluster}/`);
      if (this.#parts.left.names.has(cluster)) await this.#empty(session, cluster, layout, true);
      await this.#take(session, cluster, layout);
      const claim = await this.#claim(session, cluster, layout);
      const { tables, registry, log, attemptMs } = this.#parts;
      const stopListening = session.onEnd(() => lost());
      const release = () => {
        stopListening();
        void this.#inTurn(cluster, () => this.#release(session, layout, claim)).catch(() => undefined);
      };
      if (signal.aborted) release();
      else signal.addEventListener("abort", release, { once: true });
      const told = (cause: Error) => {
        log.warn({ err: cause, cluster }, "a cluster's objects in etcd are taken up anew");
        lost();
      };
      return EtcdKeeper.open({ cluster, session, layout, claim, tables, registry, lost: told, attemptMs });
    }).catch((error: unknown) => {
      throw answered(error);
    });
  }

  /** Forgets a cluster's objects; a later one of that name is new. Its store has been closed. @throws StartError */
  reset(cluster: string): Promise<void> {
    return this.#emptied(cluster, false);
  }

  /** Forgets all of a cluster; what can't be deleted now is deleted before a later one has the name. @throws StartError */
  forget(cluster: string): Promise<void> {
    this.#parts.left.add(cluster);
    return this.#emptied(cluster, true);
  }

  /** Gives back what this process has; stores have been closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#turns.values());
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  #emptied(cluster: string, all: boolean): Promise<void> {
    return this.#inTurn(cluster, async () =>
      this.#empty(await this.#held(), cluster, new Layout(`/${cluster}/`), all),
    ).catch((error: unknown) => {
      throw new StartError(`cluster ${cluster}: its objects are left behind in etcd: ${(error as Error).message}`);
    });
  }

  async #empty(session: Session, cluster: string, layout: Layout, all: boolean): Promise<void> {
    const { client } = session;
    const { prefix, owner: key } = layout;
    const { kvs } = await client.range(TENANTS + cluster);
    // Otherwise nobody has used it yet, or it is not ours to empty.
    if (Buffer.from(kvs[0]?.value ?? []).toString() === ANYBODY) {
      const claim = await this.#claim(session, cluster, layout);
      const when = [{ key, modRevision: BigInt(claim) }];
      const mark = all ? [{ delete: TENANTS + cluster }] : [];
      await client.txn({ when, success: [{ delete: prefix, end: prefixEnd(prefix) }, ...mark] }, { timeoutMs: 60_000 });
    }
    if (all) this.#parts.left.remove(cluster);
  }

  /** The session of this process, made anew when it has ended. */
  async #held(): Promise<Session> {
    if (this.#closed) throw notServed("the fleet is ending");
    const before = this.#session;
    const made = await before?.catch(() => undefined);
    // Somebody else may have begun meanwhile.
    if (this.#session === before && (made === undefined || made.ended)) {
      const { connect, ttl = TTL, log } = this.#parts;
      this.#session = connect().then((client) => Session.open(client, { ttl, log }));
    }
    return this.#session!;
  }

  /** Makes the prefix an emulated cluster's, unless it is somebody else's. */
  async #take({ client }: Session, cluster: string, { prefix }: Layout): Promise<void> {
    const key = TENANTS + cluster;
    const { kvs } = await client.range(key);
    const owner = kvs[0] && Buffer.from(kvs[0].value).toString();
    if (owner === ANYBODY) return;
    if (owner !== undefined) {
      throw internalError(
        `cluster ${cluster}: ${prefix} in etcd belongs to a cluster with a real server: give this one another name`,
      );
    }
    const { count } = await client.range(prefix, { end: prefixEnd(prefix), countOnly: true });
    if (count > 0n) {
      throw internalError(
        `cluster ${cluster}: etcd has ${count} keys below ${prefix} already, not made by us: give the cluster another ` +
          "name, or remove them",
      );
    }
    await client.txn({ when: [{ key, modRevision: 0n }], success: [{ put: key, value: ANYBODY }] });
  }

  /** Makes the cluster ours while the session lasts. Resolves with the revision of that. */
  async #claim({ client, lease }: Session, cluster: string, { owner: key }: Layout): Promise<number> {
    const me: Owner = {
      ...{ instance: this.#instance, fleet: this.#parts.fleet(), host: hostname(), pid: process.pid },
      since: new Date().toISOString(),
    };
    const success = [{ put: key, value: JSON.stringify(me), lease }];
    let expected = 0n;
    for (;;) {
      const when = [{ key, modRevision: expected }];
      const { succeeded, revision, found } = await client.txn({ when, success, failure: [{ range: key }] });
      if (succeeded) return Number(revision);
      const there = found[0]?.[0];
      expected = there?.modRevision ?? 0n;
      if (there === undefined) continue;
      const owner = JSON.parse(Buffer.from(there.value).toString()) as Owner;
      const { instance, host, pid, since } = owner;
      // Ours, from before or until it was killed: whatever it may still be about to write asks for the key as it was.
      if (instance === this.#instance || this.#hasDied(owner)) continue;
      throw notServed(
        `cluster ${cluster} is served by another process (${pid} on ${host}, since ${since}): stop it there; when it has ` +
          `died, this takes ${this.#parts.ttl ?? TTL} s`,
      );
    }
  }

  /** Whether it certainly has, so that nobody needs to wait for its lease to end. */
  #hasDied({ fleet, host, pid }: Owner): boolean {
    return fleet === this.#parts.fleet() && host === hostname() && pid !== process.pid && !isAlive(pid);
  }

  async #release({ client, ended }: Session, { owner: key }: Layout, claim: number): Promise<void> {
    if (ended || client.closed) return;
    const when = [{ key, modRevision: BigInt(claim) }];
    await client.txn({ when, success: [{ delete: key }] }, { timeoutMs: 2_000 });
  }

  async #inTurn<T>(cluster: string, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(cluster) ?? Promise.resolve();
    const turn = before.then(act, act);
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#turns.get(cluster) === settled) this.#turns.delete(cluster);
      });
    this.#turns.set(cluster, settled);
    return turn;
  }
}

/** What a client is told when its cluster can't be taken up. */
function answered(error: unknown): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof EtcdError) return refused(error);
  if (error instanceof StartError) return internalError(error.message);
  return error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The name of a folder: made once, and then what is in the file. @throws Error of a file */
export function nameIn(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = randomUUID();
  writePrivate(file, made);
  return made;
}
