import { goQuote } from "../../kube/go-text.js";

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** The number of the first name. */
  readonly base?: number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Minute, hour, day of month, month, day of week. */
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS, base: 1 },
  { min: 0, max: 6, names: DAYS, base: 0 },
];

const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

class ScheduleError extends Error {}

/** What the parser of upstream's CronJobs (robfig/cron/v3, parser.go) says against a schedule. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    check(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function check(schedule: string): void {
  const zoned = /^(?:CRON_)?TZ=(\S*) (.*)$/s.exec(schedule);
  const spec = zoned ? zoned[2]!.trim() : schedule;
  if (spec.startsWith("@")) {
    checkDescriptor(spec);
    return;
  }
  const fields = spec.split(/\s+/).filter((field) => field !== "");
  if (fields.length !== FIELDS.length) {
    throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  }
  for (const [index, field] of fields.entries()) {
    for (const range of field.split(",")) if (range !== "") checkRange(range, FIELDS[index]!);
  }
}

function checkDescriptor(spec: string): void {
  if (DESCRIPTORS.includes(spec)) return;
  if (!spec.startsWith("@every ")) throw new ScheduleError(`unrecognized descriptor: ${spec}`);
  const duration = spec.slice("@every ".length);
  if (/^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(duration))
    return;
  throw new ScheduleError(`failed to parse duration ${spec}: time: invalid duration ${goQuote(duration)}`);
}

function checkRange(text: string, bounds: Bounds): void {
  const [span, step, ...more] = text.split("/") as [string, ...string[]];
  const [low, high, ...rest] = span.split("-") as [string, ...string[]];
  let [start, end] = [bounds.min, bounds.max];
  if (low !== "*" && low !== "?") {
    start = numberOf(low, bounds);
    if (rest.length > 0) throw new ScheduleError(`too many hyphens: ${text}`);
    end = high === undefined ? start : numberOf(high, bounds);
  }
  if (more.length > 0) throw new ScheduleError(`too many slashes: ${text}`);
  const stride = step === undefined ? 1 : integerOf(step);
  if (step !== undefined && high === undefined) end = bounds.max;
  if (start < bounds.min) {
    throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  }
  if (end > bounds.max) throw new ScheduleError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (stride === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function numberOf(text: string, bounds: Bounds): number {
  const named = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 ? named + (bounds.base ?? 0) : integerOf(text);
}

function integerOf(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`;
    throw new ScheduleError(`failed to parse int from ${text}: ${why}`);
  }
  const value = Number(text);
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
