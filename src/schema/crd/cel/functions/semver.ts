import { boundedInteger } from "../../../../kube/digits.js";
import { goQuote } from "../../../../kube/go-text.js";
import { CelError, Opaque, type Value } from "../lang/values.js";
import { define, type FunctionDef, overload } from "./declare.js";

type Identifier = string | bigint;

class SemverValue extends Opaque {
  readonly typeName = "kubernetes.Semver";

  constructor(
    readonly numbers: readonly [bigint, bigint, bigint],
    readonly pre: readonly Identifier[],
    readonly build: string | undefined,
  ) {
    super();
  }

  override get text(): string {
    const pre = this.pre.length === 0 ? "" : `-${this.pre.join(".")}`;
    return `${this.numbers.join(".")}${pre}${this.build === undefined ? "" : `+${this.build}`}`;
  }

  equals(other: Value): boolean {
    return other instanceof SemverValue && compare(this, other) === 0;
  }
}

const MAX_UINT = 2n ** 64n - 1n;
const PARTS = ["major", "minor", "patch"] as const;

/** A version, or what is wrong with the text; upstream: github.com/blang/semver/v4. */
function parse(text: string): SemverValue | string {
  if (text === "") return "Version string empty";
  const [head = "", build] = splitOnce(text, "+");
  const [core = "", pre] = splitOnce(head, "-");
  const dots = splitTwice(core);
  if (dots.length !== 3) return "No Major.Minor.Patch elements found";
  const numbers: bigint[] = [];
  for (const [index, part] of dots.entries()) {
    const problem = numberProblem(part, PARTS[index]!);
    if (problem !== undefined) return problem;
    const number = boundedInteger(part);
    if (number > MAX_UINT) return outOfRange(part);
    numbers.push(number);
  }
  const identifiers: Identifier[] = [];
  for (const part of pre?.split(".") ?? []) {
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return part === "" ? "Prerelease is empty" : `Invalid character(s) found in prerelease ${goQuote(part)}`;
    if (!/^\d+$/.test(part)) identifiers.push(part);
    else if (part.length > 1 && part.startsWith("0"))
      return `Numeric PreRelease version must not contain leading zeroes ${goQuote(part)}`;
    else if (boundedInteger(part) > MAX_UINT) return outOfRange(part);
    else identifiers.push(BigInt(part));
  }
  for (const part of build?.split(".") ?? []) {
    if (part === "") return "Build meta data is empty";
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in build meta data ${goQuote(part)}`;
  }
  return new SemverValue(numbers as [bigint, bigint, bigint], identifiers, build);
}

function outOfRange(part: string): string {
  return `strconv.ParseUint: parsing ${goQuote(part)}: value out of range`;
}

function numberProblem(part: string, name: string): string | undefined {
  if (!/^\d+$/.test(part)) {
    return part === ""
      ? 'strconv.ParseUint: parsing "": invalid syntax'
      : `Invalid character(s) found in ${name} number ${goQuote(part)}`;
  }
  if (part.length > 1 && part.startsWith("0")) {
    return `${name[0]!.toUpperCase()}${name.slice(1)} number must not contain leading zeroes ${goQuote(part)}`;
  }
  return undefined;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

/** Everything after the second dot is one part. */
function splitTwice(text: string): string[] {
  const parts = text.split(".");
  return parts.length <= 3 ? parts : [parts[0]!, parts[1]!, parts.slice(2).join(".")];
}

/** Without "v", without leading zeros, and with the minor and patch numbers that are missing. */
function normalized(text: string): string {
  const rest = text.replace(/^v/, "");
  const parts = splitTwice(rest).map((part) => {
    if (part.length < 2) return part;
    const trimmed = part.replace(/^0+/, "");
    return /^\d/.test(trimmed) ? trimmed : `0${trimmed}`;
  });
  if (parts.length >= 3) return parts.join(".");
  if (/[+-]/.test(parts.at(-1)!)) return rest;
  return [...parts, ...new Array<string>(3 - parts.length).fill("0")].join(".");
}

function compare(a: SemverValue, b: SemverValue): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index]!;
    if (number !== other) return number < other ? -1 : 1;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return Math.sign(b.pre.length - a.pre.length);
  for (const [index, left] of a.pre.entries()) {
    const right = b.pre[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.pre.length < b.pre.length ? -1 : 0;
}

function compareIdentifiers(a: Identifier, b: Identifier): number {
  if (typeof a !== typeof b) return typeof a === "bigint" ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function semver(text: string, normalize = false): SemverValue {
  const value = parse(normalize ? normalized(text) : text);
  if (typeof value === "string") throw new CelError(value);
  return value;
}

const isSemver = (text: string, normalize = false) => typeof parse(normalize ? normalized(text) : text) !== "string";
const S = "kubernetes.Semver";

/** Upstream: apiserver/pkg/cel/library/semverlib.go. */
export const SEMVER: readonly FunctionDef[] = [
  define(
    "semver",
    overload("string_to_semver", `(string) -> ${S}`, semver),
    overload("string_bool_to_semver", `(string, bool) -> ${S}`, semver),
  ),
  define(
    "isSemver",
    overload("is_semver_string", "(string) -> bool", isSemver),
    overload("is_semver_string_bool", "(string, bool) -> bool", isSemver),
  ),
  define(
    "isGreaterThan",
    overload("semver_is_greater_than", `${S}.(${S}) -> bool`, (a, b) => compare(a, b) > 0),
  ),
  define(
    "isLessThan",
    overload("semver_is_less_than", `${S}.(${S}) -> bool`, (a, b) => compare(a, b) < 0),
  ),
  define(
    "compareTo",
    overload("semver_compare_to", `${S}.(${S}) -> int`, (a, b) => BigInt(compare(a, b))),
  ),
  ...PARTS.map((name, index) =>
    define(
      name,
      overload(`semver_${name}`, `${S}.() -> int`, ({ numbers }: SemverValue) => numbers[index]!),
    ),
  ),
];
