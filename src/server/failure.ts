import type { Logger } from "pino";
import { negotiateError } from "../codec/negotiate.js";
import { internalError } from "../kube/errors.js";
import type { UnaryAnswer } from "../kube/handler.js";
import { PlainTextError } from "../kube/plain-text-error.js";
import { ApiError, statusObject } from "../kube/status.js";
import type { Exchange } from "./exchange.js";

/** The one place where a refusal becomes an answer. What is no refusal is a fault of ours: logged, and a 500. */
export function failureAnswer(error: unknown, exchange: Exchange, log: Logger): UnaryAnswer {
  if (error instanceof PlainTextError) return textAnswer(error);
  if (error instanceof ApiError) return statusAnswer(error, exchange);
  const { method, target, origin } = exchange;
  log.error({ err: error, cluster: origin.cluster.name, method, uri: target.uri }, "a request failed unexpectedly");
  return statusAnswer(internalError(error instanceof Error ? error.message : String(error)), exchange);
}

function textAnswer(error: PlainTextError): UnaryAnswer {
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    ...error.headers,
  };
  return { status: error.code, headers, chunks: [Buffer.from(error.body)] };
}

function statusAnswer(error: ApiError, exchange: Exchange): UnaryAnswer {
  const { pretty } = negotiateError(exchange.headers, exchange.target.query);
  const text = JSON.stringify(statusObject(error.status), undefined, pretty ? 2 : 0);
  const body = pretty ? text : `${text}\n`;
  const headers = { "Content-Type": "application/json", ...error.headers };
  return { status: error.status.code, headers, chunks: [Buffer.from(body)] };
}
