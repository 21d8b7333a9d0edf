import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Option } from "commander";
import { parse } from "yaml";
import { type Config, OPTION_GROUPS, OPTIONS, type OptionName, yamlName } from "../config/options.js";
import { ConfigError, resolveConfig } from "../config/resolve.js";

/** Flags that are settings; a command may have others of the same name. */
const settings = new WeakSet<Option>();

/** The flags of a command, in groups for --help. By default all settings. */
export function addSettings(command: Command, names?: readonly OptionName[]): Command {
  for (const [group, members] of Object.entries(OPTION_GROUPS)) {
    for (const name of members) {
      if (names === undefined || names.includes(name)) command.addOption(flag(name).helpGroup(`${group}:`));
    }
  }
  const config = new Option("--config <FILE>", "YAML file with any of these settings");
  return command.addOption(config.helpGroup("Other:"));
}

/** Flag before environment before file before default. @throws ConfigError */
export function settingsOf(command: Command): Config {
  // A flag that the command above has, too, is stored there.
  const given = command.optsWithGlobals<Record<string, unknown>>();
  const own = new Set(command.options.filter((option) => !settings.has(option)).map((one) => one.attributeName()));
  const flags: Record<string, unknown> = {};
  for (const name of Object.keys(OPTIONS)) if (!own.has(yamlName(name))) flags[name] = flagOf(name, given);
  const path = (given.config as string | undefined) ?? process.env.FAKE_APISERVER_CONFIG;
  const file = path === undefined ? {} : { yaml: readYaml(path), yamlPath: path };
  return resolveConfig({ flags, env: process.env, ...file });
}

function flag(name: OptionName): Option {
  const { help, value, default: fallback } = OPTIONS[name];
  const many = Array.isArray(fallback);
  const shown = value === undefined || fallback === undefined || many ? "" : ` (default: ${String(fallback)})`;
  const option = new Option(`--${name}${value === undefined ? "" : ` <${value}>`}`, `${help}${shown}`);
  settings.add(option);
  return many ? option.argParser(collect) : option;
}

/** Commander takes `--no-x` for the negation of x: it stores x as false. */
function flagOf(name: string, given: Record<string, unknown>): unknown {
  if (name.startsWith("no-")) return given[yamlName(name.slice(3))] === false ? true : undefined;
  return given[yamlName(name)];
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(",").filter((part) => part !== "")];
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new ConfigError(`--config: ${path}: ${why.split("\n", 1)[0]}`);
  }
}
