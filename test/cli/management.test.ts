import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { managementSettings } from "../../src/cli/management.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { freePort, Rig } from "../management/rig.js";
import { Program, runProgram, temporary } from "./support.js";

it("a fleet follows a management cluster until it ends, and gives the Lease back", async () => {
  const rig = await Rig.start();
  onTestFinished(() => rig.stop());
  const out = temporary();
  const kubeconfig = join(out, "management");
  writeFileSync(kubeconfig, await rig.management.clusters[0]!.kubeconfig());
  const flags = ["--clusters", "0", "--management-kubeconfig", kubeconfig, "--management-lease", "default/mine"];
  const program = new Program([...flags, "--infrastructure", "all", "--out", out]);
  onTestFinished(async () => {
    program.kill("SIGKILL");
    await program.ended();
  });
  await program.says("stdout", /management +following the Clusters of https:\/\/127/);
  const port = await freePort();
  await rig.secrets("c1");
  await rig.cluster("c1", port);
  await rig.until(
    () =>
      new Promise((resolve, reject) =>
        connect(port, "127.0.0.1", resolve as () => void)
          .on("error", reject)
          .unref(),
      ),
  );
  const lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/mine";
  const holder = async () => ((await rig.api.get(lease)).spec as { holderIdentity?: string }).holderIdentity ?? "";
  expect(await holder()).toMatch(/_[0-9a-f]{8}$/);
  await rig.until(() => expect(readFileSync(join(out, "fleet.json"), "utf8")).toContain("default.c1"));
  program.kill("SIGTERM");
  expect(await program.ended()).toMatchObject({ code: 0 });
  expect(await holder()).toBe("");
});

it.each([
  [["--management-kubeconfig", "/none"], "--management-kubeconfig: /none: there is no such file"],
  [
    ["--management-kubeconfig", "in-cluster"],
    "--management-kubeconfig: this is no pod: KUBERNETES_SERVICE_HOST is not set",
  ],
  [["--infrastructure", "all"], "--infrastructure is of use with --management-kubeconfig only"],
  [["--delays", "boot=soon"], /^--delays: expected a list of STAGE=TIME or .*, found /],
])("%j is refused before anything is started", async (flags, message) => {
  const env = { KUBERNETES_SERVICE_HOST: "" };
  const { code, stderr } = await runProgram(["--base-port", "0", "--out", temporary(), ...flags], { env });
  expect(code).toBe(2);
  expect(stderr.trimEnd().replace("fake-apiserver: ", "")).toMatch(message);
});

describe("an endpoint is this fleet's", () => {
  const owns = (flags: Record<string, unknown>) =>
    managementSettings(resolveConfig({ flags: { out: temporary(), ...flags } })).owns;

  it("on the host that is advertised, listened on, or told", () => {
    const own = owns({ host: "10.1.1.1", "advertise-host": "lab.test", "management-hosts": ["a.test"] });
    const hosts = ["10.1.1.1", "lab.test", "a.test", "127.0.0.1", "b.test"];
    expect(hosts.map(own)).toEqual([true, true, true, false, false]);
  });

  it("on this machine, where that is listened on", () => {
    const own = owns({});
    expect(["127.0.0.1", "localhost", "::1", "10.0.0.1"].map(own)).toEqual([true, true, true, false]);
    expect(owns({ host: "0.0.0.0" })("127.0.0.1")).toBe(true);
  });

  it("below the domain of server names, or anywhere", () => {
    expect(["x.lab.test", "lab.other"].map(owns({ sni: "lab.test" }))).toEqual([true, false]);
    expect(owns({ "management-hosts": ["*"] })("anything")).toBe(true);
  });
});
