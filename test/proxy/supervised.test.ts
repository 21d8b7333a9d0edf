import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import { findProgram, isBefore, versionOf } from "../../src/proxy/program.js";
import { Supervised } from "../../src/proxy/supervised.js";

const dir = mkdtempSync(join(tmpdir(), "supervised-"));
afterAll(() => rmSync(dir, { recursive: true }));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A program of a few lines of shell that is ready once it has made the file `name`.up. */
function supervise(name: string, script: string) {
  const up = join(dir, `${name}.up`);
  const process = new Supervised({
    name,
    command: "/bin/sh",
    args: ["-c", script.replaceAll("UP", up)],
    logFile: join(dir, `${name}.log`),
    log: pino({ level: "silent" }),
    ready: async (signal) => {
      while (!existsSync(up)) await sleep(10, undefined, { signal });
    },
    readyMs: 20_000,
    reason: (log) => /^fatal: (.*)$/m.exec(log)?.[1],
  });
  return { process, up };
}

describe("a supervised process", () => {
  it("is started again when it ends, and stops in order", async () => {
    const { process: child, up } = supervise(
      "steady",
      "trap 'echo bye; exit 0' TERM; touch UP; while :; do sleep 0.05; done",
    );
    await child.start();
    const first = child.pid as number;
    rmSync(up);
    process.kill(first, "SIGKILL");
    await until(() => existsSync(up));
    const second = child.pid as number;
    expect(second).not.toBe(first);
    await child.stop();
    expect(isAlive(second)).toBe(false);
    expect(child.pid).toBeUndefined();
    expect(readFileSync(join(dir, "steady.log"), "utf8")).toBe("bye\n");
  });

  it("says why it does not start, in its own words", async () => {
    const { process: child } = supervise("broken", "echo 'fatal: no luck'; exit 3");
    await expect(child.start()).rejects.toThrow(/^broken did not start: no luck; its log is .*broken\.log$/);
    await child.stop();
  });

  it("tells why it is away for as long as it is", async () => {
    const { process: child, up } = supervise("told", "echo 'fatal: no luck'; touch UP; while :; do sleep 0.05; done");
    await child.start();
    expect(child.problem).toBeUndefined();
    rmSync(up);
    const log = join(dir, "told.log");
    process.kill(child.pid as number, "SIGKILL");
    await until(() => child.problem !== undefined);
    expect(child.problem).toBe(`told has ended (no luck) and is started again; its log is ${log}`);
    await until(() => child.problem === undefined);
    expect(existsSync(up)).toBe(true);
    await child.stop();
  });

  it("stops while it is starting", async () => {
    const { process: child } = supervise("slow", "while :; do sleep 0.05; done");
    const starting = child.start();
    await until(() => child.pid !== undefined);
    const pid = child.pid as number;
    await Promise.all([child.stop(), expect(starting).rejects.toThrow("slow did not start")]);
    await until(() => !isAlive(pid));
  });

  it("does not outlive us, even if it does not listen", async () => {
    const script = fileURLToPath(new URL("./guarded-alone.ts", import.meta.url));
    const alone = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(alone.stdout, "data")) as [Buffer];
    const pids = line.toString().trim().split(" ").map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    alone.kill("SIGKILL");
    await once(alone, "exit");
    await until(() => !pids.some(isAlive));
  });
});

describe("programs", () => {
  it("are found by name or path", async () => {
    const program = join(dir, "etcd");
    writeFileSync(program, "#!/bin/sh\necho etcd Version: 3.5.21\n", { mode: 0o755 });
    expect(findProgram("etcd", program, "--etcd-binary")).toBe(program);
    expect(await versionOf(program, "--etcd-binary")).toBe("3.5.21");
    expect(findProgram("sh", undefined, "--sh")).toMatch(/\/sh$/);
    writeFileSync(join(dir, "plain"), "");
    expect(() => findProgram("etcd", join(dir, "plain"), "--etcd-binary")).toThrow("it can't be executed");
    expect(() => findProgram("etcd", dir, "--etcd-binary")).toThrow("not a file");
    expect(() => findProgram("no-such-program", undefined, "--x")).toThrow("name one by --x FILE");
    expect([
      isBefore("3.3.9", "3.4"),
      isBefore("3.4.0", "3.4"),
      isBefore("3.10.0", "3.4"),
      isBefore("2.9", "3.4"),
    ]).toEqual([true, false, false, true]);
  });
});
