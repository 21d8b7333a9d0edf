#!/usr/bin/env node
import "./heap.js";

const { run } = await import("./program.js");
process.exitCode = await run(process.argv.slice(2));
// Left to itself, Node 20 may wait for ever for what closed connections had under way: seen when an etcd had been frozen.
process.stdout.on("error", () => process.exit());
process.stdout.write("", () => process.exit());
