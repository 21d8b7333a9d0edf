import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { Client, ClientDuplexStream, Metadata, ServiceError } from "@grpc/grpc-js";
import type { EtcdConnection } from "./connection.js";
import { EtcdError } from "./error.js";

type Grpc = typeof import("@grpc/grpc-js");

/** What a call carries beside its message. */
export interface CallOptions {
  /** Milliseconds from now. */
  readonly timeoutMs: number;
  /** What Authenticate gave. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Stream = ClientDuplexStream<Uint8Array, Buffer>;

/** A list of keys of a whole cluster comes in pages; a single answer may still be longer than gRPC's 4 MiB. */
const MAX_ANSWER = 256 * 1024 * 1024;

const OPTIONS = {
  "grpc.max_receive_message_length": MAX_ANSWER,
  "grpc.max_send_message_length": -1,
  // What the environment says of proxies is about the web.
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
  // etcd hangs up on clients that ask more often than every 5 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
};

/** The way to one member. It connects at its first call, and again after it has lost the connection. */
export class Channel {
  readonly endpoint: string;
  readonly #connection: EtcdConnection;
  #opening: Promise<{ readonly grpc: Grpc; readonly client: Client }> | undefined;

  constructor(endpoint: string, connection: EtcdConnection) {
    this.endpoint = endpoint;
    this.#connection = connection;
  }

  /**
   * Resolves once it is known whether there is a connection; if there is none, calls fail at once and say why.
   * @throws EtcdError DEADLINE_EXCEEDED when that takes longer
   */
  async settled(timeoutMs: number): Promise<void> {
    const { grpc, client } = await this.#open();
    const { READY, TRANSIENT_FAILURE } = grpc.connectivityState;
    const deadline = Date.now() + timeoutMs;
    for (const channel = client.getChannel(); ; ) {
      const state = channel.getConnectivityState(true);
      if (state === READY || state === TRANSIENT_FAILURE) return;
      await new Promise<void>((resolve, reject) => {
        channel.watchConnectivityState(state, deadline, (error) =>
          error === undefined
            ? resolve()
            : reject(new EtcdError("DEADLINE_EXCEEDED", `${this.endpoint}: no connection within ${timeoutMs} ms`)),
        );
      });
    }
  }

  /** @throws EtcdError */
  async unary(path: string, message: Uint8Array, options: CallOptions): Promise<Buffer> {
    const { grpc, client } = await this.#open();
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        path,
        asBuffer,
        asBuffer,
        message,
        metadata(grpc, options.token),
        { deadline: Date.now() + options.timeoutMs },
        (error: ServiceError | null, answer?: Buffer) => {
          options.signal?.removeEventListener("abort", cancel);
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else reject(errorOf(error, this.endpoint));
        },
      );
      const cancel = () => call.cancel();
      options.signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** A stream both ways. Its errors are gRPC's: {@link errorOf}. */
  async stream(path: string, token: string | undefined): Promise<Stream> {
    const { grpc, client } = await this.#open();
    const headers = metadata(grpc, token);
    // A member that has lost the others ends the stream then, rather than to be silent on it.
    headers.set("hasleader", "true");
    return client.makeBidiStreamRequest<Uint8Array, Buffer>(path, asBuffer, asBuffer, headers);
  }

  close(): void {
    void this.#opening?.then(
      ({ client }) => client.close(),
      () => undefined,
    );
    this.#opening = undefined;
  }

  #open() {
    this.#opening ??= this.#connect();
    return this.#opening;
  }

  /** gRPC takes 14 MB and a quarter of a second to load, which a fleet without etcd does not pay. */
  async #connect() {
    const grpc = await import("@grpc/grpc-js");
    const { protocol, host, hostname } = new URL(this.endpoint);
    const { ca, client: pair } = this.#connection;
    const buffer = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
    const address = hostname.replace(/^\[|\]$/g, "");
    const identity = { checkServerIdentity: (_: string, peer: PeerCertificate) => checkServerIdentity(address, peer) };
    const credentials =
      protocol === "http:"
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(buffer(ca), buffer(pair?.key), buffer(pair?.certificate), identity);
    // The library would send an address as the server's name, which TLS has no place for and Node warns about.
    const options = isIP(address) === 0 ? OPTIONS : { ...OPTIONS, "grpc.ssl_target_name_override": "localhost" };
    return { grpc, client: new grpc.Client(host, credentials, options) };
  }
}

/** How the library begins what it says of a call that it has not sent. */
const UNSENT = "No connection established";

/** Whether a call has certainly not reached etcd. */
export function isUnsent(error: EtcdError): boolean {
  return error.code === "UNAVAILABLE" && error.message.includes(UNSENT);
}

/** What gRPC's library threw or emitted. What etcd itself says is left in its words. */
export function errorOf(error: unknown, endpoint: string): EtcdError {
  if (error instanceof EtcdError) return error;
  const { code, details, message } = error as Partial<ServiceError>;
  const text = details ?? message ?? String(error);
  return EtcdError.of(code ?? 2, /^(etcdserver|auth):/.test(text) ? text : `${endpoint}: ${text}`);
}

function metadata(grpc: Grpc, token: string | undefined): Metadata {
  const out = new grpc.Metadata();
  if (token !== undefined) out.set("token", token);
  return out;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
