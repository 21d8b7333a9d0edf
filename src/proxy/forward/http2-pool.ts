import { type ClientHttp2Session, connect } from "node:http2";
import { type Address, type Credentials, connecting, tlsOptions, urlOf } from "./address.js";

/** Streams on a connection, where the server allows more: beyond, they wait for each other in one TLS session. */
const MOST_STREAMS = 250;
/** What a stream may have under way. A client that does not read pins so much of its answer here. */
const STREAM_WINDOW = 256 * 1024;
const CONNECTION_WINDOW = 4 * 1024 * 1024;
const MAX_HEADERS = 1024 * 1024;
const CONNECT_MS = 10_000;

interface Lane {
  readonly session: ClientHttp2Session;
  readonly connected: Promise<void>;
  streams: number;
  /** The server has said goodbye: what runs may end. */
  closing: boolean;
}

/** HTTP/2 connections to one address in one name, as many as its streams need. */
export class Http2Pool {
  readonly #address: Address;
  readonly #credentials: Credentials;
  readonly #lanes = new Set<Lane>();

  constructor(address: Address, credentials: Credentials) {
    this.#address = address;
    this.#credentials = credentials;
  }

  /** A connection with room for a stream; `release` is to be called when that has ended. @throws Error of the connection */
  async take(): Promise<{ readonly session: ClientHttp2Session; readonly release: () => void }> {
    for (;;) {
      const lane = this.#free() ?? this.#open();
      lane.streams++;
      const release = () => {
        lane.streams--;
        if (lane.closing && lane.streams === 0) lane.session.close();
      };
      try {
        await lane.connected;
      } catch (error) {
        release();
        throw error;
      }
      // It may have gone while somebody waited; and the server may allow less than was thought.
      if (!lane.closing && !lane.session.closed && lane.streams <= limitOf(lane))
        return { session: lane.session, release };
      release();
    }
  }

  close(): void {
    for (const { session } of this.#lanes) session.destroy();
    this.#lanes.clear();
  }

  #free(): Lane | undefined {
    for (const lane of this.#lanes) {
      if (!lane.closing && !lane.session.closed && lane.streams < limitOf(lane)) return lane;
    }
    return undefined;
  }

  #open(): Lane {
    const session = connect(urlOf(this.#address), {
      ...tlsOptions(this.#address, this.#credentials),
      ...connecting(this.#address, this.#credentials, ["h2"]),
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: MAX_HEADERS },
      maxSessionMemory: 64,
      maxHeaderListPairs: 1000,
    });
    const lane: Lane = { session, connected: connected(session), streams: 0, closing: false };
    lane.connected.catch(() => undefined);
    this.#lanes.add(lane);
    const leave = () => {
      lane.closing = true;
      this.#lanes.delete(lane);
    };
    session.on("goaway", leave).on("close", leave).on("error", leave);
    return lane;
  }
}

function limitOf({ session }: Lane): number {
  return Math.min(MOST_STREAMS, session.remoteSettings?.maxConcurrentStreams ?? MOST_STREAMS);
}

/** The server tells how many streams it takes before anything else. */
function connected(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => session.destroy(new Error("no connection within 10 s")), CONNECT_MS);
    session.once("remoteSettings", () => {
      clearTimeout(late);
      session.setLocalWindowSize(CONNECTION_WINDOW);
      resolve();
    });
    session.once("error", reject);
    session.once("close", () => {
      clearTimeout(late);
      reject(new Error("the connection was closed"));
    });
  });
}
