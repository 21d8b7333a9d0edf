import { boundedFraction, boundedInteger } from "../../../../kube/digits.js";
import { CelError, Duration, type Timestamp, type Value } from "../lang/values.js";
import { checkedTimestamp, fitsInt, floorDivide } from "./bounds.js";
import { define, type FunctionDef, overload } from "./declare.js";

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** Go's time.ParseDuration, which has no days. */
export function readDuration(text: string): Duration | undefined {
  const [, sign, body] = /^([-+]?)(.*)$/s.exec(text)!;
  if (body === "0") return new Duration(0n);
  if (body === "") return undefined;
  let nanos = 0n;
  PART.lastIndex = 0;
  while (PART.lastIndex < body!.length) {
    const match = PART.exec(body!);
    if (!match || (match[1] === "" && (match[2] ?? "") === "")) return undefined;
    const [, whole, fraction = "", unit] = match;
    const size = UNITS[unit!]!;
    nanos += boundedInteger(whole || "0") * size;
    const digits = boundedFraction(fraction);
    if (digits !== "") nanos += (BigInt(digits) * size) / 10n ** BigInt(digits.length);
  }
  const value = sign === "-" ? -nanos : nanos;
  return fitsInt(value) ? new Duration(value) : undefined;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** Undefined for what is no time; throws {@link CelError} for years that no timestamp has. */
export function readTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 24 || offsetMinutes > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const offset = (match[8] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  const fraction = BigInt((match[7] ?? "").slice(0, 9).padEnd(9, "0"));
  return checkedTimestamp(BigInt(date.getTime() - offset * 60_000) * 1_000_000n + fraction, offset);
}

/** RFC 3339 in the zone that the time was written in, with as many digits after the second as there are. */
export function timestampText({ nanos, offset }: Timestamp): string {
  const { date, years } = calendar(floorDivide(nanos, 1_000_000n) + BigInt(offset * 60_000));
  const fraction = nanos - floorDivide(nanos, 1_000_000_000n) * 1_000_000_000n;
  const digits = fraction === 0n ? "" : `.${fraction.toString().padStart(9, "0").replace(/0+$/, "")}`;
  const year = BigInt(date.getUTCFullYear()) + years;
  const shown = `${year < 0n ? "-" : ""}${(year < 0n ? -year : year).toString().padStart(4, "0")}`;
  const rest = date.toISOString().slice(-20, -5);
  return `${shown}${rest}${digits}${offset === 0 ? "Z" : offsetText(offset)}`;
}

/** What the calendar repeats itself after. */
const CYCLE = 146_097n * 86_400_000n;
const [CYCLE_YEARS, LAST] = [400n, 253_402_300_800_000n];

/** A day that is on the calendar as that of any milliseconds since 1970 is, so many years before it. */
function calendar(millis: bigint): { readonly date: Date; readonly years: bigint } {
  const cycles = millis < -LAST || millis >= LAST ? floorDivide(millis, CYCLE) : 0n;
  return { date: new Date(Number(millis - cycles * CYCLE)), years: cycles * CYCLE_YEARS };
}

function offsetText(offset: number): string {
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${offset < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

export function durationSeconds({ nanos }: Duration): number {
  return Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9;
}

/** The time somewhere as if it were UTC: "UTC", "-08:00" or a name such as "Europe/Berlin". */
function inZone(date: Date, zone: string): Date {
  const offset = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(date.getTime() + (offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  // The server's own zone is UTC.
  if (zone === "" || zone === "UTC" || zone === "Local") return date;
  return new Date(date.getTime() + offsetOf(date, zone));
}

function offsetOf(date: Date, zone: string): number {
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const name = format.formatToParts(date).find((part) => part.type === "timeZoneName")?.value ?? "";
    const [, sign, hours = "0", minutes = "0", seconds = "0"] =
      /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?/.exec(name) ?? [];
    const total = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === "-" ? -total : total;
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

function part(name: string, id: string, read: (date: Date) => number, ...durations: ReturnType<typeof overload>[]) {
  const value = ({ nanos }: Timestamp, zone: string): Value => {
    const { date, years } = calendar(floorDivide(nanos, 1_000_000n));
    return BigInt(read(inZone(date, zone))) + (id === "year" ? years : 0n);
  };
  return define(
    name,
    overload(`timestamp_to_${id}`, "timestamp.() -> int", (time: Timestamp) => value(time, "")),
    overload(`timestamp_to_${id}_with_tz`, "timestamp.(string) -> int", value),
    ...durations,
  );
}

function ofDuration(id: string, unit: bigint) {
  return overload(`duration_to_${id}`, "duration.() -> int", ({ nanos }: Duration) => nanos / unit);
}

export const TIME: readonly FunctionDef[] = [
  part("getFullYear", "year", (date) => date.getUTCFullYear()),
  part("getMonth", "month", (date) => date.getUTCMonth()),
  part("getDayOfYear", "day_of_year", dayOfYear),
  part("getDayOfMonth", "day_of_month", (date) => date.getUTCDate() - 1),
  part("getDate", "day_of_month_1_based", (date) => date.getUTCDate()),
  part("getDayOfWeek", "day_of_week", (date) => date.getUTCDay()),
  part("getHours", "hours", (date) => date.getUTCHours(), ofDuration("hours", UNITS.h!)),
  part("getMinutes", "minutes", (date) => date.getUTCMinutes(), ofDuration("minutes", UNITS.m!)),
  part("getSeconds", "seconds", (date) => date.getUTCSeconds(), ofDuration("seconds", UNITS.s!)),
  part("getMilliseconds", "milliseconds", (date) => date.getUTCMilliseconds(), ofDuration("milliseconds", UNITS.ms!)),
];
