import { type FieldError, invalidValue, required } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import {
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegmentName,
  maxLengthReason,
  type NameCheck,
  regexReason,
} from "../../kube/names.js";
import { checked } from "./words.js";

/** Longer forms of names; upstream: apimachinery/pkg/util/validation/validation.go. */

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const WILDCARD = `\\*\\.${LABEL}(\\.${LABEL})*`;
const wildcardPattern = new RegExp(`^${WILDCARD}$`);
const WILDCARD_RULE =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of " +
  "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";

export const isWildcardSubdomain: NameCheck = (value) => [
  ...(Buffer.byteLength(value) > 253 ? [maxLengthReason(253)] : []),
  ...(wildcardPattern.test(value) ? [] : [regexReason(WILDCARD_RULE, WILDCARD, "*.example.com")]),
];

/** A host that may begin with "*.". */
export const isHost: NameCheck = (value) =>
  value.includes("*") ? isWildcardSubdomain(value) : isDns1123Subdomain(value);

/** Three parts at least. */
export function qualifiedName(path: FieldPath, name: string): FieldError[] {
  if (name === "") return [required(path)];
  const wrong = isDns1123Subdomain(name);
  if (wrong.length > 0) return [invalidValue(path, name, wrong.join(","))];
  if (name.split(".").length >= 3) return [];
  return [invalidValue(path, name, "should be a domain with at least three segments separated by dots")];
}

/** Two parts at least, and maybe the root's dot. */
export function qualifiedDomainName(path: FieldPath, given: string): FieldError[] {
  if (given === "") return [required(path)];
  const name = given.endsWith(".") ? given.slice(0, -1) : given;
  const wrong = isDns1123Subdomain(name);
  if (wrong.length > 0) return [invalidValue(path, name, wrong.join(","))];
  const labels = name.split(".");
  if (labels.length < 2) {
    return [invalidValue(path, name, "should be a domain with at least two segments separated by dots")];
  }
  const label = labels.find((each) => isDns1123Label(each).length > 0);
  return label === undefined ? [] : [invalidValue(path, label, isDns1123Label(label).join(","))];
}

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathPattern = new RegExp(`^${HTTP_PATH}$`);

export function domainPrefixedPath(path: FieldPath, value: string): FieldError[] {
  if (value === "") return [required(path)];
  const slash = value.indexOf("/");
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || rest === "") {
    return [invalidValue(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = checked(path, host, isDns1123Subdomain);
  if (!httpPathPattern.test(rest)) errors.push(invalidValue(path, rest, regexReason("Invalid path", HTTP_PATH)));
  return errors;
}

/** A required part of a reference that ends up in a URL's path. */
export function requiredSegment(path: FieldPath, value: string): FieldError[] {
  return value === "" ? [required(path)] : checked(path, value, isPathSegmentName);
}
