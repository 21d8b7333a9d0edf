import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { rsaKey } from "../pki/support.js";
import { runProgram, serving, temporary } from "./support.js";

/** Runs commands on a folder one after the other, and returns what the last printed. */
async function last(out: string, ...commands: readonly string[][]): Promise<string> {
  let text = "";
  for (const args of commands) {
    const { code, stdout, stderr } = await runProgram([...args, "--out", out]);
    expect({ code, stderr }, args.join(" ")).toEqual({ code: 0, stderr: "" });
    text = stdout;
  }
  return text;
}

describe("a running fleet", () => {
  it("gets clusters and nodes by commands", async () => {
    const out = temporary();
    await serving(out);
    const { pair } = CertificateAuthority.create(Date.now());
    const [cert, key, sa] = ["ca.crt", "ca.key", "sa.key"].map((name) => join(out, name)) as [string, string, string];
    writeFileSync(cert, pair.certificate);
    writeFileSync(key, pair.key);
    writeFileSync(sa, rsaKey());
    const create = ["clusters", "create", "team.prod", "--ca-cert", cert, "--ca-key", key, "--sa-key", sa];
    create.push("--etcd-ca-cert", cert, "--etcd-ca-key", key);
    expect(await last(out, create, create)).toMatch(/^team\.prod {3}https:\/\/127\.0\.0\.1:\d+\n$/);
    expect(await last(out, ["kubeconfig", "team.prod"])).toContain(Buffer.from(pair.certificate).toString("base64"));
    const add = ["nodes", "add", "team.prod", "--count", "2", "--name", "n{{index}}", "--label", "zone=z{{index}}"];
    expect(await last(out, [...add, "--taint", "a=b:NoSchedule"])).toBe("n1\nn2\n");
    expect(await last(out, ["nodes", "down", "team.prod", "n1"], ["nodes", "list", "team.prod"])).toMatch(
      /^NAME +STATUS +ROLE +VERSION\nn1 +NotReady +worker +v1\.34\.\d+\nn2 +Ready +worker .*\n$/,
    );
    expect(await last(out, ["nodes", "remove", "team.prod", "n1"], ["nodes", "list", "team.prod", "-o", "name"])).toBe(
      "n2\n",
    );
    const leader = ["nodes", "add", "team.prod", "--name", "cp", "--role", "control-plane", "--etcd", "external"];
    expect(await last(out, leader, ["nodes", "remove", "team.prod", "cp"], leader)).toBe("cp\n");
    const [pairless, refused, unknown] = await Promise.all([
      runProgram(["clusters", "create", "x", "--ca-cert", cert, "--out", out]),
      runProgram(["clusters", "create", "team.prod", "--endpoint-port", "1", "--out", out]),
      runProgram(["nodes", "remove", "team.prod", "n1", "--out", out]),
    ]);
    expect(pairless).toMatchObject({ code: 2, stderr: expect.stringContaining("neither goes without the other") });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('cluster "team.prod" is there with') });
    expect(unknown).toMatchObject({ code: 1, stderr: 'fake-apiserver: there is no node "n1"\n' });
    expect(await last(out, ["clusters", "delete", "team.prod"], ["clusters", "-o", "name"])).toBe(
      "cluster-1\ncluster-2\n",
    );
  });

  it("beyond this machine, and for holders of tokens only, is managed from its folder all the same", async () => {
    const out = temporary();
    const tokens = join(out, "tokens");
    writeFileSync(tokens, "# who\none\n");
    const fleet = await serving(out, "--admin-host", "0.0.0.0", "--admin-token-file", tokens);
    const [, url] = await fleet.says("stdout", /admin API +(https:\S+)\n/);
    await expect(fetch(`${url}/v1/clusters`)).rejects.toThrow();
    expect(await last(out, ["clusters", "create"])).toMatch(/^cluster-3 /);
  });

  it("moves clusters by commands, and tells what is in the way", async () => {
    const out = temporary();
    await serving(out);
    expect(await last(out, ["demote", "cluster-1"])).toBe(""); // it is emulated
    for (const [args, code, text] of [
      [["promote", "cluster-1", "--proxy", "pipe", "--flag=--v=4"], 1, "the fleet has no etcd"],
      [["promote", "cluster-1", "--flag=v=4"], 1, '"v=4" is no flag'],
      [["promote", "none"], 1, 'there is no cluster "none"'],
      [["promote", "cluster-1", "--proxy", "tunnel"], 2, "Allowed choices are pipe, terminate"],
    ] as const) {
      const { code: got, stderr } = await runProgram([...args, "--out", out]);
      expect({ got, stderr }, args.join(" ")).toEqual({ got: code, stderr: expect.stringContaining(text) });
    }
  });

  it("without an admin API still tells of its clusters", async () => {
    const out = temporary();
    const fleet = await serving(out, "--no-admin");
    expect(await last(out, ["clusters", "-o", "name"])).toBe("cluster-1\ncluster-2\n");
    expect(await last(out, ["kubeconfig", "cluster-1"])).toContain("name: cluster-1-admin");
    const { code, stderr } = await runProgram(["nodes", "list", "cluster-1", "--out", out]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("was started with --no-admin") });
    expect(fleet.stdout).not.toContain("admin API");
  });

  it.each([
    [["--admin-host", "0.0.0.0"], /--admin-host: others can reach 0\.0\.0\.0: say who may/],
    [["--admin-token-file", "absent"], /--admin-token-file: absent: there is no such file/],
    [["--admin-client-ca", import.meta.filename], /there is no certificate in it/],
  ])("with %j is not started", async (args, message) => {
    const { code, stderr } = await runProgram([...args, "--clusters", "0", "--out", temporary()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
