import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROXY_WAYS } from "../../../src/cluster/spec.js";
import { folder, program } from "./programs.js";
import { Running, until } from "./running.js";

const run = promisify(execFile);
const flow = fileURLToPath(new URL("../article.sh", import.meta.url));
const node = fileURLToPath(new URL("../article/node.yaml", import.meta.url));
const NAMES = ["cluster-1", "cluster-2", "cluster-3"];

/** What each cluster has of its own, as the experiment had it: servers, an etcd with TLS and users, and certificates. */
describe.each(PROXY_WAYS)("three real servers on one etcd, by %s", (way) => {
  const place = folder();
  const data = join(place.path, "data");
  const kubeconfig = (name: string) => join(place.path, "out", `${name}.kubeconfig`);
  let fleet: Running;

  /** etcdctl with a certificate: root's, a cluster's own, or none. */
  async function etcdctl(who: string | undefined, ...args: string[]): Promise<string> {
    const ports = JSON.parse(readFileSync(join(data, "etcd/ports.json"), "utf8")) as { "etcd-0": { client: number } };
    const pair = who === "root" ? join(data, "etcd/pki/root") : join(data, "real", `${who}`, "pki/etcd-client");
    const ca = join(data, "etcd/pki/ca.crt");
    const client = who === undefined ? [] : [`--cert=${pair}.crt`, `--key=${pair}.key`];
    const where = [`--endpoints=https://127.0.0.1:${ports["etcd-0"].client}`, `--cacert=${ca}`, "--dial-timeout=5s"];
    const env = { ...process.env, ETCDCTL_API: "3" };
    const { stdout } = await run(program("etcdctl"), [...where, ...client, ...args], { env, timeout: 20_000 });
    return stdout;
  }
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");

  beforeAll(async () => {
    const settings = ["--clusters", "0", "--passthrough", `${NAMES.length}`, "--proxy", way, "--etcd", "managed"];
    const programs = ["--etcd-binary", program("etcd"), "--kube-apiserver-binary", program("kube-apiserver")];
    fleet = await Running.start(join(place.path, "out"), ...settings, ...programs, "--data-dir", data);
  });
  afterAll(async () => {
    await fleet?.stop();
    place.remove();
  });

  it("are children of ours, each behind its own port", async () => {
    const asked = () => Promise.all(NAMES.map((name) => fleet.state(name)));
    // A fleet does not wait for a slow one.
    await until(async () => (await asked()).every(({ phase }) => phase === "ready"));
    const states = await asked();
    expect(states).toEqual(
      NAMES.map(() => expect.objectContaining({ proxy: way, runtime: "process", phase: "ready" })),
    );
    expect(new Set(states.map(({ pid }) => pid)).size).toBe(NAMES.length);
    const ports = NAMES.map((name) => /server: (\S+)/.exec(readFileSync(kubeconfig(name), "utf8"))?.[1]);
    expect(new Set(ports).size).toBe(NAMES.length);
  });

  it("take the experiment's kubectl flow, all at once", async () => {
    await Promise.all(NAMES.map((name) => run("bash", [flow, kubeconfig(name)], { timeout: 110_000 })));
  });

  it("are users, roles and prefixes that etcdctl shows as the experiment had them", async () => {
    await run("kubectl", ["--kubeconfig", kubeconfig("cluster-2"), "create", "-f", node], { timeout: 30_000 });
    expect(lines(await etcdctl("root", "user", "list")).sort()).toEqual([...NAMES, "root"]);
    expect(lines(await etcdctl("root", "role", "list")).sort()).toEqual([...NAMES, "root"]);
    for (const name of NAMES) {
      expect(await etcdctl("root", "user", "get", name)).toBe(`User: ${name}\nRoles: ${name}\n`);
      const role = (await etcdctl("root", "role", "get", name)).replaceAll(/\s+/g, " ");
      const range = `[/${name}/, /${name}0) (prefix /${name}/)`;
      expect(role).toContain(`KV Read: ${range}`);
      expect(role).toContain(`KV Write: ${range}`);
      expect(role.match(/prefix/g)).toHaveLength(2);
    }
    const keys = lines(await etcdctl("root", "get", "--prefix", "/", "--keys-only"));
    expect(new Set(keys.map((key) => key.split("/")[1]))).toEqual(new Set(NAMES));
    for (const name of NAMES) expect(keys).toContain(`/${name}/namespaces/default`);
    expect(keys.filter((key) => key.includes("/minions/"))).toEqual(["/cluster-2/minions/fake-node"]);
  });

  it.each(NAMES)("are kept apart: the certificate of %s opens its own prefix alone", async (name) => {
    expect(existsSync(join(data, "real", name, "pki/etcd-client.crt"))).toBe(true);
    const own = lines(await etcdctl(name, "get", "--prefix", `/${name}/`, "--keys-only"));
    expect(own).toContain(`/${name}/namespaces/default`);
    expect(await etcdctl(name, "put", `/${name}/mine`, "1")).toBe("OK\n");
    const others = NAMES.filter((other) => other !== name);
    const refused = [
      ...others.flatMap((other) => [
        ["get", `/${other}/namespaces/default`],
        ["get", "--prefix", `/${other}/`],
        ["put", `/${other}/mine`, "1"],
        ["del", "--prefix", `/${other}/`],
      ]),
      ["get", "--prefix", "/"],
      ["get", "--prefix", ""],
      ["user", "list"],
      ["role", "grant-permission", name, "readwrite", "--prefix=true", "/"],
    ];
    for (const args of refused) {
      await expect(etcdctl(name, ...args), args.join(" ")).rejects.toThrow("permission denied");
    }
  });

  it("have an etcd that answers nobody without a certificate", async () => {
    await expect(etcdctl(undefined, "get", "/cluster-1/namespaces/default")).rejects.toThrow();
    const trusted = await etcdctl("root", "get", "/cluster-1/namespaces/default", "--keys-only");
    expect(lines(trusted)).toEqual(["/cluster-1/namespaces/default"]);
  });
});
