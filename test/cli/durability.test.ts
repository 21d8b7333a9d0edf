import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import type { Kubeconfig } from "../../src/pki/kubeconfig.js";
import { Program, temporary } from "./support.js";

interface Answer {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A client of one kubeconfig, as it stands in the file now. */
function client(file: string): (method: string, path: string, body?: unknown) => Promise<Answer> {
  const config = parse(readFileSync(file, "utf8")) as Kubeconfig;
  const [cluster, user] = [config.clusters[0]!.cluster, config.users[0]!.user];
  const pem = (data: string) => Buffer.from(data, "base64");
  const agent = new Agent({
    keepAlive: true,
    ca: pem(cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
  });
  onTestFinished(() => agent.destroy());
  return async (method, path, body) => {
    const headers = { "content-type": "application/json" };
    const sent = request(new URL(path, cluster.server), { method, agent, headers });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = await once(sent, "response");
    let text = "";
    for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    return { status: answer.statusCode, body: JSON.parse(text) };
  };
}

async function serve(dir: string, ...more: string[]): Promise<Program> {
  const program = new Program([
    ...["--clusters", "2", "--base-port", "0", "--out", join(dir, "out"), "--data-dir", join(dir, "data")],
    ...["--log-level", "warn", ...more],
  ]);
  onTestFinished(async () => {
    program.kill("SIGKILL");
    await program.ended();
  });
  await program.says("stdout", /admin API .*\n/);
  return program;
}

async function killed(program: Program): Promise<void> {
  program.kill("SIGKILL");
  await program.ended();
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string, text = "") => ({ metadata: { name }, data: { text } });

describe("--data-dir", { timeout: 120_000 }, () => {
  it("has every answered write after the process was killed amid writes, at the same endpoint", async () => {
    const dir = temporary();
    const program = await serve(dir);
    const file = join(dir, "out", "cluster-1.kubeconfig");
    const before = readFileSync(file, "utf8");
    const ask = client(file);
    const namespace = await ask("GET", "/api/v1/namespaces/default");
    const role = await ask("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin");
    expect((await ask("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view")).status).toBe(200);
    const answered = new Map<string, string>();
    let newest = 0;
    const writer = async (writer: number) => {
      for (let i = 0; ; i++) {
        const name = `map-${writer}-${i}`;
        const { status, body } = await ask("POST", MAPS, map(name, "x".repeat(i))).catch(() => ({
          status: 0,
          body: {} as Answer["body"],
        }));
        if (status === 0) return;
        answered.set(name, body.metadata.uid);
        newest = Math.max(newest, Number(body.metadata.resourceVersion));
        if (answered.size === 120) program.kill("SIGKILL");
      }
    };
    await Promise.all([0, 1, 2, 3].map(writer));
    expect((await program.ended()).signal).toBe("SIGKILL");
    expect(answered.size).toBeGreaterThanOrEqual(120);

    await serve(dir);
    expect(readFileSync(file, "utf8")).toBe(before);
    const again = client(file);
    const list = await again("GET", MAPS);
    const uids = new Map(list.body.items.map(({ metadata }: Answer["body"]) => [metadata.name, metadata.uid]));
    for (const [name, uid] of answered) expect(uids.get(name), name).toBe(uid);
    expect(Number(list.body.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);
    const created = await again("POST", MAPS, map("later"));
    expect(Number(created.body.metadata.resourceVersion)).toBeGreaterThan(newest);
    expect((await again("GET", `${MAPS}?watch=true&resourceVersion=${newest - 100}`)).body).toMatchObject({
      type: "ERROR",
      object: { code: 410, reason: "Expired" },
    });
    expect((await again("GET", "/api/v1/namespaces/default")).body).toEqual(namespace.body);
    expect((await again("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin")).body).toEqual(role.body);
    expect((await again("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view")).status).toBe(404);
  });

  it("refuses a cluster whose log is damaged while the others go on", async () => {
    const dir = temporary();
    const first = await serve(dir);
    const file = (n: number) => join(dir, "out", `cluster-${n}.kubeconfig`);
    for (const n of [1, 2]) expect((await client(file(n))("POST", MAPS, map("kept"))).status).toBe(201);
    await killed(first);
    const log = join(dir, "data", "objects", "cluster-1.wal");
    const bytes = readFileSync(log);
    bytes[20]! ^= 1;
    writeFileSync(log, bytes);
    const second = await serve(dir);
    const refused = await client(file(1))("GET", `${MAPS}/kept`);
    expect(refused).toMatchObject({ status: 500, body: { kind: "Status", reason: "InternalError" } });
    expect(refused.body.message).toContain(`${log} is damaged at byte 0`);
    expect((await client(file(2))("GET", `${MAPS}/kept`)).status).toBe(200);
    expect(second.stderr).toContain("damaged");
  });

  it("answers 500 while nothing can be written, and goes on when it can", async () => {
    const dir = temporary();
    // A file may have 300 KiB (in blocks of 1 KiB); the signal that would end the process is ignored.
    const program = new Program(
      [
        ...["--clusters", "1", "--base-port", "0", "--out", join(dir, "out"), "--data-dir", join(dir, "data")],
        ...["--log-level", "silent"],
      ],
      { under: "trap '' XFSZ; ulimit -f 300" },
    );
    onTestFinished(async () => {
      program.kill("SIGKILL");
      await program.ended();
    });
    await program.says("stdout", /admin API .*\n/);
    const ask = client(join(dir, "out", "cluster-1.kubeconfig"));
    expect((await ask("POST", MAPS, map("small"))).status).toBe(201);
    const refused = await ask("POST", MAPS, map("large", "x".repeat(400_000)));
    expect(refused).toMatchObject({ status: 500, body: { kind: "Status", reason: "InternalError" } });
    expect(refused.body.message).toContain("the change can't be kept: EFBIG");
    expect((await ask("GET", `${MAPS}/large`)).status).toBe(404);
    expect((await ask("POST", MAPS, map("next"))).status).toBe(201);
    expect((await ask("GET", MAPS)).body.items.map(({ metadata }: Answer["body"]) => metadata.name)).toEqual([
      "next",
      "small",
    ]);
  });

  it("belongs to one fleet", async () => {
    const dir = temporary();
    await serve(dir);
    const other = new Program(["--base-port", "0", "--out", join(dir, "other"), "--data-dir", join(dir, "data")]);
    const { code, stderr } = await other.ended();
    expect(code).toBe(1);
    expect(stderr).toMatch(/a fleet runs on the folder .* already .*; end it, or give this one its own --data-dir/);
  });
});
