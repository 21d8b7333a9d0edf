import type { Fields, Given, Message, ValueOf } from "../../etcd/wire/message.js";
import { Channel, errorOf, isUnsent, type Stream } from "./channel.js";
import type { EtcdConnection } from "./connection.js";
import { EtcdError, isEtcdError } from "./error.js";
import { AuthenticateRequest, AuthenticateResponse } from "./messages.js";

/** A method of etcd, by its path and messages. */
export interface Rpc<Q extends Fields, A extends Fields> {
  /** "KV/Range", without the package. */
  readonly path: string;
  readonly request: Message<Q>;
  readonly answer: Message<A>;
  /** Whether doing it twice is as good as once, so that a call whose fate is unknown goes to the next member. */
  readonly repeatable: boolean;
}

export interface CallLimits {
  /** In all, over every member that is tried. By default 10 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Without showing who we are. */
  readonly anonymous?: boolean;
}

const TIMEOUT_MS = 10_000;
/** How long one member may take to be connected to, or to answer what others could answer. */
const PATIENCE_MS = 2_500;
/** Between rounds over the members, while none answers. */
const PAUSE_MS = 100;
/** Before a call that came at the wrong moment is made again. */
const STALE_PAUSE_MS = 10;

export const AUTHENTICATE = {
  path: "Auth/Authenticate",
  request: AuthenticateRequest,
  answer: AuthenticateResponse,
  repeatable: true,
} as const;

/** Makes calls of etcd: goes to the next member when one is lost, and shows who we are. */
export class Caller {
  readonly #channels: readonly Channel[];
  readonly #connection: EtcdConnection;
  /** The member that answered last. */
  #current = 0;
  #token: Promise<string | undefined> | undefined;
  #closed = false;

  constructor(connection: EtcdConnection) {
    this.#connection = connection;
    this.#channels = connection.endpoints.map((endpoint) => new Channel(endpoint, connection));
    if (this.#channels.length === 0) throw new EtcdError("INVALID_ARGUMENT", "no endpoint of etcd is given");
  }

  /** @throws EtcdError */
  async call<Q extends Fields, A extends Fields>(
    rpc: Rpc<Q, A>,
    request: Given<Q>,
    limits: CallLimits = {},
  ): Promise<ValueOf<A>> {
    const until = Date.now() + (limits.timeoutMs ?? TIMEOUT_MS);
    for (;;) {
      const token = limits.anonymous ? undefined : await this.#authenticated(until);
      try {
        return await this.#attempt(rpc, request, until, token, limits.signal);
      } catch (error) {
        // Our token has run out, or users and roles have changed meanwhile, which refuses whatever was on its way.
        if (!isStaleAuth(error) || Date.now() + STALE_PAUSE_MS >= until) throw error;
        this.#token = undefined;
        await new Promise((resolve) => setTimeout(resolve, STALE_PAUSE_MS));
      }
    }
  }

  /** Opens a stream to a member that can be reached. @throws EtcdError */
  async stream(path: string, limits: CallLimits = {}): Promise<{ readonly stream: Stream; readonly endpoint: string }> {
    const until = Date.now() + (limits.timeoutMs ?? TIMEOUT_MS);
    const token = await this.#authenticated(until);
    return this.#overMembers(until, limits.signal, async (channel) => {
      await channel.settled(patience(until));
      return { stream: await channel.stream(`/etcdserverpb.${path}`, token), endpoint: channel.endpoint };
    });
  }

  /** Asks for a new token at the next call. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** The next call begins with another member. */
  moveOn(): void {
    this.#current = (this.#current + 1) % this.#channels.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#channels) channel.close();
  }

  async #attempt<Q extends Fields, A extends Fields>(
    rpc: Rpc<Q, A>,
    request: Given<Q>,
    until: number,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ValueOf<A>> {
    const message = rpc.request.encode(request);
    const path = `/etcdserverpb.${rpc.path}`;
    const bytes = await this.#overMembers(until, signal, async (channel) => {
      await channel.settled(patience(until));
      const timeoutMs = rpc.repeatable && this.#channels.length > 1 ? patience(until) : until - Date.now();
      try {
        return await channel.unary(path, message, { timeoutMs, token, signal });
      } catch (error) {
        const mayGoOn = rpc.repeatable || isUnsent(error as EtcdError);
        throw mayGoOn ? error : new Final(error as EtcdError);
      }
    });
    return rpc.answer.decode(bytes);
  }

  /** Tries member after member, round after round, while they can't be reached and there is time. */
  async #overMembers<T>(
    until: number,
    signal: AbortSignal | undefined,
    act: (channel: Channel) => Promise<T>,
  ): Promise<T> {
    let reason: EtcdError | undefined;
    for (let tried = 1; ; tried++) {
      if (this.#closed || signal?.aborted) throw new EtcdError("CANCELLED", "the call was given up");
      const channel = this.#channels[this.#current] as Channel;
      try {
        return await act(channel);
      } catch (thrown) {
        const error = errorOf(thrown instanceof Final ? thrown.cause : thrown, channel.endpoint);
        if (thrown instanceof Final || !isLost(error)) throw error;
        // That the last attempt had too little time says less than why those before it failed.
        if (error.code === "UNAVAILABLE") reason = error;
        this.moveOn();
        const round = tried % this.#channels.length === 0; // all have been tried
        if (Date.now() + (round ? PAUSE_MS : 0) >= until) throw reason ?? error;
        if (round) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** The token of the user with a password; undefined for who comes with a certificate alone. */
  #authenticated(until: number): Promise<string | undefined> {
    const { user, password } = this.#connection;
    if (user === undefined || password === undefined) return Promise.resolve(undefined);
    this.#token ??= this.#attempt(AUTHENTICATE, { name: user, password }, until, undefined, undefined).then(
      ({ token }) => token,
      (error: unknown) => {
        this.#token = undefined;
        // There are no users yet; whoever turns authentication on says so by forgetToken.
        if (isEtcdError(error, "authOff")) return undefined;
        throw error;
      },
    );
    return this.#token;
  }
}

/** Not to be tried again, whatever it is. */
class Final {
  constructor(readonly cause: EtcdError) {}
}

function patience(until: number): number {
  return Math.max(1, Math.min(PATIENCE_MS, until - Date.now()));
}

/** Whether another member, or another time, may do better. */
export function isLost(error: EtcdError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "DEADLINE_EXCEEDED";
}

function isStaleAuth(error: unknown): boolean {
  return isEtcdError(error, "badToken", "oldAuth");
}
