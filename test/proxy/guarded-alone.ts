import { spawnGuarded } from "../../src/proxy/guard.js";

/** A process with two children, one of which does not listen to SIGTERM; it prints their numbers and waits to be killed. */
const children = [
  await spawnGuarded("/bin/sleep", ["600"]),
  await spawnGuarded("/bin/sh", ["-c", "trap '' TERM; while :; do sleep 1; done"]),
];
console.log(children.map(({ pid }) => pid).join(" "));
