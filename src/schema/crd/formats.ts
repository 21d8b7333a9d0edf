import { parseCidr, parseIp } from "../../kube/ip.js";

const UUID = (version: string, variant: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i");
const ANY = "[0-9a-f]";
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/;
const BYTE = "(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])";
const COLOR = new RegExp(`^rgb\\([\\t\\n\\f\\r ]*${BYTE}[ ]*,[ ]*${BYTE}[ ]*,[ ]*${BYTE}[ ]*\\)$`);
const LETTER = "a-zA-Z0-9\\p{S}\\p{L}";
const HOSTNAME = new RegExp(
  `^([${LETTER}]((-?[${LETTER}]{0,62})?)|([${LETTER}](([${LETTER}-]{0,61}[${LETTER}])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$`,
  "u",
);
const CARD =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/;
const MAC =
  /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\2){6}[0-9a-f]{2}|[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\3){18}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}|(?:[0-9a-f]{4}\.){3}[0-9a-f]{4}|(?:[0-9a-f]{4}\.){9}[0-9a-f]{4})$/i;

/** Checks by name without dashes; upstream: kube-openapi/pkg/validation/strfmt, apiextensions' validation/formats.go. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isRequestUri,
  email: isEmail,
  hostname: (text) =>
    HOSTNAME.test(text) &&
    Buffer.byteLength(text) <= 255 &&
    text.split(".").every((part) => Buffer.byteLength(part) <= 63),
  ipv4: (text) => text.includes(".") && parseIp(withoutZeros(text)) !== undefined,
  ipv6: (text) => text.includes(":") && parseIp(text) !== undefined,
  cidr: (text) => parseCidr(withoutZeros(text)) !== undefined,
  mac: matches(MAC),
  uuid: matches(UUID(ANY, ANY)),
  uuid3: matches(UUID("3", ANY)),
  uuid4: matches(UUID("4", "[89ab]")),
  uuid5: matches(UUID("5", "[89ab]")),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^(?=.{11}$)\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(COLOR),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
};

function matches(pattern: RegExp): (text: string) => boolean {
  return (text) => pattern.test(text);
}

const normalized = (format: string) => format.replaceAll("-", "");

/**
 * The format if the server knows it, else "". Those with dashes in their names that 1.34 adds (k8s-short-name,
 * k8s-long-name) it looks for without them, in vain.
 */
export function checkedFormat(format: string): string {
  return Object.hasOwn(FORMATS, normalized(format)) ? format : "";
}

export function matchesFormat(format: string, text: string): boolean {
  return FORMATS[normalized(format)]!(text);
}

/** Old servers took leading zeros, so this still does; upstream: k8s.io/utils/net ParseIPSloppy. */
function withoutZeros(text: string): string {
  return text.replace(/(^|\.)0+(?=\d)/g, "$1");
}

export function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number) as (number | undefined)[];
  if (year === undefined || month === undefined || day === undefined || month < 1 || month > 12 || day < 1)
    return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

export function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t");
  const match = TIME.exec(time ?? "");
  return isDate(date) && match !== null && match[1]! <= "23" && match[2]! <= "59" && match[3]! <= "59";
}

const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const UNIT = /^(?:ns|nano.*|us|µs|micro.*|ms|milli.*|s|sec.*|m|min.*|h|hr|hour.*|d|day.*|w|wk|week.*)$/i;

/** A Go duration, or a number with a unit anywhere in the text. */
function isDuration(text: string): boolean {
  if (GO_DURATION.test(text)) return true;
  return [...text.matchAll(/(?<!\d)\d+\s*([A-Za-zµ]+)/g)].some((match) => UNIT.test(match[1]!));
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^(?:\d{9}X|\d{10})$/.test(digits)) return false;
  const sum = [...digits].reduce((total, char, index) => total + (index + 1) * (char === "X" ? 10 : Number(char)), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  const sum = [...digits.slice(0, 12)].reduce((total, char, index) => total + Number(char) * (index % 2 ? 3 : 1), 0);
  return Number(digits[12]) === (10 - (sum % 10)) % 10;
}

/** Luhn's check over the digits of an issuer's number. */
function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, "");
  if (!CARD.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, char, index) => {
    const value = Number(char) * (index % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** An absolute URI or path, as net/url's ParseRequestURI takes it. */
export function isRequestUri(text: string): boolean {
  if (text === "" || /\p{Cc}/u.test(text)) return false;
  if (text === "*") return true;
  if (/%(?![0-9a-fA-F]{2})/.test(text.split("?")[0]!)) return false;
  if (text.startsWith("/")) return true;
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text);
  if (!match) return false;
  const rest = match[2]!;
  if (!rest.startsWith("//")) return true;
  const host = /^\/\/(?:[^/?@]*@)?([^/?]*)/.exec(rest)![1]!;
  if (/[\s"<>\\^`{|}]/.test(host)) return false;
  const port = /^(?:\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(host);
  return port !== null;
}

const ATOM = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+";
const ADDRESS = `(?:${ATOM}(?:\\.${ATOM})*|"(?:[^"\\\\\\r\\n]|\\\\.)*")@(?:${ATOM}(?:\\.${ATOM})*|\\[[^\\[\\]]*\\])`;
const PHRASE = `(?:${ATOM.slice(0, -1)}|"(?:[^"\\\\]|\\\\.)*"|[ .])*`;
const EMAIL = new RegExp(`^(?:${ADDRESS}|${PHRASE}<${ADDRESS}>)$`);

/** An address as net/mail's ParseAddress takes it, with or without a display name. */
function isEmail(text: string): boolean {
  return EMAIL.test(text.trim()); // white space in the expression would make long runs of it slow
}
