import type { RealState } from "../../cluster/real-server.js";
import type { ExternalSpec } from "../../cluster/spec.js";
import type { Address } from "../forward/address.js";
import { probe } from "./probe.js";
import type { Reached, Runtime } from "./runtime.js";

/** How often it is asked how it does, once somebody has asked for it. */
const PROBE_MS = 15_000;

/** A server that somebody else runs: it is taken to be there, and whoever asks learns when it is not. */
export class ExternalRuntime implements Runtime {
  readonly #spec: ExternalSpec;
  readonly reached: Reached;
  #timer: NodeJS.Timeout | undefined;
  #probing = false;
  #phase: RealState["phase"] = "stopped";
  #message: string | undefined;

  constructor(spec: ExternalSpec) {
    this.#spec = spec;
    this.reached = { address: addressOf(spec), frontProxy: spec.frontProxy, admin: spec.client };
  }

  get state(): RealState {
    const message = this.#message === undefined ? {} : { message: this.#message };
    return { phase: this.#phase, restarts: 0, url: this.#spec.server, ...message };
  }

  async ready(): Promise<Reached> {
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#probe(), PROBE_MS).unref();
      this.#phase = "starting";
      await this.#probe();
    }
    return this.reached;
  }

  missed(): void {
    void this.#probe();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#phase = "stopped";
  }

  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    const { address, admin } = this.reached;
    const problem = await probe(address, admin).finally(() => {
      this.#probing = false;
    });
    if (this.#timer === undefined) return;
    this.#phase = problem === undefined ? "ready" : "failed";
    this.#message = problem && `${this.#spec.server}: ${problem}`;
  }
}

function addressOf({ server, ca }: ExternalSpec): Address {
  const { hostname, port } = new URL(server);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 443 : Number(port), ca };
}
