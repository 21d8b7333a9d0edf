import { nameProblem } from "../../cluster/names.js";
import { StartError } from "../../cluster/start-error.js";
import type { CertificateAuthority, KeyPair } from "../../pki/authority.js";
import { isBefore } from "../program.js";
import { ROOT, requireAuthentication } from "./authentication.js";
import { TenantCertificates } from "./certificates.js";
import { EtcdClient } from "./client.js";
import { COMPACT_KEY, Compactor } from "./compactor.js";
import type { EtcdConnection } from "./connection.js";
import { checkConnection, explained } from "./explain.js";
import { prefixEnd } from "./keys.js";
import { tellsProgress } from "./progress.js";
import type { Tenant } from "./tenant.js";

export type { Tenant } from "./tenant.js";

export interface TenancyOptions {
  /** The CA whose clients etcd trusts; RSA or EC. */
  readonly ca: CertificateAuthority;
  /** Where tenants' certificates are kept; by default they are made anew each time. */
  readonly dir?: string;
  /** Whose the tenants are, where several share an etcd. Default "fake-apiserver". */
  readonly owner?: string;
  /** Take over what is at a cluster's name and prefix already, whoever made it. */
  readonly adopt?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long history is kept, in milliseconds; 0: for ever, or as etcd's own flags say. Default: 5 minutes. */
  readonly historyMs?: number;
  /** Makes the client that all is done with. */
  readonly connect?: (connection: EtcdConnection) => EtcdClient;
  /** Told of what fails in the background. */
  readonly warn?: (message: string) => void;
}

/** Beside every tenant's prefix: which are there, and whose. It is written first and removed last. */
const TENANTS = "fake-apiserver/tenants/";

const HISTORY_MS = 5 * 60_000;
/** How long etcd is tried to be reached at first. */
const OPEN_MS = 5_000;

/** A shared etcd: a user, a role, a prefix and a certificate for each cluster. Its methods throw StartError. */
export class Tenancy {
  readonly #client: EtcdClient;
  readonly #connection: EtcdConnection;
  readonly #options: TenancyOptions;
  /** Of etcd. */
  readonly #version: string;
  readonly #certificates: TenantCertificates;
  readonly #compactor: Compactor | undefined;
  /** The end of what is being done for a cluster. */
  readonly #turns = new Map<string, Promise<unknown>>();

  private constructor(client: EtcdClient, version: string, connection: EtcdConnection, options: TenancyOptions) {
    this.#client = client;
    this.#connection = connection;
    this.#options = options;
    this.#version = version;
    this.#certificates = new TenantCertificates(options.ca, options.dir, options.now);
    const { historyMs = HISTORY_MS, warn } = options;
    const failed = (error: unknown) => {
      warn?.(`etcd: old revisions are kept: ${(explained(error, connection) as Error).message}`);
    };
    this.#compactor = historyMs === 0 ? undefined : new Compactor(client, historyMs, failed);
  }

  /**
   * Checks the connection and turns etcd's authentication on. A connection with neither user nor certificate gets a
   * certificate of the user root. @throws StartError that tells what to do
   */
  static async open(given: EtcdConnection, options: TenancyOptions): Promise<Tenancy> {
    checkConnection(given, options.now());
    const { user, client: pair } = given;
    const root = (): KeyPair => options.ca.issueClient(options.now(), { commonName: ROOT });
    const connection = {
      ...given,
      ca: given.ca ?? options.ca.certificate,
      // A certificate is needed to connect at all, also for who shows a password then.
      ...(pair === undefined ? { client: user === undefined ? root() : anyone(options) } : {}),
    };
    const client = (options.connect ?? ((to) => new EtcdClient(to)))(connection);
    try {
      const { version } = await client.status({ timeoutMs: OPEN_MS });
      if (isBefore(version, "3.4")) {
        throw new StartError(`etcd ${version} knows no users without a password: use 3.4 or later`, "invalid");
      }
      await requireAuthentication(client, connection);
      return new Tenancy(client, version, connection, options);
    } catch (error) {
      client.close();
      throw explained(error, connection);
    }
  }

  /** Makes what is missing of a cluster's user, role, rights and certificate. Can be repeated, and picks up half-way. */
  ensure(cluster: string): Promise<Tenant> {
    return this.#inTurn(cluster, async () => {
      const prefix = prefixOf(cluster);
      await this.#take(cluster, prefix);
      await this.#grant(cluster, prefix);
      const { endpoints, ca = this.#options.ca.certificate } = this.#connection;
      const noProgress = !tellsProgress(this.#version);
      return { name: cluster, prefix, endpoints, ca, client: this.#certificates.of(cluster), noProgress };
    });
  }

  /**
   * Whether the cluster's place is ours already. Nothing is written. @throws StartError when it is somebody else's, or
   * holds what strangers have made
   */
  isOurs(cluster: string): Promise<boolean> {
    return this.#inTurn(cluster, async () => {
      const owner = await this.#ownerOf(cluster, false);
      if (owner === undefined) await this.#refuseStrangers(cluster, prefixOf(cluster), false);
      return owner !== undefined;
    });
  }

  /** Deletes a cluster's keys, role, user and certificate. Can be repeated, and picks up half-way. */
  purge(cluster: string): Promise<void> {
    return this.#inTurn(cluster, async () => {
      const prefix = prefixOf(cluster);
      const { auth } = this.#client;
      // What others have made is taken over by a cluster that starts there, never by one that goes.
      const owner = await this.#ownerOf(cluster, false);
      if (owner === undefined) await this.#refuseStrangers(cluster, prefix, false);
      // First who writes, then what is written.
      await auth.deleteUser(cluster);
      await this.#client.deleteRange(prefix, { end: prefixEnd(prefix), timeoutMs: 60_000 });
      await auth.deleteRole(cluster);
      this.#certificates.remove(cluster);
      await this.#client.deleteRange(TENANTS + cluster);
    });
  }

  /** The clusters that this owner has in etcd. */
  async tenants(): Promise<string[]> {
    try {
      const { kvs } = await this.#client.range(TENANTS, { end: prefixEnd(TENANTS) });
      const own = kvs.filter(({ value }) => Buffer.from(value).toString() === this.#owner);
      return own.map(({ key }) => Buffer.from(key).toString().slice(TENANTS.length));
    } catch (error) {
      throw explained(error, this.#connection);
    }
  }

  /** As root, for what concerns all of etcd: its revision, a tenant's keys from outside. */
  get client(): EtcdClient {
    return this.#client;
  }

  close(): void {
    this.#compactor?.stop();
    this.#client.close();
  }

  get #owner(): string {
    return this.#options.owner ?? "fake-apiserver";
  }

  /** Makes the name and the prefix the cluster's, once nobody else has them. */
  async #take(cluster: string, prefix: string): Promise<void> {
    const { adopt = false } = this.#options;
    const key = TENANTS + cluster;
    const owner = await this.#ownerOf(cluster, adopt);
    if (owner === this.#owner) return;
    await this.#refuseStrangers(cluster, prefix, adopt);
    const unchanged = owner === undefined ? { key, modRevision: 0n } : { key, value: owner };
    await this.#client.txn({ when: [unchanged], success: [{ put: key, value: this.#owner }] });
    await this.#ownerOf(cluster, false); // somebody may have been first
  }

  /** Whose it is; undefined: nobody's, as far as that is written down. @throws StartError when it is somebody else's */
  async #ownerOf(cluster: string, adopt: boolean): Promise<string | undefined> {
    const found = await this.#client.get(TENANTS + cluster);
    const owner = found && Buffer.from(found.value).toString();
    if (owner === undefined || owner === this.#owner || adopt) return owner;
    throw new StartError(
      `cluster ${cluster}: ${prefixOf(cluster)} in etcd belongs to another fleet (${JSON.stringify(owner)}): ` +
        `give the cluster another name, delete it there, ${OR_ADOPT}`,
      "conflict",
    );
  }

  async #refuseStrangers(cluster: string, prefix: string, adopt: boolean): Promise<void> {
    if (adopt) return;
    const { auth } = this.#client;
    const { count } = await this.#client.range(prefix, { end: prefixEnd(prefix), countOnly: true });
    const found = [
      ...(count > 0n ? [`${count} keys below ${prefix}`] : []),
      ...((await auth.user(cluster)) === undefined ? [] : [`a user ${cluster}`]),
      ...((await auth.role(cluster)) === undefined ? [] : [`a role ${cluster}`]),
    ];
    if (found.length === 0) return;
    throw new StartError(
      `cluster ${cluster}: etcd has ${found.join(" and ")} already, not made by us: give the cluster another name, ` +
        `remove them, ${OR_ADOPT}`,
      "conflict",
    );
  }

  /** Writes only what is missing: each change of users and roles makes etcd turn others' requests away for a moment. */
  async #grant(cluster: string, prefix: string): Promise<void> {
    const { auth } = this.#client;
    const [role, roles] = [await auth.role(cluster), await auth.user(cluster)];
    const may = (key: string) => role?.some((right) => Buffer.from(right.key).toString() === key) ?? false;
    if (role === undefined) await auth.addRole(cluster);
    if (!may(prefix)) await auth.grantReadWrite(cluster, prefix, prefixEnd(prefix));
    if (!may(COMPACT_KEY)) await auth.grantRead(cluster, COMPACT_KEY);
    if (roles === undefined) await auth.addUser(cluster);
    if (!roles?.includes(cluster)) await auth.grantRole(cluster, cluster);
  }

  async #inTurn<T>(cluster: string, act: () => Promise<T>): Promise<T> {
    const problem = cluster === ROOT ? "etcd's own user has the name root: give it another" : nameProblem(cluster);
    if (problem !== undefined) throw new StartError(`cluster ${cluster}: ${problem}`, "invalid", "name");
    const before = this.#turns.get(cluster) ?? Promise.resolve();
    const turn = before.then(act, act);
    const settled = turn.catch(() => undefined);
    this.#turns.set(cluster, settled);
    try {
      return await turn;
    } catch (error) {
      throw explained(error, this.#connection, `cluster ${cluster}`);
    } finally {
      if (this.#turns.get(cluster) === settled) this.#turns.delete(cluster);
    }
  }
}

const OR_ADOPT = "or take them over by --etcd-adopt";

/** "/CLUSTER/": no name is the beginning of another's prefix. */
export function prefixOf(cluster: string): string {
  return `/${cluster}/`;
}

/** Who may connect and do nothing. */
function anyone({ ca, now }: TenancyOptions): KeyPair {
  return ca.issueClient(now(), { commonName: "fake-apiserver" });
}
