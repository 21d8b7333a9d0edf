/** Why an upstream request came to nothing. */
export class UpstreamError extends Error {
  constructor(
    cause: unknown,
    /** Whether the server can have seen the request. */
    readonly sent: boolean,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "UpstreamError";
  }
}

/** Nobody knows whether a request has been carried out: its client's connection is to break, as the server's did. */
export class BrokenOff extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = "BrokenOff";
  }
}
