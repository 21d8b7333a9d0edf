import { type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from "node:http2";
import type { ForwardedRequest } from "../../cluster/real-server.js";
import type { Answer } from "../../kube/handler.js";
import { UpstreamError } from "./broken.js";
import { answerHeaders, firstOf, headerMap, type RawHeaders } from "./headers.js";
import type { Http2Pool } from "./http2-pool.js";
import { relay } from "./relay.js";

/** Passes a request on by HTTP/2; `headers` are what it has of fields. @throws UpstreamError */
export async function forwardHttp2(pool: Http2Pool, request: ForwardedRequest, headers: RawHeaders): Promise<Answer> {
  const { session, release } = await pool.take().catch((error: unknown) => {
    throw new UpstreamError(error, false);
  });
  const { signal, body } = request;
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(fieldsOf(request, headers), { endStream: body === undefined });
  } catch (error) {
    release();
    throw new UpstreamError(error, false);
  }
  stream.once("close", release);
  const onAbort = () => stream.close(constants.NGHTTP2_CANCEL);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", onAbort));
  if (body !== undefined) {
    request.goOn();
    body.pipe(stream);
    body.once("error", onAbort);
    stream.once("close", () => body.unpipe(stream).resume());
  }
  return answerOf(stream, request);
}

function fieldsOf({ method, uri, rawHeaders }: ForwardedRequest, headers: RawHeaders): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = {};
  const [authority = firstOf(rawHeaders, "host")] = [firstOf(rawHeaders, ":authority")];
  if (authority !== undefined) fields[":authority"] = authority;
  fields[":method"] = method;
  if (method !== "CONNECT") Object.assign(fields, { ":scheme": "https", ":path": uri });
  for (const [name, value] of Object.entries(headerMap(headers))) {
    const lower = name.toLowerCase();
    if (lower === "host" || lower === "expect") continue;
    fields[lower] = Array.isArray(value) && SINGLE.has(lower) ? value[0] : value;
  }
  return fields;
}

/** Node lets nobody repeat these. */
const SINGLE: ReadonlySet<string> = new Set(
  "authorization content-type content-length user-agent if-none-match if-modified-since content-encoding date".split(
    " ",
  ),
);

function answerOf(stream: ClientHttp2Stream, { signal }: ForwardedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const onError = (error: unknown) => {
      failure = error;
    };
    const onClose = () => {
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      reject(new UpstreamError(failure ?? new Error(`stream closed with code ${stream.rstCode}`), !refused));
    };
    stream.on("error", onError).once("close", onClose);
    stream.once("response", (fields, _flags, raw?: string[]) => {
      stream.off("close", onClose);
      const all = raw ?? Object.entries(fields).flatMap(([name, value]) => [name, String(value)]);
      const kept = answerHeaders(all);
      const announced = firstOf(kept, "trailer") !== undefined;
      let trailers: Record<string, string | string[]> = {};
      stream.once("trailers", (_fields, _bits, rawTrailers?: string[]) => {
        trailers = headerMap(rawTrailers ?? []);
      });
      resolve({
        status: Number(fields[":status"]),
        headers: headerMap(kept),
        prompt: firstOf(kept, "content-length") !== undefined,
        ...(announced ? { trailers: () => trailers } : {}),
        run: (sink) => relay(stream, sink, signal, () => !stream.rstCode),
      });
    });
  });
}
