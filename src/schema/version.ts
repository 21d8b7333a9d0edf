import type { JsonObject } from "../kube/json.js";

const PLATFORMS: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", s390x: "s390x", ppc64: "ppc64le" };

/**
 * GET /version of a release such as "v1.34.4"; always JSON indented by two without a newline at the end. Clients read gitVersion, major and minor; what
 * only a build of the original could tell (commit, date) has neutral values in the original's form.
 */
export function versionInfo(gitVersion: string, arch: string = process.arch): JsonObject {
  const [major = "", minor = ""] = gitVersion.replace(/^v/, "").split(".");
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: "0".repeat(40),
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "go1.24",
    compiler: "gc",
    platform: `linux/${PLATFORMS[arch] ?? arch}`,
  };
}
