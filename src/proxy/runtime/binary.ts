import { statSync } from "node:fs";
import { StartError } from "../../cluster/start-error.js";
import { findProgram, versionOf } from "../program.js";

const OPTION = "--kube-apiserver-binary";

/**
 * Finds a kube-apiserver of the emulated minor version ("1.34"): objects go from one to the other as they are. It is
 * asked anew when the file has changed. The function throws StartError that tells what to do.
 */
export function apiserverBinary(given: string | undefined, minor: string): () => Promise<string> {
  const known = new Map<string, string>();
  return async () => {
    const path = findProgram("kube-apiserver", given, OPTION);
    const { mtimeMs, size } = statSync(path);
    const key = `${path} ${mtimeMs} ${size}`;
    const version = known.get(key) ?? (await versionOf(path, OPTION));
    known.set(key, version);
    if (version.startsWith(`${minor}.`)) return path;
    throw new StartError(
      `${path} is of version ${version}, the fleet's is ${minor}: name another by ${OPTION} FILE`,
      "invalid",
    );
  };
}
