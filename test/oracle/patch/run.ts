/**
 * Compares the patch functions with the Go libraries that kube-apiserver uses, on random cases.
 *
 *   npx tsx test/oracle/patch/run.ts check 4000    prints differences, exits 1 if there are any
 *   npx tsx test/oracle/patch/run.ts record        rewrites test/patch/golden
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goJson } from "../../../src/kube/go-text.js";
import { type Json, type JsonObject, RawJson } from "../../../src/kube/json.js";
import { expandRaw } from "../../../src/kube/raw-json.js";
import { METHODS, type Method, outcomeOf, type PatchCase, randomCase, recorded, textOf } from "../../patch/outcome.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const golden = fileURLToPath(new URL("../../patch/golden/", import.meta.url));
const RECORDED: Readonly<Record<Method, number>> = { json: 300, merge: 200, strategic: 160 };

function askGo(program: string, cases: readonly PatchCase[]): JsonObject[][] {
  const input = cases.map((entry) => `${goJson(entry as unknown as Json)}\n`).join("");
  const run = spawnSync(program, { input, maxBuffer: 1 << 30 });
  const lines = run.stdout.toString().trim().split("\n");
  return lines.map((line) => (expandRaw(new RawJson(line)) as { outcomes: JsonObject[] }).outcomes);
}

function casesOf(method: Method, count: number): PatchCase[] {
  return Array.from({ length: count }, (_, index) => randomCase(method, 1 + index));
}

function check(program: string, method: Method, count: number): number {
  const cases = casesOf(method, count);
  let differences = 0;
  askGo(program, cases).forEach((answers, index) => {
    const entry = cases[index]!;
    const ours = textOf(outcomeOf(entry));
    const theirs = answers.map((answer) => textOf(recorded(method, answer)));
    if (theirs.includes(ours)) return;
    differences++;
    console.log(`${goJson(entry as unknown as Json)}\n  ours   ${ours}\n  theirs ${theirs.join("\n         ")}`);
  });
  console.log(`${method}: ${count} cases, ${differences} differences`);
  return differences;
}

function record(program: string, method: Method): void {
  const cases = casesOf(method, RECORDED[method]);
  const lines = askGo(program, cases).flatMap((answers, index) => {
    // What depends on the order of a Go map is no behaviour to hold on to.
    if (answers.length !== 1) return [];
    return goJson({ case: cases[index] as unknown as Json, answer: answers[0]! });
  });
  writeFileSync(`${golden}${method}.json`, `[\n${lines.join(",\n")}\n]\n`);
}

const program = join(mkdtempSync(join(tmpdir(), "patch-oracle-")), "patch");
execFileSync("go", ["build", "-o", program, "."], { cwd: here, stdio: "inherit" });
const [mode, count = "2000"] = process.argv.slice(2);
if (mode === "record") {
  for (const method of METHODS) record(program, method);
} else {
  const differences = METHODS.map((method) => check(program, method, Number(count)));
  process.exitCode = differences.some((found) => found > 0) ? 1 : 0;
}
