import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withExecCredential } from "../../../src/cli/transfer/exec-credential.js";
import { temporary } from "../support.js";

function kubeconfig(exec: object, user: object = {}): string {
  return JSON.stringify({
    "current-context": "a",
    contexts: [
      { name: "a", context: { cluster: "c", user: "u" } },
      { name: "b", context: { cluster: "c", user: "v" } },
    ],
    clusters: [{ name: "c", cluster: { server: "https://here:1", "certificate-authority-data": "Y2E=" } }],
    users: [
      { name: "u", user: { exec, ...user } },
      { name: "v", user: { token: "plain" } },
    ],
  });
}

/** A command that runs this. */
const script = (code: string) => ({ command: process.execPath, args: ["-e", code] });
const answering = (status: string) => script(`console.log(JSON.stringify({ status: ${status} }))`);
const userOf = (text: string) => JSON.parse(text).users[0].user;

describe("withExecCredential", () => {
  it("has the command say who the user is", () => {
    const env = [{ name: "WHO", value: "me" }];
    const exec = { ...answering("{ token: process.env.WHO + process.argv.length }"), env };
    expect(userOf(withExecCredential(kubeconfig(exec, { as: "x" }), "k", undefined))).toEqual({
      token: "me1",
      as: "x",
    });
    const pair = answering('{ clientCertificateData: "CERT", clientKeyData: "KEY" }');
    expect(userOf(withExecCredential(kubeconfig(pair), "k", "a"))).toEqual({
      "client-certificate-data": Buffer.from("CERT").toString("base64"),
      "client-key-data": Buffer.from("KEY").toString("base64"),
    });
  });

  it("tells the command what it is for", () => {
    const apiVersion = "client.authentication.k8s.io/v1";
    const exec = { ...answering("{ token: process.env.KUBERNETES_EXEC_INFO }"), apiVersion, interactiveMode: "Never" };
    const told = (more: object) =>
      JSON.parse(userOf(withExecCredential(kubeconfig({ ...exec, ...more }), "k", undefined)).token);
    expect(told({})).toEqual({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
    expect(told({ provideClusterInfo: true }).spec.cluster).toEqual({
      server: "https://here:1",
      "certificate-authority-data": "Y2E=",
    });
  });

  it("finds a command that is named by a path beside the kubeconfig", () => {
    const dir = temporary();
    writeFileSync(join(dir, "who"), `#!/bin/sh\necho '{"status":{"token":"t"}}'\n`);
    chmodSync(join(dir, "who"), 0o700);
    const text = withExecCredential(kubeconfig({ command: "./who" }), join(dir, "kubeconfig"), undefined);
    expect(userOf(text)).toEqual({ token: "t" });
  });

  it("runs nothing for other users, and leaves what is no kubeconfig to others", () => {
    const text = kubeconfig(script("process.exit(1)"));
    expect(withExecCredential(text, "k", "b")).toBe(text);
    for (const other of ["", "[", "- a", "a: b"]) expect(withExecCredential(other, "k", undefined)).toBe(other);
  });

  it.each([
    [{ command: "no-such-command", installHint: "install it\nsoon" }, "there is no such command (install it)"],
    [script("process.exit(3)"), "has failed (3)"],
    [script('console.log("secret")'), "answers no credential"],
    [answering('{ clientCertificateData: "secret" }'), "answers no credential"],
  ])("says what is wrong, and no secrets: %j", (exec, message) => {
    let said = "";
    try {
      withExecCredential(kubeconfig(exec), "k", undefined);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toBe(`k: exec: ${exec.command}${message.startsWith("there") ? ":" : ""} ${message}`);
  });
});
