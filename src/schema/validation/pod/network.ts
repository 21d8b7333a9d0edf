import { objectAt, objectsAt, stringAt, stringsAt } from "../../../kube/access.js";
import { type FieldError, invalidValue, required } from "../../../kube/field-errors.js";
import type { FieldPath } from "../../../kube/field-path.js";
import type { JsonObject } from "../../../kube/json.js";
import { isDns1123Subdomain, maxLengthReason, type NameCheck, regexReason } from "../../../kube/names.js";
import { validateIp } from "../network.js";
import { checked } from "../words.js";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LENGTH = 2048;

const LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SEARCH = `${LABEL}(\\.${LABEL})*`;
const searchPattern = new RegExp(`^(?:${SEARCH})$`);

/** A search domain may have underscores. */
const isSearchDomain: NameCheck = (value) => {
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', " +
    "and must start and end with an alphanumeric character";
  const reasons = Buffer.byteLength(value) > 253 ? [maxLengthReason(253)] : [];
  return searchPattern.test(value) ? reasons : [...reasons, regexReason(rule, SEARCH, "example.com")];
};

/** The pod's own resolver settings; upstream: apis/core/validation (validatePodDNSConfig). */
export function validateDnsConfig(path: FieldPath, spec: JsonObject): FieldError[] {
  const config = objectAt(spec, "dnsConfig");
  const [servers, searches] = [stringsAt(config, "nameservers"), stringsAt(config, "searches")];
  if (stringAt(spec, "dnsPolicy") === "None") {
    if (!config) return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
    const why = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    if (servers.length === 0) return [required(path.child("nameservers"), why)];
  }
  const errors: FieldError[] = [];
  const refuse = (field: string, value: string[], why: string) =>
    errors.push(invalidValue(path.child(field), value, `must not have more than ${why}`));
  if (servers.length > MAX_NAMESERVERS) refuse("nameservers", servers, `${MAX_NAMESERVERS} nameservers`);
  errors.push(...servers.flatMap((server, index) => validateIp(path.child("nameservers").index(index), server)));
  if (searches.length > MAX_SEARCHES) refuse("searches", searches, `${MAX_SEARCHES} search paths`);
  if (Buffer.byteLength(searches.join(" ")) > MAX_SEARCH_LENGTH) {
    refuse("searches", searches, `${MAX_SEARCH_LENGTH} characters (including spaces) in the search list`);
  }
  for (const [index, search] of searches.entries()) {
    if (search === ".") continue;
    errors.push(...checked(path.child("searches").index(index), search.replace(/\.$/, ""), isSearchDomain));
  }
  for (const [index, option] of objectsAt(config, "options").entries()) {
    if (stringAt(option, "name") === "") errors.push(required(path.child("options").index(index), "must not be empty"));
  }
  return errors;
}

export function validateHostAliases(path: FieldPath, aliases: readonly JsonObject[]): FieldError[] {
  return aliases.flatMap((alias, index) => [
    ...validateIp(path.index(index).child("ip"), stringAt(alias, "ip")),
    ...stringsAt(alias, "hostnames").flatMap((name, nth) =>
      checked(path.index(index).child("hostnames").index(nth), name, isDns1123Subdomain),
    ),
  ]);
}
