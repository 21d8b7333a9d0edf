import type { Duplex } from "node:stream";
import type { ForwardedRequest, RealServer, RealState } from "../cluster/real-server.js";
import type { PassthroughSpec, ProxyWay } from "../cluster/spec.js";
import type { PipeMeter } from "../cluster/traffic.js";
import type { Answer } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import { Forwarder, unavailable } from "./forward/forwarder.js";
import { lead, reset } from "./forward/pipe.js";
import type { Reached, Runtime } from "./runtime/runtime.js";

/** A cluster whose requests a real server answers. */
export class PassthroughServer implements RealServer {
  readonly proxy: ProxyWay;
  readonly #name: string;
  readonly #runtime: Runtime;
  readonly #now: () => number;
  #forwarder: { readonly of: Reached; readonly made: Forwarder } | undefined;

  constructor(name: string, spec: PassthroughSpec, runtime: Runtime, now: () => number) {
    this.proxy = spec.proxy;
    this.#name = name;
    this.#runtime = runtime;
    this.#now = now;
  }

  get state(): RealState {
    return this.#runtime.state;
  }

  async ready(): Promise<void> {
    await this.#runtime.ready();
  }

  async forward(request: ForwardedRequest): Promise<Answer> {
    try {
      const reached = this.#runtime.reached ?? (await this.#runtime.ready());
      return await this.#forwarderOf(reached).forward(request);
    } catch (error) {
      if (error instanceof ApiError && error.status.code === 503) this.#runtime.missed();
      throw error;
    }
  }

  /** In the name of who is asking, for what this program itself wants. */
  async forwardLocally(request: ForwardedRequest): Promise<Answer> {
    const reached = this.#runtime.reached ?? (await this.#runtime.ready());
    return this.#forwarderOf(reached).forward(request);
  }

  async lead(connection: Duplex, meter: PipeMeter): Promise<void> {
    try {
      const { address } = this.#runtime.reached ?? (await this.#runtime.ready());
      await lead(connection, address, meter);
    } catch (error) {
      this.#runtime.missed();
      // As from a server that is not there: a client tries again.
      reset(connection);
      throw error;
    }
  }

  close(): void {
    this.#forwarder?.made.close();
    this.#forwarder = undefined;
  }

  #forwarderOf(reached: Reached): Forwarder {
    if (this.#forwarder?.of === reached) return this.#forwarder.made;
    const { address, frontProxy } = reached;
    if (frontProxy === undefined) {
      throw unavailable(this.#name, "its server lets nobody speak for others: give a front-proxy certificate");
    }
    this.#forwarder?.made.close();
    const made = new Forwarder(address, { name: this.#name, frontProxy, now: this.#now });
    this.#forwarder = { of: reached, made };
    return made;
  }
}
