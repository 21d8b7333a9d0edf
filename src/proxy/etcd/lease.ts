import type { Caller, CallLimits } from "./call.js";
import { errorOf } from "./channel.js";
import { EtcdError } from "./error.js";
import {
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
} from "./messages.js";

const GRANT = {
  path: "Lease/LeaseGrant",
  request: LeaseGrantRequest,
  answer: LeaseGrantResponse,
  repeatable: false,
} as const;
const REVOKE = {
  path: "Lease/LeaseRevoke",
  request: LeaseRevokeRequest,
  answer: LeaseRevokeResponse,
  repeatable: true,
} as const;

export interface GrantedLease {
  readonly id: bigint;
  /** What etcd made of the time that was asked for, in seconds. */
  readonly ttl: number;
}

/** Keys that etcd deletes once nobody has asked for them in a while. Throw {@link EtcdError}. */
export class EtcdLeases {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** `ttl`: how long it lasts without being kept alive, in seconds. */
  async grant(ttl: number, limits: CallLimits = {}): Promise<GrantedLease> {
    const { id, ttl: given } = await this.#caller.call(GRANT, { ttl: BigInt(ttl) }, limits);
    return { id, ttl: Number(given) };
  }

  /** Resolves with how long it lasts from now on, in seconds; 0: it has ended. */
  async keepAlive(id: bigint, timeoutMs: number): Promise<number> {
    const ended = AbortSignal.timeout(timeoutMs);
    const { stream, endpoint } = await this.#caller.stream("Lease/LeaseKeepAlive", { timeoutMs, signal: ended });
    const cancel = () => stream.cancel();
    ended.addEventListener("abort", cancel, { once: true });
    stream.on("error", () => undefined); // one that comes after the answer
    try {
      stream.write(LeaseKeepAliveRequest.encode({ id }));
      for await (const message of stream as AsyncIterable<Buffer>) {
        return Number(LeaseKeepAliveResponse.decode(message).ttl);
      }
      throw new EtcdError("UNAVAILABLE", `${endpoint}: the stream has ended`);
    } catch (error) {
      this.#caller.moveOn();
      if (ended.aborted) throw new EtcdError("DEADLINE_EXCEEDED", `${endpoint}: no answer in ${timeoutMs} ms`);
      throw errorOf(error, endpoint);
    } finally {
      ended.removeEventListener("abort", cancel);
      stream.cancel();
    }
  }

  /** Deletes the keys that hang on it. One that has ended already is no error. */
  async revoke(id: bigint, limits: CallLimits = {}): Promise<void> {
    await this.#caller.call(REVOKE, { id }, limits).catch((error: unknown) => {
      if (!(error instanceof EtcdError && error.code === "NOT_FOUND")) throw error;
    });
  }
}
