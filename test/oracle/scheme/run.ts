/**
 * Compares defaulting and conversion with Kubernetes' own types, on random objects of every kind.
 *
 *   npx tsx test/oracle/scheme/run.ts check 20    prints differences, exits 1 if there are any
 *   npx tsx test/oracle/scheme/run.ts record      rewrites test/schema/{defaults,convert}/golden
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { goJson } from "../../../src/kube/go-text.js";
import type { Json, JsonObject } from "../../../src/kube/json.js";
import { PAIRS } from "../../schema/convert/pairs.js";
import { INPUTS } from "../../schema/defaults/inputs.js";
import { outcomeOf, randomInput, sameOrder, storedKinds } from "../../schema/defaults/outcome.js";
import { askScheme, type SchemeCase } from "./go.js";

function defaulting(perKind: number): SchemeCase[] {
  const random = storedKinds().flatMap(({ apiVersion, kind }) =>
    Array.from({ length: perKind }, (_, seed) => ({ object: randomInput(apiVersion, kind, seed + 1), to: "" })),
  );
  const empty = storedKinds().map((kind) => ({ object: { ...kind, metadata: { name: "n" } }, to: "" }));
  return [...INPUTS.map((object) => ({ object, to: "" })), ...empty, ...random];
}

/** Through protobuf, for the kinds that are stored that way. */
function storing(perKind: number): SchemeCase[] {
  const kinds = storedKinds().filter(({ apiVersion }) => !/^(apiextensions|apiregistration)\./.test(apiVersion));
  return kinds.flatMap(({ apiVersion, kind }) =>
    Array.from({ length: perKind }, (_, seed) => {
      const object = randomInput(apiVersion, kind, seed + 1);
      return { object, to: "", stored: true };
    }),
  );
}

/** Each object there, and what came out of it back again: that way annotations that carry fields are read, too. */
function converting(perPair: number): SchemeCase[] {
  const there = PAIRS.flatMap(([kind, from, to]) =>
    Array.from({ length: perPair }, (_, seed) => ({ object: randomInput(from, kind, seed + 1), to })),
  );
  const back = askScheme(there).flatMap((answer, index) => {
    const object = answer.object as JsonObject | undefined;
    return object ? [{ object, to: String(there[index]!.object.apiVersion) }] : [];
  });
  return [...there, ...back];
}

function check(name: string, cases: readonly SchemeCase[]): number {
  let differences = 0;
  askScheme(cases).forEach((answer, index) => {
    const { object, to, stored } = cases[index]!;
    const theirs = answer.object ? sameOrder(answer.object as JsonObject) : String(answer.error);
    const ours = outcomeOf(object, to, stored);
    if (ours === theirs) return;
    differences++;
    console.log(`${goJson(object)}\n  ours   ${ours}\n  theirs ${theirs}`);
  });
  console.log(`${name}: ${cases.length} cases, ${differences} differences`);
  return differences;
}

function record(path: string, cases: readonly SchemeCase[]): void {
  const lines = askScheme(cases).flatMap((answer, index) => {
    const entry = { ...cases[index]!, answer: answer.object ?? null } as Record<string, Json>;
    return answer.object ? [goJson(entry)] : [];
  });
  writeFileSync(fileURLToPath(new URL(`../../schema/${path}`, import.meta.url)), `[\n${lines.join(",\n")}\n]\n`);
}

const [mode, count = "20"] = process.argv.slice(2);
if (mode === "record") {
  record("defaults/golden/kinds.json", defaulting(1));
  record("convert/golden/pairs.json", converting(25));
} else {
  const perKind = Number(count);
  const differences =
    check("defaults", defaulting(perKind)) +
    check("stored", storing(perKind)) +
    check("convert", converting(perKind * 10));
  process.exitCode = differences > 0 ? 1 : 0;
}
