import { Readable } from "node:stream";
import type { ForwardedRequest } from "../cluster/real-server.js";
import { type Answer, type Handler, isStream, type KubeRequest, type StreamAnswer } from "../kube/handler.js";
import { ApiError, type FailureStatus } from "../kube/status.js";
import { BrokenOff } from "./forward/broken.js";

/** What this program itself asks of a real server, in the name of the request's user. */
export function localHandler(forward: (request: ForwardedRequest) => Promise<Answer>): Handler {
  return async (request) => {
    const answer = await forward(asForwarded(request)).catch((error: unknown) => {
      throw error instanceof BrokenOff ? new Error(`the real server can't be reached: ${error.message}`) : error;
    });
    if (!isStream(answer) || request.info.verb === "watch") return answer;
    const chunk = await collected(answer, request.signal);
    if (answer.status >= 400) throw refusal(answer.status, chunk);
    return { status: answer.status, headers: answer.headers, chunks: [chunk] };
  };
}

function asForwarded({ method, path, query, headers, body, user, signal }: KubeRequest): ForwardedRequest {
  const search = query.size === 0 ? "" : `?${query}`;
  return {
    ...{ version: 2, method, uri: `${path.split("/").map(encodeURIComponent).join("/")}${search}`, headers },
    rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, String(value)]),
    peer: { kind: "verified", user, notBefore: 0, notAfter: Number.POSITIVE_INFINITY },
    body: body.length === 0 ? undefined : Readable.from([body]),
    mayLeave: false,
    goOn: () => undefined,
    signal,
  };
}

async function collected(answer: StreamAnswer, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let broken = false;
  await answer.run({
    signal,
    write: (chunk) => chunks.push(chunk) > 0,
    drained: async () => undefined,
    abort: () => {
      broken = true;
    },
  });
  if (broken) throw new Error("the real server's answer broke off");
  return Buffer.concat(chunks);
}

function refusal(code: number, body: Buffer): ApiError {
  const text = body.toString("utf8");
  try {
    const { reason = "", message = text, details } = JSON.parse(text) as Partial<FailureStatus>;
    return new ApiError({ code, reason, message, ...(details === undefined ? {} : { details }) });
  } catch {
    return new ApiError({ code, reason: "", message: text.trim() });
  }
}
