import {
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { goJson } from "../../kube/go-text.js";
import type { Json } from "../../kube/json.js";

/** What a schema objects to; upstream: kube-openapi/pkg/validation/errors. */
export interface Finding {
  readonly kind: "required" | "enum" | "too long" | "too many" | "type" | "other" | "composite";
  /** Dotted, "" at the root. Composite findings name none. */
  readonly path: string;
  readonly message: string;
  readonly value?: Json;
  readonly limit?: number;
  readonly allowed?: readonly Json[];
}

/** The outcome of one schema on one value. */
export class Result {
  readonly findings: Finding[] = [];
  readonly #told = new Set<string>();
  /** How much fitted: of several failed alternatives the one that fitted best is told. */
  matches = 0;

  get valid(): boolean {
    return this.findings.length === 0;
  }

  add(finding: Finding): void {
    if (this.#told.has(finding.message)) return;
    this.#told.add(finding.message);
    this.findings.push(finding);
  }

  merge(other: Result): void {
    for (const finding of other.findings) this.add(finding);
    this.matches += other.matches;
  }
}

/** The findings as errors below a path; upstream: apiextensions' validation.go, kubeOpenAPIResultToFieldErrors. */
export function fieldErrors(result: Result, base: FieldPath): FieldError[] {
  return result.findings.map((finding) => fieldError(finding, base));
}

function fieldError(finding: Finding, base: FieldPath): FieldError {
  const { path, value, message, limit } = finding;
  const name = path.replace(/^\./, "");
  const at = name === "" ? base : base.child(name);
  switch (finding.kind) {
    case "required":
      return required(at);
    case "enum": {
      const allowed = (finding.allowed ?? []).map((each) => (typeof each === "string" ? each : goJson(each)));
      return notSupported(at, value ?? null, allowed);
    }
    case "too long":
      return tooLong(at, limit!);
    case "too many":
      return tooMany(at, Number(value), limit!);
    case "type":
      return typeInvalid(at, value ?? "", message);
    case "other":
      return invalidValue(at, value ?? "", message);
    case "composite":
      return invalidValue(base, "", message);
  }
}

export const ROOT = FieldPath.of();
