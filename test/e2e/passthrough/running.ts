import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { RealState } from "../../../src/cluster/real-server.js";

const bin = fileURLToPath(new URL("../../../src/cli/bin.ts", import.meta.url));

export interface Got {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

interface Row {
  readonly name: string;
  readonly backend: { readonly type: string } & Partial<RealState>;
}

/** A fleet of the command line, in a process of its own. */
export class Running {
  readonly #child: ChildProcess;
  #log = "";

  private constructor(
    child: ChildProcess,
    readonly out: string,
  ) {
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
  }

  /** Resolves when it has said that it is up. */
  static async start(out: string, ...settings: readonly string[]): Promise<Running> {
    const args = ["--import", "tsx", bin, "--base-port", "0", "--out", out, "--log-format", "json", ...settings];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const running = new Running(child, out);
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`the fleet has ended: ${running.#log}`)));
      child.stdout?.on("data", (text: Buffer) => text.includes("admin API") && resolve());
    });
    return running;
  }

  /** What it has logged: JSON, a line each. */
  get log(): string {
    return this.#log;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const { admin } = JSON.parse(readFileSync(join(this.out, "fleet.json"), "utf8")) as { admin: { url: string } };
    const answer = await fetch(`${admin.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** How the cluster's real server does, as the admin API tells it. */
  async state(name: string): Promise<Partial<RealState>> {
    const { body } = await this.admin("GET", "/v1/clusters");
    const row = (body as { clusters: Row[] }).clusters.find((each) => each.name === name);
    if (row === undefined) throw new Error(`there is no ${name}`);
    return row.backend;
  }

  /** Asks as the cluster's admin. Rejects with the error of a connection that fails. */
  ask(name: string, path: string, options: { method?: string; body?: unknown } = {}): Promise<Got> {
    const { clusters, users } = parse(readFileSync(join(this.out, `${name}.kubeconfig`), "utf8"));
    const { server, "certificate-authority-data": ca } = clusters[0].cluster;
    const { "client-certificate-data": cert, "client-key-data": key } = users[0].user;
    const pem = (data: string) => Buffer.from(data, "base64");
    const { method = "GET", body } = options;
    return new Promise((resolve, reject) => {
      const asked = request(
        new URL(path, server),
        {
          ...{ method, ca: pem(ca), cert: pem(cert), key: pem(key), agent: false, timeout: 90_000 },
          headers: body === undefined ? {} : { "Content-Type": "application/json" },
        },
        async (answer) => {
          let text = "";
          for await (const chunk of answer) text += chunk;
          resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"], text });
        },
      );
      asked.once("error", reject).once("timeout", () => asked.destroy(new Error("no answer within 90 s")));
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async stop(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.#child, "exit");
    this.#child.removeAllListeners("exit");
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await Promise.race([gone, ended]);
  }
}

/** Until it holds; the test's time limit is its end. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

/** The process that has this argument. Linux. */
export function pidWith(argument: string): number | undefined {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // A shell that is about to become the program has it, too.
      const [program = "", ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (args.includes(argument) && !/\bsh$/.test(program)) return Number(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}

/** Waits for a file that somebody is to make. */
export async function made(path: string): Promise<void> {
  await until(() => existsSync(path));
}
