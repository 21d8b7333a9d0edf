import { goQuote } from "../../../../kube/go-text.js";
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  type NameCheck,
} from "../../../../kube/names.js";
import { isRequestUri, matchesFormat } from "../../formats.js";
import { PlainList } from "../lang/containers.js";
import { Opaque, Optional, type Value } from "../lang/values.js";
import { define, type FunctionDef, overload } from "./declare.js";

export class FormatValue extends Opaque {
  readonly typeName = "kubernetes.NamedFormat";

  constructor(
    readonly name: string,
    readonly check: NameCheck,
    /** As long as the regular expression would be, for costs. */
    readonly regexSize: number,
  ) {
    super();
  }

  equals(other: Value): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

/** What a name that something is appended to may end with. */
function prefix(check: NameCheck): NameCheck {
  return (text) => check(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text);
}

function known(format: string, complaint: string): NameCheck {
  return (text) => (matchesFormat(format, text) ? [] : [complaint]);
}

function uri(text: string): string[] {
  if (isRequestUri(text)) return [];
  return [`parse ${goQuote(text)}: ${text === "" ? "empty url" : "invalid URI for request"}`];
}

/** Upstream: apiserver/pkg/cel/library/format.go. */
const FORMATS: ReadonlyMap<string, FormatValue> = new Map(
  Object.entries({
    dns1123Label: new FormatValue("DNS1123Label", isDns1123Label, 30),
    dns1123Subdomain: new FormatValue("DNS1123Subdomain", isDns1123Subdomain, 60),
    dns1035Label: new FormatValue("DNS1035Label", isDns1035Label, 30),
    qualifiedName: new FormatValue("QualifiedName", isQualifiedName, 60),
    dns1123LabelPrefix: new FormatValue("DNS1123LabelPrefix", prefix(isDns1123Label), 30),
    dns1123SubdomainPrefix: new FormatValue("DNS1123SubdomainPrefix", prefix(isDns1123Subdomain), 60),
    dns1035LabelPrefix: new FormatValue("DNS1035LabelPrefix", prefix(isDns1035Label), 30),
    labelValue: new FormatValue("LabelValue", isLabelValue, 40),
    uri: new FormatValue("URI", uri, 1103),
    uuid: new FormatValue("uuid", known("uuid", "does not match the UUID format"), 70),
    byte: new FormatValue("byte", known("byte", "invalid base64"), 84),
    date: new FormatValue("date", known("date", "invalid date"), 71),
    datetime: new FormatValue("datetime", known("datetime", "invalid datetime"), 71),
  }),
);

function validate(format: FormatValue, text: string): Optional {
  const reasons = format.check(text);
  return reasons.length === 0 ? Optional.none : new Optional(new PlainList(reasons));
}

function named(name: string): Optional {
  const format = FORMATS.get(name);
  return format ? new Optional(format) : Optional.none;
}

const TYPE = "kubernetes.NamedFormat";

export const NAMED_FORMATS: readonly FunctionDef[] = [
  ...[...FORMATS].map(([name, format]) =>
    define(
      `format.${name}`,
      overload(`format.${name}`, `() -> ${TYPE}`, () => format),
    ),
  ),
  define("format.named", overload("format-named", `(string) -> optional_type(${TYPE})`, named)),
  define("validate", overload("format-validate", `${TYPE}.(string) -> optional_type(list(string))`, validate)),
];
