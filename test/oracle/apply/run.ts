/**
 * Compares server-side apply and managedFields with kube-apiserver's own field manager, on random lives of objects.
 *
 *   npx tsx test/oracle/apply/run.ts check 500 [seed]   prints differences, exits 1 if there are any
 *   npx tsx test/oracle/apply/run.ts record             rewrites test/patch/apply/golden
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { randomChain } from "../../patch/apply/random-steps.js";
import { type Answer, recordedAnswer, type Step } from "../../patch/apply/steps.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const golden = fileURLToPath(new URL("../../patch/apply/golden/steps.json", import.meta.url));
const LENGTH = 12;
const RECORDED_CHAINS = 40;

function askGo(program: string, steps: readonly Step[]): string[] {
  const input = steps.map((step) => `${JSON.stringify(step)}\n`).join("");
  const run = spawnSync(program, { input, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return run.stdout.toString().trim().split("\n");
}

function check(program: string, chains: number, first: number): number {
  const steps = Array.from({ length: chains }, (_, index) => randomChain(first + index, LENGTH)).flat();
  const answers = askGo(
    program,
    steps.map(({ step }) => step),
  );
  let differences = 0;
  steps.forEach(({ step, answer }, index) => {
    const theirs = recordedAnswer(answers[index]!);
    if (isDeepStrictEqual(answer, theirs)) return;
    differences++;
    if (differences <= 5) {
      const { live, ...rest } = step;
      console.log(`seed ${first + Math.floor(index / LENGTH)} step ${index % LENGTH}: ${JSON.stringify(rest)}`);
      console.log(`  live   ${JSON.stringify(live)}\n  ours   ${show(answer)}\n  theirs ${show(theirs)}`);
    }
  });
  const refused = steps.filter(({ answer }) => "code" in answer).length;
  console.log(`${steps.length} writes, ${refused} of them refused, ${differences} differences`);
  return differences;
}

function show(answer: Answer): string {
  return "object" in answer ? answer.object : JSON.stringify(answer);
}

function record(program: string): void {
  const steps = Array.from({ length: RECORDED_CHAINS }, (_, seed) => randomChain(seed, LENGTH))
    .flat()
    .map(({ step }) => step);
  const lines = askGo(program, steps).map((line, index) => `{"step":${JSON.stringify(steps[index])},"answer":${line}}`);
  writeFileSync(golden, `[\n${lines.join(",\n")}\n]\n`);
}

const program = join(mkdtempSync(join(tmpdir(), "apply-oracle-")), "apply");
execFileSync("go", ["build", "-o", program, "."], { cwd: here, stdio: "inherit" });
const [mode, count = "500", first = "1000"] = process.argv.slice(2);
if (mode === "record") record(program);
else process.exitCode = check(program, Number(count), Number(first)) > 0 ? 1 : 0;
