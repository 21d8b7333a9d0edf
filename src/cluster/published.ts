import { type Access, kubeconfig, kubeconfigText } from "../pki/kubeconfig.js";
import type { Cluster } from "./cluster.js";
import type { Output } from "./output.js";

/** Up to so many clusters the files that tell of all of them are written at every change. */
const FEW = 100;

/** How much of the time may go into writing them where there are more. */
const SHARE = 1 / 20;

/** The files that tell of all clusters: the merged kubeconfig, and the record by which commands find the fleet. */
export class Published {
  readonly #clusters: ReadonlyMap<string, Cluster>;
  readonly #output: Output | undefined;
  readonly #eager: boolean;
  /** What the merged kubeconfig holds. */
  readonly #accesses = new Map<string, Access>();
  #due: NodeJS.Timeout | undefined;
  #tookMs = 0;
  #adminUrl: string | undefined;

  /** `eager`: whether there are kubeconfigs without anybody asking. */
  constructor(clusters: ReadonlyMap<string, Cluster>, output: Output | undefined, eager: boolean) {
    this.#clusters = clusters;
    this.#output = output;
    this.#eager = eager;
  }

  announceAdmin(url: string): void {
    this.#adminUrl = url;
    this.writeRecord();
  }

  add(name: string, access: Access): void {
    this.#accesses.set(name, access);
  }

  remove(name: string): void {
    if (this.#accesses.delete(name)) this.#output?.removeKubeconfig(name);
  }

  /** Writes them at once, or where that would be much for each of many changes, soon. */
  change(): void {
    if (this.#clusters.size <= FEW || this.#tookMs === 0) this.#write();
    else this.#due ??= setTimeout(() => this.#write(), this.#tookMs / SHARE).unref();
  }

  /** Writes what is still to be written. */
  settle(): void {
    if (this.#due !== undefined) this.#write();
  }

  writeRecord(): void {
    const listening = [...this.#clusters.values()].filter((cluster) => cluster.listening);
    const clusters = listening.map(({ name, url, endpoint: { serverName } }) => ({
      name,
      server: url,
      ...(serverName === undefined ? {} : { tlsServerName: serverName }),
    }));
    const admin = this.#adminUrl === undefined ? {} : { admin: { url: this.#adminUrl } };
    this.#output?.writeRecord({ format: 1, pid: process.pid, ...admin, clusters });
  }

  #write(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    const began = performance.now();
    this.writeRecord();
    this.#writeMerged();
    this.#tookMs = performance.now() - began;
  }

  #writeMerged(): void {
    if (!this.#eager) return;
    const accesses = [...this.#clusters.keys()].flatMap((name) => this.#accesses.get(name) ?? []);
    this.#output?.writeMerged(kubeconfigText(kubeconfig(accesses)));
  }
}
