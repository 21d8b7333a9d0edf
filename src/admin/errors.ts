import type { FastifyError } from "fastify";
import { StartError, type StartProblem } from "../cluster/start-error.js";
import { RetiredError } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";

/** What stands in every answer that is none of success. */
export interface ErrorBody {
  readonly error: {
    /** For programs: "invalid", "unauthorized", "forbidden", "unknown", "conflict", … */
    readonly code: string;
    /** For people: one line. */
    readonly message: string;
    /** The part of the request that is to blame: "endpoint.port". */
    readonly field?: string;
  };
}

/** A request that is refused. */
export class AdminError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
    this.name = "AdminError";
  }
}

const PROBLEMS: Readonly<Record<StartProblem, readonly [number, string]>> = {
  invalid: [400, "invalid"],
  conflict: [409, "conflict"],
  unknown: [404, "unknown"],
  failed: [500, "failed"],
};

/** fastify's own errors by their status. */
const CODES: Readonly<Record<number, string>> = {
  400: "invalid",
  413: "too-large",
  415: "unsupported-media-type",
};

/** Anything thrown, as a client is told it. Undefined: nothing that a client could mend. */
export function refusalOf(error: unknown): AdminError | undefined {
  if (error instanceof AdminError) return error;
  if (error instanceof StartError) {
    const [status, code] = PROBLEMS[error.problem];
    return new AdminError(status, code, error.message, error.field);
  }
  if (error instanceof ApiError) {
    const { code, reason, message } = error.status;
    return new AdminError(code, reason === "" ? "refused" : kebab(reason), message);
  }
  if (error instanceof RetiredError) return new AdminError(409, "conflict", error.message);
  return fromFastify(error as Partial<FastifyError>);
}

export function errorBody({ code, message, field }: AdminError): ErrorBody {
  return { error: { code, message, ...(field === undefined ? {} : { field }) } };
}

function fromFastify(error: Partial<FastifyError>): AdminError | undefined {
  const { statusCode = 500, message = "", validation, validationContext = "body" } = error;
  if (validation !== undefined) {
    const { instancePath, params, message: cause = "is wrong", keyword } = validation[0]!;
    const { additionalProperty: extra, missingProperty: missing } = params as Record<string, string | undefined>;
    const parts = instancePath.split("/").slice(1);
    const field = [...parts, ...((extra ?? missing) ? [extra ?? missing] : [])].join(".");
    const what =
      keyword === "additionalProperties" ? "is not known here" : keyword === "required" ? "is missing" : cause;
    const named = field === "" ? `the ${validationContext}` : field;
    return new AdminError(400, "invalid", `${named} ${what}${choicesOf(params)}`, field === "" ? undefined : field);
  }
  const code = CODES[statusCode];
  return code === undefined ? undefined : new AdminError(statusCode, code, message.split("\n", 1)[0]!);
}

function choicesOf(params: Readonly<Record<string, unknown>>): string {
  return Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(", ")}` : "";
}

/** "AlreadyExists" → "already-exists". */
function kebab(reason: string): string {
  return reason.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
}
