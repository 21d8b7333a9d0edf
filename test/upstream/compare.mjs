// compare.mjs WORK TARGET...: counts the specs of each suite that passed on each target, from the reports of Go's and
// Ginkgo's test runners in WORK/TARGET/SUITE. Ends with 1 when one that passes on the first does not on the last.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [work, ...targets] = process.argv.slice(2);

// Name → passed, failed or skipped. Ginkgo's specs are one test of Go's, whose outcome says no more.
function outcomes(folder) {
  const specs = new Map();
  const report = join(folder, "ginkgo.json");
  if (existsSync(report)) {
    for (const suite of JSON.parse(readFileSync(report, "utf8"))) {
      for (const spec of suite.SpecReports ?? []) {
        const name = [...(spec.ContainerHierarchyTexts ?? []), spec.LeafNodeText || `[${spec.LeafNodeType}]`].join(" ");
        // A suite has several nodes without a name; several specs may have one.
        let unique = name;
        for (let n = 2; specs.has(unique); n++) unique = `${name} #${n}`;
        specs.set(unique, { state: spec.State, why: spec.Failure?.Message });
      }
    }
  }
  for (const line of existsSync(join(folder, "go.json"))
    ? readFileSync(join(folder, "go.json"), "utf8").split("\n")
    : []) {
    if (!line.startsWith("{")) continue;
    const { Action: action, Test: test } = JSON.parse(line);
    if (!test || !["pass", "fail", "skip"].includes(action)) continue;
    const state = { pass: "passed", fail: "failed", skip: "skipped" }[action];
    specs.set(`go test ${test}`, { state });
  }
  return specs;
}

let worse = 0;
const totals = targets.map(() => 0);
for (const suite of readdirSync(join(work, targets[0])).sort()) {
  const all = targets.map((target) => outcomes(join(work, target, suite)));
  const counts = all.map((specs) => [...specs.values()].filter((s) => s.state === "passed").length);
  counts.forEach((count, index) => {
    totals[index] += count;
  });
  console.log(`${suite}: ${targets.map((t, i) => `${t} ${counts[i]} of ${all[i].size} pass`).join(", ")}`);
  for (const [name, { state, why }] of all[0]) {
    const ours = all.at(-1).get(name);
    if (state === "passed" && ours?.state !== "passed") {
      worse++;
      console.log(
        `  ONLY ON ${targets[0]}: ${name}\n    ${ours?.state ?? "not run"}: ${(ours?.why ?? "").slice(0, 1500)}`,
      );
    } else if (state !== "passed" && state !== "skipped" && state !== "pending") {
      console.log(
        `  ${state} on ${targets[0]}${ours?.state === "passed" ? " only" : ""}: ${name}\n    ${(why ?? "").slice(0, 300)}`,
      );
    }
  }
}
console.log(
  `together: ${targets.map((t, i) => `${t} ${totals[i]}`).join(", ")} passed; ${worse} pass on ${targets[0]} alone`,
);
process.exitCode = worse > 0 ? 1 : 0;
