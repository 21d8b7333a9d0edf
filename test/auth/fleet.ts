import { type FakeApiserver, type FakeApiserverOptions, startFakeApiserver } from "../../src/embed.js";
import { Client, type Endpoint, endpointOf } from "../helpers/client.js";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
  readonly body: any;
}

/** A fleet and requests to its clusters by several users. */
export class AuthFleet {
  readonly #clients: Client[] = [];

  private constructor(readonly fleet: FakeApiserver) {}

  static async start(options: FakeApiserverOptions = {}): Promise<AuthFleet> {
    return new AuthFleet(await startFakeApiserver(options));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.fleet.stop();
  }

  async admin(cluster = 0): Promise<Caller> {
    return this.#caller(await this.#endpoint(cluster));
  }

  /** Without a certificate; with a token, if one is given. */
  async bearer(token?: string, cluster = 0): Promise<Caller> {
    const { cert: _cert, key: _key, ...endpoint } = await this.#endpoint(cluster);
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return this.#caller(endpoint as Endpoint, headers);
  }

  async #endpoint(cluster: number): Promise<Endpoint> {
    return endpointOf(await this.fleet.clusters[cluster]!.kubeconfigObject());
  }

  #caller(endpoint: Endpoint, fixed: Record<string, string> = {}): Caller {
    const client = new Client(endpoint);
    this.#clients.push(client);
    return async (method, path, body, headers = {}) => {
      const type = body === undefined ? {} : { "Content-Type": "application/json" };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const reply = await client.send(method, path, { headers: { ...type, ...fixed, ...headers }, ...sent });
      const text = reply.body.toString();
      const json = text.startsWith("{") ? JSON.parse(text) : text;
      return { status: reply.status, headers: reply.headers, body: json };
    };
  }
}

export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;
