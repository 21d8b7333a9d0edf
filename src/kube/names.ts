import type { Sources } from "./clock.js";
import { type FieldError, invalidValue, tooLong } from "./field-errors.js";
import type { FieldPath } from "./field-path.js";
import { compareUtf8 } from "./go-text.js";

/**
 * Checks of names, each answering the reasons against a value (none: it is fine), in upstream's words;
 * upstream: apimachinery/pkg/util/validation/validation.go. Lengths are bytes of UTF-8, as in Go.
 */
export type NameCheck = (value: string) => string[];

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const labelPattern = whole(LABEL);
const subdomainPattern = whole(SUBDOMAIN);
const dns1035Pattern = whole(DNS1035);
const qualifiedPattern = whole(QUALIFIED);
const labelValuePattern = whole(LABEL_VALUE);

const ENDS = "and must start and end with an alphanumeric character";
const LABEL_RULE = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${ENDS}`;
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${ENDS}`;
const DNS1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
  "start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED_RULE = `must consist of alphanumeric characters, '-', '_' or '.', ${ENDS}`;
const LABEL_VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${ENDS}`;

/** The comma before "or" and the two spaces after it are upstream's. */
export function regexReason(rule: string, pattern: string, ...examples: readonly string[]): string {
  const used = `regex used for validation is '${pattern}')`;
  if (examples.length === 0) return `${rule} (${used}`;
  return `${rule} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}${used}`;
}

export function maxLengthReason(length: number): string {
  return `must be no more than ${length} characters`;
}

export function rangeReason(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const bytes = (text: string): number => Buffer.byteLength(text);

function tooLongReasons(value: string, length: number): string[] {
  return bytes(value) > length ? [maxLengthReason(length)] : [];
}

export const isDns1123Label: NameCheck = (value) => {
  const reasons = tooLongReasons(value, 63);
  if (labelPattern.test(value)) return reasons;
  const dots = subdomainPattern.test(value);
  reasons.push(dots ? "must not contain dots" : regexReason(LABEL_RULE, LABEL, "my-name", "123-abc"));
  return reasons;
};

export const isDns1123Subdomain: NameCheck = (value) => {
  const reasons = tooLongReasons(value, 253);
  if (!subdomainPattern.test(value)) reasons.push(regexReason(SUBDOMAIN_RULE, SUBDOMAIN, "example.com"));
  return reasons;
};

export const isDns1035Label: NameCheck = (value) => {
  const reasons = tooLongReasons(value, 63);
  if (!dns1035Pattern.test(value)) reasons.push(regexReason(DNS1035_RULE, DNS1035, "my-name", "abc-123"));
  return reasons;
};

/** A label or annotation key: an optional DNS subdomain and "/", then a name. */
export const isQualifiedName: NameCheck = (value) => {
  const parts = value.split("/");
  const rule = regexReason(QUALIFIED_RULE, QUALIFIED, "MyName", "my.name", "123-abc");
  if (parts.length > 2) {
    return [`a qualified name ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const reasons: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    const wrong = prefix === "" ? ["must be non-empty"] : isDns1123Subdomain(prefix);
    reasons.push(...wrong.map((reason) => `prefix part ${reason}`));
  }
  if (name === "") reasons.push("name part must be non-empty");
  else reasons.push(...tooLongReasons(name, 63).map((reason) => `name part ${reason}`));
  if (!qualifiedPattern.test(name)) reasons.push(`name part ${rule}`);
  return reasons;
};

export const isLabelValue: NameCheck = (value) => {
  const reasons = tooLongReasons(value, 63);
  if (!labelValuePattern.test(value)) {
    reasons.push(regexReason(LABEL_VALUE_RULE, LABEL_VALUE, "MyValue", "my_value", "12345"));
  }
  return reasons;
};

/** The least that any name must be: one path segment; upstream: apimachinery/pkg/api/validation/path/name.go. */
export const isPathSegmentName: NameCheck = (value) => {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return ["/", "%"].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
};

/**
 * Whether `prefix` can begin a generated name: a trailing "-" is fine there;
 * upstream: apimachinery/pkg/api/validation/generic.go.
 */
export function isGenerateNamePrefix(prefix: string, check: NameCheck): string[] {
  if (check === isPathSegmentName) return prefix === "." || prefix === ".." ? [] : check(prefix);
  return check(prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix);
}

const MAX_NAME = 63;
const SUFFIX = 5;

/** A name that begins with `prefix`, shortened to leave the suffix room; upstream: storage/names/generate.go. */
export function generatedName(prefix: string, sources: Pick<Sources, "suffix">): string {
  const kept = Buffer.from(prefix)
    .subarray(0, MAX_NAME - SUFFIX)
    .toString();
  return kept + sources.suffix(SUFFIX);
}

/** The alphabet of generated names has no vowels and no digits that look like them; upstream: util/rand/rand.go. */
export const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function checkLabels(labels: Readonly<Record<string, string>>, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of sortedEntries(labels)) {
    errors.push(...checkLabelKey(key, path));
    errors.push(...isLabelValue(value).map((reason) => invalidValue(path, value, reason)));
  }
  return errors;
}

export function checkLabelKey(key: string, path: FieldPath): FieldError[] {
  return isQualifiedName(key).map((reason) => invalidValue(path, key, reason));
}

const MAX_ANNOTATIONS = 256 * 1024;

/** Keys are compared in lower case, and all keys and values together are limited. */
export function checkAnnotations(annotations: Readonly<Record<string, string>>, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of sortedEntries(annotations)) {
    errors.push(...isQualifiedName(key.toLowerCase()).map((reason) => invalidValue(path, key, reason)));
    size += bytes(key) + bytes(value);
  }
  if (size > MAX_ANNOTATIONS) errors.push(tooLong(path, MAX_ANNOTATIONS));
  return errors;
}

/** Go ranges over maps in a random order; ours is at least the same each time. */
function sortedEntries(map: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => compareUtf8(a, b));
}
