#!/usr/bin/env node
import "./heap.js";

const { run } = await import("./program.js");
process.exitCode = await run(process.argv.slice(2));
