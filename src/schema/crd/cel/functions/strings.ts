import { goRegex, RegexError } from "../../regex.js";
import { PlainList } from "../lang/containers.js";
import { CelError, type CelList, type Value } from "../lang/values.js";
import { define, defineShared, type FunctionDef, overload } from "./declare.js";
import { formatText } from "./format.js";

type TextTest = (text: string, part: string) => boolean;

function test(name: string, id: string, holds: TextTest): FunctionDef {
  return defineShared(
    name,
    (text, part) => (typeof text === "string" && typeof part === "string" ? holds(text, part) : undefined),
    overload(id, "string.(string) -> bool"),
  );
}

/** Compiles a regular expression in Go's syntax. Throws {@link CelError}. */
export function regexOf(pattern: string, prefix = "") {
  try {
    return goRegex(pattern);
  } catch (error) {
    if (error instanceof RegexError) throw new CelError(`${prefix}${error.message}`);
    throw error;
  }
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): string {
  const chars = [...text];
  if (index < 0 || index > chars.length) throw outOfRange(index);
  return chars[Number(index)] ?? "";
}

function indexOf(text: string, part: string, from = 0n): bigint {
  if (part === "") return from;
  if (from < 0) throw outOfRange(from);
  const [chars, wanted] = [[...text], [...part]];
  for (let start = Number(from); start <= chars.length - wanted.length; start++) {
    if (wanted.every((char, index) => chars[start + index] === char)) return BigInt(start);
  }
  return -1n;
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const [chars, wanted] = [[...text], [...part]];
  if (part === "") return from ?? BigInt(chars.length);
  if (from === undefined && text.length < part.length) return -1n;
  const last = from ?? BigInt(chars.length - 1);
  if (last < 0) throw outOfRange(last);
  if (last >= chars.length) return -1n;
  for (let start = Math.min(Number(last), chars.length - wanted.length); start >= 0; start--) {
    if (wanted.every((char, index) => chars[start + index] === char)) return BigInt(start);
  }
  return -1n;
}

/** The first `times` occurrences; all with a negative number. */
function replace(text: string, old: string, by: string, times = -1n): string {
  if (times < 0n) return old === "" ? [...text].map((char) => by + char).join("") + by : text.replaceAll(old, () => by);
  const parts = old === "" ? ["", ...text] : text.split(old);
  const count = Math.min(Number(times), old === "" ? parts.length : parts.length - 1);
  if (old === "") return parts.map((char, index) => (index < count ? char + by : char)).join("");
  return (
    parts.slice(0, count + 1).join(by) +
    parts
      .slice(count + 1)
      .map((part) => old + part)
      .join("")
  );
}

function split(text: string, separator: string, limit = -1n): CelList {
  if (limit === 0n) return new PlainList([]);
  const parts = separator === "" ? [...text] : text.split(separator);
  if (limit < 0n || parts.length <= limit) return new PlainList(parts);
  const kept = Number(limit) - 1;
  return new PlainList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function substring(text: string, start: bigint, end?: bigint): string {
  const chars = [...text];
  if (end !== undefined && start > end) {
    throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  }
  if (start < 0 || start > chars.length) throw outOfRange(start);
  if (end !== undefined && (end < 0 || end > chars.length)) throw outOfRange(end);
  return chars.slice(Number(start), end === undefined ? undefined : Number(end)).join("");
}

function join(list: CelList, separator = ""): string {
  const parts = [...list].map((item) => {
    if (typeof item !== "string") throw new CelError("no such overload");
    return item;
  });
  return parts.join(separator);
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" },
  ...{ "\\": "\\\\", '"': '\\"' },
};

function quote(text: string): string {
  return `"${[...text].map((char) => ESCAPES[char] ?? char).join("")}"`;
}

function find(text: string, pattern: string): string {
  return regexOf(pattern, "Illegal regex: ").find(text) ?? "";
}

function findAll(text: string, pattern: string, limit = -1n): CelList {
  const most = limit < 0n ? undefined : Number(limit);
  return new PlainList(regexOf(pattern, "Illegal regex: ").findAll(text, most));
}

const lower = (text: string): Value => text.replace(/[A-Z]/g, (char) => char.toLowerCase());
const upper = (text: string): Value => text.replace(/[a-z]/g, (char) => char.toUpperCase());
const SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const AROUND = new RegExp(`^${SPACE}|${SPACE}$`, "g");

/** Upstream: cel-go/common/stdlib, ext/strings.go (version 2), apiserver/pkg/cel/library/regex.go. */
export const STRINGS: readonly FunctionDef[] = [
  test("contains", "contains_string", (text, part) => text.includes(part)),
  test("endsWith", "ends_with_string", (text, part) => text.endsWith(part)),
  test("startsWith", "starts_with_string", (text, part) => text.startsWith(part)),
  defineShared(
    "matches",
    (text, pattern) =>
      typeof text === "string" && typeof pattern === "string" ? regexOf(pattern).test(text) : undefined,
    overload("matches", "(string, string) -> bool"),
    overload("matches_string", "string.(string) -> bool"),
  ),
  define("charAt", overload("string_char_at_int", "string.(int) -> string", charAt)),
  define("lowerAscii", overload("string_lower_ascii", "string.() -> string", lower)),
  define("upperAscii", overload("string_upper_ascii", "string.() -> string", upper)),
  define(
    "trim",
    overload("string_trim", "string.() -> string", (text: string) => text.replace(AROUND, "")),
  ),
  define(
    "replace",
    overload("string_replace_string_string", "string.(string, string) -> string", replace),
    overload("string_replace_string_string_int", "string.(string, string, int) -> string", replace),
  ),
  define(
    "split",
    overload("string_split_string", "string.(string) -> list(string)", split),
    overload("string_split_string_int", "string.(string, int) -> list(string)", split),
  ),
  define(
    "substring",
    overload("string_substring_int", "string.(int) -> string", substring),
    overload("string_substring_int_int", "string.(int, int) -> string", substring),
  ),
  define(
    "join",
    overload("list_join", "list(string).() -> string", join),
    overload("list_join_string", "list(string).(string) -> string", join),
  ),
  define("format", overload("string_format", "string.(list(dyn)) -> string", formatText)),
  define("strings.quote", overload("strings_quote", "(string) -> string", quote)),
  define("find", overload("string_find_string", "string.(string) -> string", find)),
  define(
    "findAll",
    overload("string_find_all_string", "string.(string) -> list(string)", findAll),
    overload("string_find_all_string_int", "string.(string, int) -> list(string)", findAll),
  ),
];

/** These have the names of functions on lists, too: a name is declared once, with all its overloads. */
export const STRING_INDEXES = {
  indexOf: [
    overload("string_index_of_string", "string.(string) -> int", indexOf),
    overload("string_index_of_string_int", "string.(string, int) -> int", indexOf),
  ],
  lastIndexOf: [
    overload("string_last_index_of_string", "string.(string) -> int", lastIndexOf),
    overload("string_last_index_of_string_int", "string.(string, int) -> int", lastIndexOf),
  ],
};
