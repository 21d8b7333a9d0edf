import type { Snapshot } from "../store/store.js";
import type { Content } from "./content.js";
import type { PassthroughSpec } from "./spec.js";

/** Keeps the real servers of passthrough clusters. */
export interface Reals {
  /** @throws StartError for what can't be had here */
  admit(kind: PassthroughSpec): void;
  /** Forgets all that a cluster's server holds, which has been stopped. @throws Error where that can't be done now */
  forget(name: string): Promise<void>;
  /** The same, but for what tells how the server did. @throws Error where that can't be done now */
  clear(name: string): Promise<void>;
  /** Resolves when the server that a cluster had has ended. */
  ended(name: string): Promise<void>;
  /** Whether an emulated cluster's objects can go to where a real server finds them. @throws StartError that tells why not */
  check(name: string, snapshot: Snapshot): Promise<void>;
  /** Puts them there. After a failure some of them are. @throws StartError */
  take(name: string, objects: Leaving): Promise<void>;
  /** What a cluster holds whose server has been stopped. @throws StartError */
  give(name: string): Promise<Content>;
  /** Ends all of them. */
  close(): Promise<void>;
}

/** The objects of a cluster that is about to have another store. */
export interface Leaving {
  /** What the cluster has come to so far. */
  readonly revision: number;
  /** From now on nothing is written: all there is. */
  hold(): Snapshot;
  /** Aborted when it comes to nothing. */
  readonly signal: AbortSignal;
}
