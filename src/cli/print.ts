import { stringify } from "yaml";
import { ConfigError } from "../config/resolve.js";

/** To standard output. A reader that leaves early (`| head`) is no error. */
export function print(text: string): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.stdout.write(text);
}

/** For `-o`: `forms` are the formats besides json and yaml. @throws ConfigError for a format that is not there */
export function formatted(value: unknown, format: string, forms: Readonly<Record<string, () => string>>): string {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  if (format === "yaml") return stringify(value);
  const form = Object.hasOwn(forms, format) ? forms[format] : undefined;
  if (form !== undefined) return form();
  const known = [...Object.keys(forms), "json", "yaml"].join(", ");
  throw new ConfigError(`--output: expected one of ${known}, found ${JSON.stringify(format)}`);
}

/** Left-aligned columns under their titles, as kubectl prints them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_title, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}
