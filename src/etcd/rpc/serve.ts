import { constants, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Fields, Given, Message, ValueOf } from "../wire/message.js";
import { frameOf, readMessage } from "./frame.js";
import { Code, encodeMessage, RpcError } from "./status.js";

/** Answers a request's bytes with those of a response. `C` is what the connection knows. @throws RpcError */
export type Method<C> = (request: Uint8Array, context: C) => Promise<Uint8Array>;

/** By service, then by method. */
export type Services<C> = Readonly<Record<string, Readonly<Record<string, Method<C>>>>>;

export function unary<C, Q extends Fields, A extends Fields>(
  request: Message<Q>,
  response: Message<A>,
  answer: (request: ValueOf<Q>, context: C) => Promise<Given<A>> | Given<A>,
): Method<C> {
  return async (bytes, context) => {
    let decoded: ValueOf<Q>;
    try {
      decoded = request.decode(bytes);
    } catch (error) {
      throw new RpcError(Code.INTERNAL, `grpc: error unmarshalling request: ${(error as Error).message}`);
    }
    return response.encode(await answer(decoded, context));
  };
}

/** Serves unary calls on an HTTP/2 session until it ends. */
export function serveCalls<C>(session: ServerHttp2Session, services: Services<C>, context: C): void {
  session.on("stream", (stream, headers) => {
    stream.on("error", ignore); // resets while an answer is on its way
    void serveCall(stream, headers, services, context);
  });
}

const GRPC = "application/grpc";

async function serveCall<C>(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  services: Services<C>,
  context: C,
): Promise<void> {
  const type = headers["content-type"] ?? "";
  if (headers[":method"] !== "POST" || (type !== GRPC && !/^application\/grpc[+;]/.test(type))) {
    stream.respond({ ":status": 404, "content-type": "text/plain; charset=utf-8" });
    stream.end("404 page not found\n");
    return;
  }
  try {
    const method = methodAt(services, headers[":path"] ?? "");
    const encoding = headers["grpc-encoding"] ?? "identity";
    if (encoding !== "identity") {
      const message = `grpc: Decompressor is not installed for grpc-encoding "${String(encoding)}"`;
      throw new RpcError(Code.UNIMPLEMENTED, message);
    }
    const answer = await method(await readMessage(stream), context);
    if (stream.destroyed || stream.closed) return;
    stream.respond({ ":status": 200, "content-type": GRPC }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }));
    stream.end(frameOf(answer));
  } catch (error) {
    refuse(stream, error);
  }
}

/** @throws RpcError in the words of gRPC for Go */
function methodAt<C>(services: Services<C>, path: string): Method<C> {
  const slash = path.lastIndexOf("/");
  if (!path.startsWith("/") || slash < 1) {
    throw new RpcError(Code.UNIMPLEMENTED, `malformed method name: ${JSON.stringify(path)}`);
  }
  const [service, name] = [path.slice(1, slash), path.slice(slash + 1)];
  const methods = Object.hasOwn(services, service) ? services[service] : undefined;
  if (methods === undefined) throw new RpcError(Code.UNIMPLEMENTED, `unknown service ${service}`);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) throw new RpcError(Code.UNIMPLEMENTED, `unknown method ${name} for service ${service}`);
  return method;
}

function refuse(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  const known = error instanceof RpcError ? error : new RpcError(Code.UNKNOWN, String((error as Error).message));
  const status = { "grpc-status": String(known.code), "grpc-message": encodeMessage(known.message) };
  stream.respond({ ":status": 200, "content-type": GRPC, ...status }, { endStream: true });
  // What of the request is still to come is not waited for.
  stream.close(constants.NGHTTP2_NO_ERROR);
}

function ignore(): void {}
