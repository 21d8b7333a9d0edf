import { objectAt, stringAt, stringsAt, valueAt } from "../../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1035Label, isDns1123Subdomain } from "../../../kube/names.js";

const REVIEW_VERSIONS = ["v1", "v1beta1"];

/** How versions are converted; upstream: validateCustomResourceConversion, whose paths are the internal type's. */
export function validateConversion(conversion: JsonObject | undefined, path: FieldPath): FieldError[] {
  if (!conversion) return [];
  const strategy = stringAt(conversion, "strategy");
  const errors: FieldError[] = [];
  if (strategy === "") errors.push(required(path.child("strategy")));
  else if (strategy !== "None" && strategy !== "Webhook") {
    errors.push(notSupported(path.child("strategy"), strategy, ["None", "Webhook"]));
  }
  const client = objectAt(conversion, "webhook", "clientConfig");
  const versions = stringsAt(conversion, "webhook", "conversionReviewVersions");
  if (strategy === "Webhook") {
    errors.push(...clientErrors(client, path.child("webhookClientConfig")));
    errors.push(...reviewErrors(versions, path.child("conversionReviewVersions")));
    return errors;
  }
  const why = "should not be set when strategy is not set to Webhook";
  if (client) errors.push(forbiddenField(path.child("webhookClientConfig"), why));
  if (versions.length > 0) errors.push(forbiddenField(path.child("conversionReviewVersions"), why));
  return errors;
}

export function clientErrors(client: JsonObject | undefined, path: FieldPath): FieldError[] {
  if (!client) return [required(path, "required when strategy is set to Webhook")];
  const url = valueAt(client, "url");
  const service = objectAt(client, "service");
  if ((url === undefined) === (service === undefined)) {
    return [required(path, "exactly one of url or service is required")];
  }
  return service ? serviceErrors(service, path.child("service")) : urlErrors(String(url), path.child("url"));
}

/** Upstream: apiserver/pkg/util/webhook/validation.go, ValidateWebhookService. */
function serviceErrors(service: JsonObject, path: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream's callers pass the two the wrong way round.
  if (stringAt(service, "namespace") === "") errors.push(required(path.child("name")));
  if (stringAt(service, "name") === "") errors.push(required(path.child("namespace")));
  const port = Number(valueAt(service, "port") ?? 443);
  if (port < 1 || port > 65535) {
    errors.push(invalidValue(path.child("port"), port, "port is not valid: must be between 1 and 65535, inclusive"));
  }
  return [...errors, ...servicePathErrors(stringAt(service, "path"), path.child("path"))];
}

function servicePathErrors(text: string, path: FieldPath): FieldError[] {
  if (text === "" || text === "/") return [];
  if (text === "//") return [invalidValue(path, text, "segment[0] may not be empty")];
  const errors = text.startsWith("/") ? [] : [invalidValue(path, text, "must start with a '/'")];
  for (const [index, segment] of text.slice(1).replace(/\/$/, "").split("/").entries()) {
    const reasons = segment === "" ? ["may not be empty"] : isDns1123Subdomain(segment).map((why) => `: ${why}`);
    const shown = (why: string) => `segment[${index}]${why.startsWith(":") ? "" : " "}${why}`;
    errors.push(...reasons.map((why) => invalidValue(path, text, shown(why))));
  }
  return errors;
}

/** Upstream: ValidateWebhookURL. */
function urlErrors(text: string, path: FieldPath): FieldError[] {
  const form = "; desired format: https://host[/path]";
  const errors: FieldError[] = [];
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(text)!;
  const [, scheme = "", authority = "", , query, fragment] = match;
  const at = authority.lastIndexOf("@");
  if (scheme !== "https") {
    errors.push(invalidValue(path, scheme, `'https' is the only allowed URL scheme${form}`));
  }
  if (authority.slice(at + 1) === "") errors.push(invalidValue(path, "", `host must be specified${form}`));
  if (at >= 0) errors.push(invalidValue(path, authority.slice(0, at), "user information is not permitted in the URL"));
  if (fragment && fragment !== "#") {
    errors.push(invalidValue(path, fragment.slice(1), "fragments are not permitted in the URL"));
  }
  if (query && query !== "?") {
    errors.push(invalidValue(path, query.slice(1), "query parameters are not permitted in the URL"));
  }
  return errors;
}

function reviewErrors(versions: readonly string[], path: FieldPath): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index) {
      errors.push(invalidValue(path.index(index), version, "duplicate version"));
      continue;
    }
    errors.push(...isDns1035Label(version).map((why) => invalidValue(path.index(index), version, why)));
  }
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    errors.push(invalidValue(path, [...versions], `must include at least one of ${REVIEW_VERSIONS.join(", ")}`));
  }
  return errors;
}
