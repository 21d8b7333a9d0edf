import { type FieldError, invalidValue, required, tooLong } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { goQuote } from "../../kube/go-text.js";
import { isDns1123Label, isDns1123Subdomain, type NameCheck } from "../../kube/names.js";

const MAX_DOMAIN = 253;
/** A domain, a slash, and a label with a subdomain behind it. */
const MAX_NAME = MAX_DOMAIN + 1 + 253 + 63 + 1;

/** `domain/path` of whoever signs; upstream: apis/core/validation/names.go (ValidateSignerName). */
export function validateSignerName(path: FieldPath, name: string): FieldError[] {
  if (name === "") return [required(path)];
  const segments = name.split("/");
  if (segments.length !== 2) {
    return [
      invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"),
    ];
  }
  const [domain, rest] = segments as [string, string];
  const errors = Buffer.byteLength(domain) > MAX_DOMAIN ? [tooLong(path, MAX_DOMAIN)] : [];
  errors.push(...firstWrong(path, domain, isDns1123Label));
  if (!domain.includes(".")) {
    errors.push(invalidValue(path, domain, "should be a domain with at least two segments separated by dots"));
  }
  errors.push(...firstWrong(path, rest, isDns1123Subdomain));
  if (Buffer.byteLength(name) > MAX_NAME) errors.push(tooLong(path, MAX_NAME));
  return errors;
}

/** Of parts between dots, only the first wrong one is told. */
function firstWrong(path: FieldPath, text: string, check: NameCheck): FieldError[] {
  const part = text.split(".").find((each) => check(each).length > 0);
  if (part === undefined) return [];
  return check(part).map((why) => invalidValue(path, text, `validating label ${goQuote(part)}: ${why}`));
}
