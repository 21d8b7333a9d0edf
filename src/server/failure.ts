import type { Logger } from "pino";
import { statusAnswer } from "../codec/answer.js";
import type { AnswerContext } from "../codec/answer-context.js";
import { negotiateError } from "../codec/negotiate.js";
import { internalError } from "../kube/errors.js";
import type { UnaryAnswer } from "../kube/handler.js";
import { PlainTextError } from "../kube/plain-text-error.js";
import { ApiError } from "../kube/status.js";
import type { Exchange } from "./exchange.js";

/** The one place where a refusal becomes an answer. What is no refusal is a fault of ours: logged, and a 500. */
export function failureAnswer(error: unknown, exchange: Exchange, answers: AnswerContext, log: Logger): UnaryAnswer {
  if (error instanceof PlainTextError) return textAnswer(error);
  const representation = negotiateError(exchange.headers, exchange.target.query);
  if (error instanceof ApiError) return statusAnswer(error, representation, answers);
  const { method, target, origin } = exchange;
  log.error({ err: error, cluster: origin.cluster.name, method, uri: target.uri }, "a request failed unexpectedly");
  const fault = internalError(error instanceof Error ? error.message : String(error));
  return statusAnswer(fault, representation, answers);
}

function textAnswer(error: PlainTextError): UnaryAnswer {
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    ...error.headers,
  };
  return { status: error.code, headers, chunks: [Buffer.from(error.body)] };
}
