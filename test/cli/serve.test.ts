import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Kubeconfig } from "../../src/pki/kubeconfig.js";
import { Program, runProgram, serving, temporary } from "./support.js";

/** How a kubeconfig says to connect. */
function connection(file: string): RequestOptions {
  const config = parse(readFileSync(file, "utf8")) as Kubeconfig;
  const [cluster, user] = [config.clusters[0]!.cluster, config.users[0]!.user];
  const { hostname, port } = new URL(cluster.server);
  const pem = (data: string) => Buffer.from(data, "base64").toString();
  const servername = cluster["tls-server-name"];
  return {
    host: hostname,
    port,
    ca: pem(cluster["certificate-authority-data"]),
    cert: pem(user["client-certificate-data"]),
    key: pem(user["client-key-data"]),
    agent: false,
    ...(servername === undefined ? {} : { servername }),
  };
}

async function ask(file: string, path: string): Promise<{ status: number; body: string }> {
  const sent = httpsRequest({ ...connection(file), path }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode!, body: await textOf(answer) };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk as string;
  return text;
}

describe("serve", () => {
  it("writes kubeconfigs that work, and says where they are", async () => {
    const out = join(temporary(), "with space");
    const fleet = await serving(out);
    expect(fleet.stdout).toMatch(
      /^2 clusters of Kubernetes 1\.34 up in \d+\.\d s, \d+ MiB\n {2}endpoints {4}https:\/\/127/,
    );
    expect(fleet.stdout).toContain(`kubectl --kubeconfig '${out}/cluster-1.kubeconfig' get namespaces`);
    expect(fleet.stderr).toMatch(/^\d\d:\d\d:\d\d info clusters come up up=2 total=2\n/);
    for (const name of ["kubeconfig", "cluster-1.kubeconfig", "cluster-2.kubeconfig", "pki/cluster-2.json"]) {
      expect(statSync(join(out, name)).mode & 0o777).toBe(0o600);
    }
    const merged = parse(readFileSync(join(out, "kubeconfig"), "utf8")) as Kubeconfig;
    expect(merged.contexts.map(({ name }) => name)).toEqual(["cluster-1", "cluster-2"]);
    for (const name of ["cluster-1", "cluster-2"]) {
      expect(await ask(join(out, `${name}.kubeconfig`), "/api/v1/namespaces/default")).toMatchObject({ status: 200 });
    }
  });

  it("tells other commands of the fleet", async () => {
    const out = temporary();
    const fleet = await serving(out);
    const [, first] = /(https:\S+) …/.exec(fleet.stdout)!;
    const [table, wide, names, json, yaml, kubeconfig, missing] = await Promise.all([
      runProgram(["clusters", "--out", out]),
      runProgram(["clusters", "--out", out, "-o", "wide"]),
      runProgram(["clusters", "-o", "name"], { env: { FAKE_APISERVER_OUT: out } }),
      runProgram(["clusters", "--out", out, "-o", "json"]),
      runProgram(["clusters", "--out", out, "-o", "yaml"]),
      runProgram(["kubeconfig", "cluster-2", "--out", out]),
      runProgram(["kubeconfig", "cluster-3", "--out", out]),
    ]);
    const health = await runProgram(["health", "--out", out]); // after those that tell when a client last asked
    expect(table!.stdout).toMatch(/^NAME +SERVER\ncluster-1 {3}https:\/\/127\.0\.0\.1:\d+\ncluster-2 .*\n$/);
    expect(wide!.stdout).toMatch(
      /^NAME +SERVER +TLS-SERVER-NAME +KUBECONFIG +STATE +BACKEND +NODES +OBJECTS\ncluster-1 .* <none> .*cluster-1.kubeconfig +\w+ /,
    );
    expect(names!.stdout).toBe("cluster-1\ncluster-2\n");
    const listed: unknown = JSON.parse(json!.stdout);
    expect(listed).toMatchObject([{ name: "cluster-1", server: first }, { name: "cluster-2" }]);
    expect(parse(yaml!.stdout)).toEqual(listed);
    expect(kubeconfig!.stdout).toBe(readFileSync(join(out, "cluster-2.kubeconfig"), "utf8"));
    expect(missing).toMatchObject({
      code: 1,
      stderr: 'fake-apiserver: there is no cluster "cluster-3"\n',
    });
    expect(health).toMatchObject({ code: 0, stdout: "ok\n" });
  });

  it("refuses a folder that another fleet runs on, and leaves that one alone", async () => {
    const out = temporary();
    const fleet = await serving(out);
    const before = readFileSync(join(out, "fleet.json"), "utf8");
    const second = await runProgram(["--base-port", "0", "--fresh", "--out", out]);
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(second.stderr).toBe(
      `fake-apiserver: a fleet runs on the folder ${out} already (process ${fleet.pid}); end it, or give this one its own --out\n`,
    );
    expect(readFileSync(join(out, "fleet.json"), "utf8")).toBe(before);
    expect(await ask(join(out, "cluster-1.kubeconfig"), "/version")).toMatchObject({ status: 200 });
  });

  it("drains at SIGTERM: watches end cleanly, the exit code is 0, nothing says that it runs", async () => {
    const out = temporary();
    const fleet = await serving(out);
    const path =
      "/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1";
    const watch = httpsRequest({ ...connection(join(out, "cluster-1.kubeconfig")), path }).end();
    const [answer] = (await once(watch, "response")) as [IncomingMessage];
    const events = textOf(answer);
    await once(answer, "readable");
    fleet.kill("SIGTERM");
    const lines = (await events).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toContain("ADDED");
    expect(answer.complete).toBe(true);
    expect(await fleet.ended()).toMatchObject({
      code: 0,
      signal: null,
      stderr: expect.stringMatching(/info stopped\n$/),
    });
    expect(readdirSync(out).sort()).toEqual(["cluster-1.kubeconfig", "cluster-2.kubeconfig", "kubeconfig", "pki"]);
    expect(await runProgram(["clusters", "--out", out])).toMatchObject({ code: 1 });
  });

  it("does not wait for the last request when it is asked to end twice", async () => {
    const out = temporary();
    const fleet = await serving(out);
    const headers = { "content-type": "application/json", "content-length": 100, expect: "100-continue" };
    const path = "/api/v1/namespaces";
    const stuck = httpsRequest({ ...connection(join(out, "cluster-1.kubeconfig")), method: "POST", path, headers });
    stuck.on("error", () => {});
    stuck.flushHeaders();
    await once(stuck, "continue");
    fleet.kill("SIGINT");
    await fleet.says("stderr", /info draining\n/);
    const again = setInterval(() => fleet.kill("SIGINT"), 50);
    expect(await fleet.ended()).toMatchObject({ code: 130 });
    clearInterval(again);
  });

  it("takes over what a killed fleet left: its kubeconfigs are good again on the same ports", async () => {
    const out = temporary();
    const first = await serving(out, "--base-port", "0");
    const { port } = connection(join(out, "cluster-1.kubeconfig"));
    first.kill("SIGKILL");
    await first.ended();
    expect(existsSync(join(out, "fleet.json"))).toBe(true);
    expect(await runProgram(["health", "--out", out])).toMatchObject({ code: 1 });
    const kept = readFileSync(join(out, "cluster-1.kubeconfig"), "utf8");

    const second = new Program(["--base-port", String(Number(port) - 1), "--out", out]);
    await second.says("stdout", /kubeconfigs .*\n/);
    expect(readFileSync(join(out, "cluster-1.kubeconfig"), "utf8")).toBe(kept);
    expect(await ask(join(out, "cluster-1.kubeconfig"), "/api/v1/nodes")).toMatchObject({ status: 200 });
    second.kill("SIGTERM");
    await second.ended();

    await serving(out, "--fresh");
    expect(connection(join(out, "cluster-1.kubeconfig")).ca).not.toBe(
      Buffer.from((parse(kept) as Kubeconfig).clusters[0]!.cluster["certificate-authority-data"], "base64").toString(),
    );
  });

  it("serves all clusters on one port, and writes kubeconfigs on demand when told so", async () => {
    const out = temporary();
    const fleet = await serving(out, "--sni", "clusters.test", "--sni-port", "0", "--no-kubeconfigs");
    expect(fleet.stdout).toMatch(
      /https:\/\/127\.0\.0\.1:\d+ as cluster-1\.clusters\.test … cluster-2\.clusters\.test\n/,
    );
    expect(fleet.stdout).toContain(`fake-apiserver kubeconfig --out ${out} cluster-1 > `);
    expect(existsSync(join(out, "kubeconfig"))).toBe(false);
    for (const name of ["cluster-1", "cluster-2"]) {
      const { stdout } = await runProgram(["kubeconfig", name, "--out", out]);
      expect(stdout).toContain(`tls-server-name: ${name}.clusters.test\n`);
      writeFileSync(join(out, name), stdout);
      expect(await ask(join(out, name), "/api/v1/namespaces/kube-system")).toMatchObject({ status: 200 });
    }
    const { stdout } = await runProgram(["clusters", "--out", out]);
    expect(stdout).toMatch(/^NAME +SERVER +TLS-SERVER-NAME\ncluster-1 +https:\S+ +cluster-1\.clusters\.test\n/);
    expect(await runProgram(["health", "--out", out])).toMatchObject({ code: 0 });
  });

  it("is healthy though what it is advertised as can't be reached from here", async () => {
    const out = temporary();
    await serving(out, "--advertise-host", "rig.invalid");
    const { stdout } = await runProgram(["clusters", "--out", out]);
    expect(stdout).toContain("https://rig.invalid:");
    expect(await runProgram(["health", "--out", out])).toMatchObject({ code: 0, stdout: "ok\n" });
  });

  it("takes its settings from a file, fills manifests in for each cluster, and logs JSON", async () => {
    const dir = temporary();
    const out = join(dir, "out");
    writeFileSync(join(dir, "1.yaml"), "apiVersion: v1\nkind: Node\nmetadata:\n  name: '{{cluster}}-{{index}}'\n");
    writeFileSync(join(dir, "ignored.txt"), "not YAML: [");
    writeFileSync(join(dir, "settings"), `clusters: 2\nload: [${dir}]\nnamePrefix: other\nlogFormat: json\n`);
    const fleet = new Program([
      "--config",
      join(dir, "settings"),
      "--base-port",
      "0",
      "--out",
      out,
      "--name-prefix",
      "my",
    ]);
    await fleet.says("stdout", /kubeconfigs .*\n/);
    const { body } = await ask(join(out, "my-2.kubeconfig"), "/api/v1/nodes");
    const nodes = JSON.parse(body) as { items: { metadata: { name: string } }[] };
    expect(nodes.items.map(({ metadata }) => metadata.name)).toEqual(["my-2-2"]);
    fleet.kill("SIGINT");
    const { code, stderr } = await fleet.ended();
    expect(code).toBe(0);
    const lines = stderr.trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      "clusters come up",
      "draining",
      "stopped",
    ]);
  });
});
