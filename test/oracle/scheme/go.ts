import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goJson } from "../../../src/kube/go-text.js";
import { type JsonObject, RawJson } from "../../../src/kube/json.js";
import { expandRaw } from "../../../src/kube/raw-json.js";

/** An object in a version of its own, and the version to see it in; "" stays in its own. */
export interface SchemeCase {
  readonly object: JsonObject;
  readonly to: string;
  /** Send it through protobuf on the way, as etcd holds it. */
  readonly stored?: boolean;
}

/** Builds the program, unless SCHEME_ORACLE names one. The first build takes minutes: it holds all of Kubernetes' types. */
function program(): string {
  const built = process.env.SCHEME_ORACLE;
  if (built) return built;
  const out = join(mkdtempSync(join(tmpdir(), "scheme-oracle-")), "scheme");
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  execFileSync("go", ["build", "-o", out, "."], { cwd, stdio: "inherit", env: { ...process.env, CGO_ENABLED: "0" } });
  return out;
}

/** What Kubernetes makes of each case: {"object"} or {"error"}. */
export function askScheme(cases: readonly SchemeCase[]): JsonObject[] {
  const input = cases.map(({ object, to, stored = false }) => `${goJson({ object, to, stored })}\n`).join("");
  const run = spawnSync(program(), { input, maxBuffer: 1 << 30 });
  const lines = run.stdout.toString().trim().split("\n");
  if (lines.length !== cases.length) throw new Error(`${lines.length} answers to ${cases.length} cases: ${run.stderr}`);
  return lines.map((line) => expandRaw(new RawJson(line)) as JsonObject);
}
