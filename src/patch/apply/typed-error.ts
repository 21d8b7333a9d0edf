/** A value that does not fit its schema, at a path such as `.spec.ports[0]`. */
export interface TypedProblem {
  readonly path: string;
  readonly message: string;
}

/** What structured-merge-diff says of values that do not fit. Upstream: typed/helpers.go, ValidationErrors. */
export class TypedError extends Error {
  constructor(problems: readonly TypedProblem[]) {
    const lines = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
    super(lines.length === 1 ? lines[0] : ["errors:", ...lines.map((line) => `  ${line}`)].join("\n"));
  }
}
