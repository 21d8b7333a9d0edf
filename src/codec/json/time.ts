import { DecodeError } from "./errors.js";

const RFC3339 = "2006-01-02T15:04:05Z07:00";
const RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00";
const CANONICAL = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
/** How Go's zero time reads; it is written as null. */
const ZERO_SECONDS = -62135596800;

/**
 * The form in which metav1.Time (or MicroTime) writes what it read: UTC, whole seconds (or six decimals); undefined for
 * the zero time. Throws DecodeError with Go's message.
 */
export function canonicalTime(text: string, micro: boolean): string | undefined {
  if (!micro && CANONICAL.test(text) && !text.startsWith("0")) return text;
  const { seconds, micros } = new TimeParser(text, micro ? RFC3339_MICRO : RFC3339, micro).parse();
  if (seconds === ZERO_SECONDS && micros === 0) return undefined;
  return timeText(seconds, micro ? micros : undefined);
}

/** `micros` undefined: metav1.Time. */
export function timeText(seconds: number, micros: number | undefined): string {
  const iso = new Date(seconds * 1000).toISOString();
  const head = iso.slice(0, iso.length - 5);
  return micros === undefined ? `${head}Z` : `${head}.${String(micros).padStart(6, "0")}Z`;
}

/** Whether seconds since the epoch can be written with a year of four digits. */
export function inCalendar(seconds: number): boolean {
  return seconds >= -62167219200 && seconds <= 253402300799;
}

/** Walks the layout as Go's time.Parse does, so that its complaint names the same element; upstream: time/format.go. */
class TimeParser {
  readonly #text: string;
  readonly #layout: string;
  readonly #micro: boolean;
  #rest: string;
  #micros = 0;

  constructor(text: string, layout: string, micro: boolean) {
    this.#text = text;
    this.#layout = layout;
    this.#micro = micro;
    this.#rest = text;
  }

  parse(): { seconds: number; micros: number } {
    const year = this.#year();
    this.#literal("-");
    const month = this.#number("01", true, 1, 12, "month");
    this.#literal("-");
    const day = this.#number("02", true, 0, 99, "day");
    this.#literal("T");
    const hour = this.#number("15", false, 0, 23, "hour");
    this.#literal(":");
    const minute = this.#number("04", true, 0, 59, "minute");
    this.#literal(":");
    const second = this.#number("05", true, 0, 59, "second");
    this.#fraction();
    const offset = this.#zone();
    if (this.#rest !== "") this.#complain(`: extra text: ${timeQuote(this.#rest)}`);
    if (day < 1 || day > daysIn(year, month)) this.#complain(": day out of range");
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
    return { seconds: date.getTime() / 1000 - offset, micros: this.#micros };
  }

  #year(): number {
    if (!/^[0-9]/.test(this.#rest) || this.#rest.length < 4) this.#refuse("2006", this.#rest);
    const digits = this.#rest.slice(0, 4);
    if (!/^[0-9]{4}$/.test(digits)) this.#refuse("2006", this.#rest);
    this.#rest = this.#rest.slice(4);
    return Number(digits);
  }

  #literal(char: string): void {
    if (!this.#rest.startsWith(char)) this.#refuse(char, this.#rest);
    this.#rest = this.#rest.slice(1);
  }

  /** One or two digits; exactly two where `fixed`. */
  #number(element: string, fixed: boolean, min: number, max: number, what: string): number {
    const digits = /^[0-9]{1,2}/.exec(this.#rest)?.[0];
    if (digits === undefined || (fixed && digits.length < 2)) this.#refuse(element, this.#rest);
    this.#rest = this.#rest.slice(digits.length);
    const value = Number(digits);
    if (value < min || value > max) this.#complain(`: ${what} out of range`);
    return value;
  }

  #fraction(): void {
    const digits = /^[.,]([0-9]+)/.exec(this.#rest)?.[1];
    if (this.#micro) {
      if (digits === undefined || digits.length < 6) this.#refuse(".000000", this.#rest);
      this.#micros = Number(digits.slice(0, 6));
      this.#rest = this.#rest.slice(7);
    } else if (digits !== undefined) this.#rest = this.#rest.slice(digits.length + 1);
  }

  /** Seconds east of Greenwich. */
  #zone(): number {
    if (this.#rest.startsWith("Z")) {
      this.#rest = this.#rest.slice(1);
      return 0;
    }
    const match = /^(.)(.)(.):(.)(.)/s.exec(this.#rest);
    const zone = this.#rest.slice(0, 6);
    const digits = /^.([0-9]{2}):([0-9]{2})$/.exec(zone);
    if (match === null || digits === null) this.#refuse("Z07:00", this.#rest);
    const hold = this.#rest;
    this.#rest = this.#rest.slice(6);
    const hours = Number(digits[1]);
    const minutes = Number(digits[2]);
    if (hours > 24) this.#complain(": time zone offset hour out of range");
    if (minutes > 60) this.#complain(": time zone offset minute out of range");
    if (zone[0] !== "+" && zone[0] !== "-") this.#refuse("Z07:00", hold);
    return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60;
  }

  #refuse(element: string, at: string): never {
    this.#complain(` as ${timeQuote(this.#layout)}: cannot parse ${timeQuote(at)} as ${timeQuote(element)}`);
  }

  #complain(message: string): never {
    throw new DecodeError(`parsing time ${timeQuote(this.#text)}${message}`);
  }
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The time package's own way of quoting: bytes that are not printable ASCII in hexadecimal. */
export function timeQuote(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text)) {
    if (byte < 32 || byte >= 128) out += `\\x${byte.toString(16).padStart(2, "0")}`;
    else if (byte === 34 || byte === 92) out += `\\${String.fromCharCode(byte)}`;
    else out += String.fromCharCode(byte);
  }
  return `"${out}"`;
}
