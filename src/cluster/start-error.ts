/**
 * What stands in the way: what was asked for is wrong, is at odds with what is there, is not there; or, by default, the
 * machine does not give it.
 */
export type StartProblem = "invalid" | "conflict" | "unknown" | "failed";

/** Why a fleet or a cluster can't be had: one line for the person who asked, never a stack. */
export class StartError extends Error {
  readonly problem: StartProblem;
  /** The part of the request that is to blame: "ca", "endpoint.port". */
  readonly field: string | undefined;

  constructor(message: string, problem: StartProblem = "failed", field?: string) {
    super(message);
    this.name = "StartError";
    this.problem = problem;
    this.field = field;
  }
}
