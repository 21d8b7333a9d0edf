/**
 * Feeds random input to every decoder: `npm run fuzz -- --seconds 10` or `--runs 1000000`, for each target.
 *
 *   --target a,b   only these
 *   --jobs 2       as many at a time
 *   --seed 1       another seed makes other inputs
 *   --input FILE   runs one input, which a failure left
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzz } from "./supervise.js";
import { TARGETS } from "./targets/index.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    runs: { type: "string" },
    target: { type: "string" },
    jobs: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    input: { type: "string" },
  },
});

const names = values.target?.split(",") ?? Object.keys(TARGETS);
const unknown = names.filter((name) => !Object.hasOwn(TARGETS, name));
if (unknown.length > 0)
  throw new Error(`no target ${unknown.join(", ")}; there are ${Object.keys(TARGETS).join(", ")}`);

if (values.input === undefined) process.exitCode = (await fuzzAll()) ? 0 : 1;
else await runOne(values.input);

async function fuzzAll(): Promise<boolean> {
  const left = [...names];
  const failed: string[] = [];
  const limit = values.runs === undefined ? { seconds: Number(values.seconds ?? 10) } : { runs: Number(values.runs) };
  const work = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const result = await fuzz({ target: name, seed: Number(values.seed), ...limit });
      if ("problem" in result) failed.push(tell(name, result.problem, result.input));
      else {
        const { runs, seconds, outcomes } = result;
        const rate = Math.round(runs / seconds);
        console.log(
          `${name.padEnd(18)} ${String(runs).padStart(9)} runs ${String(rate).padStart(7)}/s  ${outcomes} outcomes`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  if (failed.length > 0) console.log(`\nfailed: ${failed.join(", ")}`);
  return failed.length === 0;
}

function tell(name: string, problem: string, input: Buffer): string {
  const file = join(mkdtempSync(join(tmpdir(), "fuzz-")), name);
  writeFileSync(file, input);
  console.log(`\n${name} FAILED: ${problem}\n  input (${input.length} bytes, in ${file}): ${show(input)}\n`);
  return name;
}

function show(input: Buffer): string {
  const text = JSON.stringify(input.toString("latin1"));
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}

async function runOne(file: string): Promise<void> {
  const target = await TARGETS[names[0]!]!();
  const start = performance.now();
  console.log(await target.run(readFileSync(file)));
  console.log(`${Math.round(performance.now() - start)} ms`);
  process.exit(0);
}
