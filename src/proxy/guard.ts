import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

/**
 * Reads "+PID" and "-PID" from a pipe that only we hold open. When we are gone, however that came about, it ends the
 * processes that are left: gently, and after five seconds for certain.
 */
const WATCHDOG = `
pids=
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) pids="$pids $pid" ;;
    -*) kept=; for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done; pids=$kept ;;
  esac
done
[ -n "$pids" ] || exit 0
kill -TERM $pids 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.5
  alive=
  for each in $pids; do kill -0 "$each" 2>/dev/null && alive="$alive $each"; done
  [ -n "$alive" ] || exit 0
done
kill -KILL $alive 2>/dev/null
`;

/** Becomes the program once it is told to, so that there is no moment at which the watchdog does not know it. */
const STARTER = 'read -r go <&3 || exit 1; exec 3<&-; exec "$@"';

let watchdog: { readonly process: ChildProcess; readonly input: Writable } | undefined;
const guarded = new Set<number>();

/**
 * Starts a process that does not outlive this one, be it killed. It leads a session of its own: Ctrl-C in a terminal is
 * for us, who then stop it in order. Its pid is the program's. `stdio`: for standard output and error. A program that
 * is not there ends with 127: see {@link findProgram}.
 */
export async function spawnGuarded(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "cwd" | "env"> & {
    readonly stdio?: ["ignore" | "pipe" | number, "ignore" | "pipe" | number];
  } = {},
): Promise<ChildProcess> {
  const { stdio = ["ignore", "ignore"], ...rest } = options;
  const child = spawn("/bin/sh", ["-c", STARTER, "sh", command, ...args], {
    ...rest,
    detached: true,
    stdio: ["ignore", ...stdio, "pipe"],
  });
  const go = child.stdio[3] as Writable;
  go.on("error", () => undefined); // it has ended already; its exit tells
  await once(child, "spawn");
  const pid = child.pid as number;
  guarded.add(pid);
  child.once("exit", () => {
    guarded.delete(pid);
    watchdog?.input.write(`-${pid}\n`);
    if (guarded.size === 0) dismiss();
  });
  await tell(`+${pid}\n`);
  go.end("go\n");
  return child;
}

/** Resolves when the watchdog's pipe has taken the line. */
function tell(line: string): Promise<void> {
  watchdog ??= hire();
  const { input } = watchdog;
  return new Promise((resolve) => input.write(line, () => resolve()));
}

function hire(): { readonly process: ChildProcess; readonly input: Writable } {
  const process = spawn("/bin/sh", ["-c", WATCHDOG], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const hired = { process, input: process.stdin as Writable };
  hired.input.on("error", () => undefined);
  process.once("exit", () => {
    if (watchdog !== hired) return;
    watchdog = guarded.size === 0 ? undefined : hire(); // somebody has ended it
  });
  process.unref();
  (hired.input as Writable & { unref?: () => void }).unref?.();
  for (const pid of guarded) hired.input.write(`+${pid}\n`);
  return hired;
}

function dismiss(): void {
  const leaving = watchdog;
  watchdog = undefined;
  leaving?.input.end();
}
