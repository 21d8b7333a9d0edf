import { readFileSync } from "node:fs";
import { ConfigError } from "../config/resolve.js";
import type { KeyPair } from "../pki/authority.js";

/** What --FLAG-cert and --FLAG-key name. @throws ConfigError for one without the other, and for what can't be read */
export function pairOf(flag: string, certificate: string | undefined, key: string | undefined): KeyPair | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new ConfigError(`--${flag}-cert, --${flag}-key: neither goes without the other`);
  }
  return { certificate: read(`${flag}-cert`, certificate), key: read(`${flag}-key`, key) };
}

/** @throws ConfigError for a file that can't be read */
export function read(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(`--${flag}: ${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
}
