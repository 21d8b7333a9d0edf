import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Ended, runProgram, temporary } from "./support.js";

/** Nothing on standard output, one line on the other. */
function oneLine({ code, stdout, stderr }: Ended): { code: number | null; line: string } {
  expect(stdout).toBe("");
  expect(stderr.endsWith("\n")).toBe(true);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return { code, line: stderr.trimEnd().replace(/^fake-apiserver: /, "") };
}

const files: Readonly<Record<string, string>> = {
  "typo.yaml": "clusterz: 3\n",
  "broken.yaml": "clusters: [1\n",
  "kindless.yaml": "metadata:\n  name: x\n",
  "placeholder.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: '{{name}}'\n",
  "unknown.yaml": "apiVersion: v1\nkind: Widget\nmetadata:\n  name: x\n",
  "second.yaml":
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Node\nmetadata: {}\n",
};

describe("the command line", () => {
  it.concurrent.each<readonly [readonly string[], number, string | RegExp]>([
    [["--cluster", "3"], 2, "unknown option '--cluster' (Did you mean --clusters?); see --help"],
    [["serv"], 2, 'there is no command "serv"; see --help'],
    [["--clusters"], 2, "option '--clusters <N>' argument missing; see --help"],
    [["--clusters", "many"], 2, '--clusters: expected a whole number from 0 to 55000, found "many"'],
    [["--clusters", "60000"], 2, '--clusters: expected a whole number from 0 to 55000, found "60000"'],
    [
      ["--clusters", "9", "--base-port", "65530"],
      2,
      /need ports up to 65539, but the last port is 65535; .* use --sni/,
    ],
    [
      ["--service-cluster-ip-range", "10.0.0.0/30"],
      2,
      /^--service-cluster-ip-range: expected an IPv4 range of at least 8/,
    ],
    [
      ["--service-cluster-ip-range", "10.0.0.300/16"],
      2,
      /^--service-cluster-ip-range: expected an IPv4 range of at leas/,
    ],
    [["--kubernetes-version", "1.2"], 2, '--kubernetes-version: expected one of 1.34, found "1.2"'],
    [["--name-prefix", "Big"], 2, '--name-prefix: expected a DNS label, found "Big"'],
    [["--config", "absent.yaml"], 2, "--config: absent.yaml: there is no such file"],
    [["--config", "folder"], 2, "--config: folder: it is a folder"],
    [["--config", "broken.yaml"], 2, /^--config: broken.yaml: .*/],
    [["--config", "typo.yaml"], 2, /^typo.yaml: clusterz: no such setting; known are clusters, /],
    [["--load", "absent.yaml"], 2, "--load: absent.yaml: there is no such file or folder"],
    [["--load", "kindless.yaml"], 2, "--load: kindless.yaml#1: expected apiVersion and kind"],
    [
      ["--load", "placeholder.yaml"],
      2,
      /^--load: placeholder.yaml#1: \{\{name\}\}: known placeholders are \{\{cluster\}\}/,
    ],
    [["--load", "unknown.yaml"], 1, "--load: unknown.yaml#1: no resource of kind Widget in v1"],
    [["--load", "second.yaml"], 1, /^--load: second.yaml#2: .*name or generateName is required$/],
    [["--out", "typo.yaml/x"], 1, /^can't write to the output folder typo.yaml\/x: a part of the path is a file/],
    [["--host", "192.0.2.1"], 1, "can't listen on 192.0.2.1 port 10001: not an address of this machine"],
    [["kubeconfig"], 2, "missing required argument 'NAME'; see --help"],
    [["kubeconfig", "cluster-1"], 1, /^no fleet runs on the folder .fake-apiserver; start one with/],
    [["clusters", "-o", "xml"], 1, /^no fleet runs on the folder/],
    [["health", "--out", "nowhere"], 1, /^no fleet runs on the folder nowhere/],
    [["version", "-o", "xml"], 2, '--output: expected one of text, json, yaml, found "xml"'],
  ])("%j is refused in one line", async (args, code, line) => {
    const cwd = temporary();
    mkdirSync(join(cwd, "folder"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const refused = oneLine(await runProgram(args, { cwd }));
    expect(refused.line).toMatch(line);
    if (typeof line === "string") expect(refused.line).toBe(line);
    expect(refused.code).toBe(code);
  });

  it("a misspelt environment variable is refused, what a Service of that name sets is not", async () => {
    const wrong = oneLine(await runProgram([], { env: { FAKE_APISERVER_CLUSTER: "3" } }));
    expect(wrong).toEqual({
      code: 2,
      line: expect.stringMatching(/^FAKE_APISERVER_CLUSTER: no such setting; known are/),
    });
    const links = { FAKE_APISERVER_SERVICE_HOST: "10.96.0.7", FAKE_APISERVER_PORT_6443_TCP: "tcp://10.96.0.7:6443" };
    const fine = oneLine(await runProgram(["--load", "absent.yaml"], { env: links }));
    expect(fine.line).toBe("--load: absent.yaml: there is no such file or folder");
  });

  it("too low a limit of open files is told before anything is opened", async () => {
    const refused = oneLine(await runProgram(["--clusters", "1000"], { under: "ulimit -n 256" }));
    expect(refused).toEqual({
      code: 1,
      line: "1000 listeners need 1064 open files or more, but the limit is 256: raise it (ulimit -n 4096), or share one port with --sni",
    });
  });

  it("a busy port is named, and nothing is written", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await once(busy, "listening");
    const { port } = busy.address() as AddressInfo;
    const refused = oneLine(await runProgram(["--base-port", String(port - 1)]));
    expect(refused).toEqual({ code: 1, line: `can't listen on 127.0.0.1: port ${port} already in use` });
  });
});

describe.concurrent("--help", () => {
  it("shows commands, settings in groups, and examples", async () => {
    const { code, stdout, stderr } = await runProgram(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Usage: fake-apiserver \[serve\] \[settings\]/);
    expect(stdout).toMatch(/\nEndpoints:\n {2}--host <ADDRESS> .*\n(.*\n)+\nEmulation:\n/);
    expect(stdout).toMatch(/\nCommands:\n {2}serve(.*\n)+? {2}version/);
    expect(stdout).toMatch(/\nExamples:\n {2}fake-apiserver --clusters 1000\n/);
  });

  it.each(["serve", "kubeconfig", "clusters", "health", "version"])("of %s has an example", async (command) => {
    const { code, stdout } = await runProgram([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`\nExamples?:\n(.*\n)*? .*fake-apiserver ${command}`));
  });

  it("gives versions in the form that is asked for", async () => {
    const text = await runProgram(["--version"]);
    expect(text.stdout).toMatch(/^fake-apiserver \d+\.\d+\.\d+, Kubernetes v1\.34\.\d+, Node v\d+\.\d+\.\d+\n$/);
    const json = await runProgram(["version", "-o", "json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      node: process.version,
      kubernetes: expect.stringMatching(/^v1\.34/),
    });
  });
});

describe("output", () => {
  it("may be left by its reader", async () => {
    // The reader closes its end before anything is written.
    const { stderr } = await runProgram(["--help"], { under: "exec > >(exec <&-; sleep 1)" });
    expect(stderr).toBe("");
  });
});
