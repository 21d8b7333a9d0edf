import pino, { type Logger } from "pino";

export interface LogSettings {
  readonly level: string;
  readonly format: "json" | "text";
}

/** What may be secret never reaches a line, wherever an object that has it is logged. */
const SECRETS = ["authorization", "token", "key", "password", "*.authorization", "*.token", "*.key", "*.password"];

/** Structured logs on standard error; standard output belongs to what a command prints. */
export function createLogger({ level, format }: LogSettings): Logger {
  const options = { level, redact: { paths: SECRETS, censor: "<redacted>" }, base: null };
  if (format === "json")
    return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 2, sync: true }));
  return pino(options, { write: (line: string) => process.stderr.write(textLine(line)) });
}

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};

/** "12:00:01 warn message key=value" from pino's JSON. */
function textLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg?: string };
  const at = new Date(time).toISOString().slice(11, 19);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
  return `${at} ${LEVELS[level] ?? level} ${msg ?? ""}${rest.join("")}\n`;
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null && "message" in value) return JSON.stringify(value.message);
  return typeof value === "string" && /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value);
}
