import type { RealState } from "../../cluster/real-server.js";
import type { KeyPair } from "../../pki/authority.js";
import type { Address } from "../forward/address.js";

/** A server that answers, and what its trust has been put in. */
export interface Reached {
  readonly address: Address;
  /** Of whom it lets speak for others. Undefined: of nobody whose key we hold. */
  readonly frontProxy?: KeyPair | undefined;
  /** Of somebody who may do everything. */
  readonly admin?: KeyPair | undefined;
}

/** Where a cluster's real server comes from, and how it does. */
export interface Runtime {
  readonly state: RealState;
  /** The server, while it is thought to answer. The same value for as long as it is the same server. */
  readonly reached: Reached | undefined;
  /** Has it run, and resolves when it answers. @throws ApiError 503 that tells why it does not, and what to do */
  ready(): Promise<Reached>;
  /** Told that nobody has answered where it should be. */
  missed(): void;
  /** Ends it. Resolves when it has ended. */
  stop(): Promise<void>;
}
