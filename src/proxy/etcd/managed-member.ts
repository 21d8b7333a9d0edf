import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { StartError } from "../../cluster/start-error.js";
import type { KeyPair } from "../../pki/authority.js";
import { writePrivate } from "../pki.js";
import { fileFailure, programFailure } from "../runtime/failures.js";
import { Supervised } from "../supervised.js";
import { EtcdClient } from "./client.js";
import type { EtcdConnection } from "./connection.js";
import { isEtcdError } from "./error.js";
import { commonFlags } from "./member-flags.js";

export interface MemberParts {
  readonly name: string;
  readonly binary: string;
  /** Its own folder. */
  readonly dir: string;
  readonly client: number;
  readonly peer: number;
  /** --initial-cluster */
  readonly cluster: string;
  readonly args: readonly string[];
  readonly ca: string;
  readonly serving: KeyPair;
  readonly connect: (endpoints: readonly string[]) => EtcdConnection;
  readonly log: Logger;
}

/** How long a member may take until it answers, one whose log is long included. */
const START_MS = 60_000;

/** A process of etcd on this machine. */
export class Member {
  /** "https://127.0.0.1:PORT" */
  readonly endpoint: string;
  readonly #parts: MemberParts;
  readonly #process: Supervised;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    this.endpoint = `https://127.0.0.1:${parts.client}`;
    this.#process = new Supervised({
      name: parts.name,
      command: parts.binary,
      args: flagsOf(parts),
      logFile: this.#logFile,
      log: parts.log,
      ready: (signal) => this.#ready(signal),
      readyMs: START_MS,
      reason: (text) => {
        const reason = reasonIn(text);
        return reason && programFailure(reason);
      },
    });
  }

  /** Undefined while it is not running. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Why it does not answer, once it has been started. */
  get problem(): string | undefined {
    return this.#process.problem;
  }

  /** Resolves when it answers. @throws StartError */
  async start(): Promise<void> {
    const { dir, ca, serving } = this.#parts;
    try {
      mkdirSync(join(dir, "data"), { recursive: true, mode: 0o700 });
      writePrivate(join(dir, "ca.crt"), ca);
      writePrivate(join(dir, "server.crt"), serving.certificate);
      writePrivate(join(dir, "server.key"), serving.key);
    } catch (error) {
      throw new StartError(`etcd's data folder ${dir} can't be used: ${fileFailure(error).message}`);
    }
    await this.#process.start();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  get #logFile(): string {
    return join(this.#parts.dir, "etcd.log");
  }

  async #ready(signal: AbortSignal): Promise<void> {
    const client = new EtcdClient(this.#parts.connect([this.endpoint]));
    try {
      // A read that a majority has agreed to; a refusal is an answer, too.
      await client.range("health", { timeoutMs: START_MS, signal }).catch((error: unknown) => {
        if (!isEtcdError(error, "denied", "userEmpty")) throw error;
      });
    } finally {
      client.close();
    }
  }
}

function flagsOf({ name, dir, client, peer, cluster, args }: MemberParts): string[] {
  const [clients, peers] = [`https://127.0.0.1:${client}`, `https://127.0.0.1:${peer}`];
  return [
    `--name=${name}`,
    `--data-dir=${join(dir, "data")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=${cluster}`,
    ...commonFlags(dir),
    ...args,
  ];
}

/** What the last serious line of etcd's log says. */
function reasonIn(log: string): string | undefined {
  for (const line of log.trimEnd().split("\n").reverse()) {
    try {
      const { level, msg, error } = JSON.parse(line) as Record<string, unknown>;
      if (level === "fatal" || level === "panic" || level === "error") return [msg, error].filter(Boolean).join(": ");
    } catch {
      if (/^(panic|fatal|etcd|error|SIG)/i.test(line)) return line; // not all of it is JSON
      const unfound = /\bexec: (.*)$/.exec(line)?.[1];
      if (unfound !== undefined) return unfound;
    }
  }
  return undefined;
}
