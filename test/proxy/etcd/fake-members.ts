import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { serveCalls, unary } from "../../../src/etcd/rpc/serve.js";
import { Code, RpcError } from "../../../src/etcd/rpc/status.js";
import type { EtcdConnection } from "../../../src/proxy/etcd/connection.js";
import {
  AuthenticateRequest,
  AuthenticateResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
} from "../../../src/proxy/etcd/messages.js";

/** What a member does with the next calls, by method: an error, "hang", or undefined for an answer. */
export type Behaviour = (method: "range" | "put" | "authenticate", call: number) => RpcError | "hang" | undefined;

export const rpcError = (code: keyof typeof Code, text: string) => new RpcError(Code[code], text);
export const error = (code: keyof typeof Code, text: string) => rpcError(code, `etcdserver: ${text}`);

/** A member of an etcd that holds one value for every key; without TLS. */
export class FakeMember {
  readonly calls: string[] = [];
  readonly #server: Http2Server;
  readonly #sessions = new Set<{ destroy(): void }>();
  readonly #release: (() => void)[] = [];
  behaviour: Behaviour = () => undefined;

  constructor(readonly value: string) {
    this.#server = createServer();
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      serveCalls(session, this.#services(), {});
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const release of this.#release) release();
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #before(method: Parameters<Behaviour>[0]): Promise<void> {
    this.calls.push(method);
    const what = this.behaviour(method, this.calls.length);
    if (what === "hang") await new Promise<void>((resolve) => this.#release.push(resolve));
    else if (what !== undefined) throw what;
  }

  #services() {
    const header = { revision: 7n };
    return {
      "etcdserverpb.KV": {
        Range: unary(RangeRequest, RangeResponse, async ({ key }) => {
          await this.#before("range");
          return { header, count: 1n, kvs: [{ key, value: Buffer.from(this.value), modRevision: 5n, version: 1n }] };
        }),
        Put: unary(PutRequest, PutResponse, async () => {
          await this.#before("put");
          return { header };
        }),
      },
      "etcdserverpb.Auth": {
        Authenticate: unary(AuthenticateRequest, AuthenticateResponse, async ({ name, password }) => {
          await this.#before("authenticate");
          if (password !== "right")
            throw error("INVALID_ARGUMENT", "authentication failed, invalid user ID or password");
          return { token: `${name}.${this.calls.length}` };
        }),
      },
    };
  }
}

/** Runs with members that are closed afterwards. */
export async function withMembers(
  values: readonly string[],
  act: (connection: EtcdConnection, members: readonly FakeMember[]) => Promise<void>,
): Promise<void> {
  const members = values.map((value) => new FakeMember(value));
  const endpoints = await Promise.all(members.map((member) => member.listen()));
  try {
    await act({ endpoints }, members);
  } finally {
    await Promise.all(members.map((member) => member.close()));
  }
}
