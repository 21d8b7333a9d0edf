import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { backendOf } from "../../src/cli/backend-flags.js";
import { CertificateAuthority } from "../../src/pki/authority.js";
import { StandIn } from "../proxy/stand-in.js";
import { runProgram, serving, temporary } from "./support.js";

it("flags say what is behind an endpoint", () => {
  expect(backendOf({})).toBeUndefined();
  expect(backendOf({ backend: "emulated" })).toEqual({ type: "emulated" });
  expect(backendOf({ backend: "passthrough" })).toEqual({
    ...{ type: "passthrough", proxy: "terminate", runtime: { type: "process" } },
  });
  expect(backendOf({ backend: "passthrough", proxy: "pipe", preset: "saving" })).toEqual({
    ...{ type: "passthrough", proxy: "pipe", runtime: { type: "process", preset: "saving" } },
  });
  expect(backendOf({ backend: "passthrough", backing: "east", preset: "saving" })).toMatchObject({
    runtime: { type: "kubernetes", backing: "east", preset: "saving" },
  });
  expect(backendOf({ backend: "passthrough", backing: "any" })).toMatchObject({ runtime: { type: "kubernetes" } });
});

it.each([
  [{ proxy: "pipe" } as const, "--proxy: only with --backend passthrough"],
  [{ backend: "emulated", frontProxyCert: "x" } as const, "--front-proxy-cert: only with --backend passthrough"],
  [{ backing: "any" } as const, "--backing: only with --backend passthrough"],
  [{ backend: "passthrough", backing: "a", server: "https://x" } as const, "--backing: not of a server"],
  [{ backend: "passthrough", clientKey: "x" } as const, "--client-key: only with --server"],
  [{ backend: "passthrough", server: "https://x" } as const, "--server: --server-ca has to say"],
  [{ backend: "passthrough", server: "https://x", preset: "plain" } as const, "--preset: not of a server"],
  [{ backend: "passthrough", server: "https://x", serverCa: "/none" } as const, "--server-ca: /none: there is no such"],
])("flags that don't go together are refused: %j", (flags, message) => {
  expect(() => backendOf(flags)).toThrow(message);
});

it("a cluster is put before a server that somebody else runs", async () => {
  const standIn = await new StandIn().listen();
  onTestFinished(() => standIn.kill());
  const out = temporary();
  await serving(out);
  const write = (name: string, text: string) => {
    writeFileSync(join(out, name), text);
    return join(out, name);
  };
  const { clusterCa, frontProxy, port } = standIn;
  const client = clusterCa.issueClient(Date.now(), { commonName: "admin" });
  const external = ["--server", `https://127.0.0.1:${port}`, "--server-ca", write("ca", clusterCa.certificate)];
  external.push("--client-cert", write("client", client.certificate), "--client-key", write("client-key", client.key));
  external.push("--front-proxy-cert", write("proxy", frontProxy.certificate));
  external.push("--front-proxy-key", write("proxy-key", frontProxy.key), "--out", out);
  const made = await runProgram(["clusters", "create", "theirs", "--backend", "passthrough", ...external]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const { stdout } = await runProgram(["clusters", "-o", "wide", "--out", out]);
  expect(stdout).toMatch(/^cluster-1 .* emulated /m);
  expect(stdout).toMatch(/^theirs .* terminate\/external\/(starting|ready) /m);
  const other = CertificateAuthority.create(Date.now()).issueClient(Date.now(), { commonName: "x" });
  const wrong = ["--client-cert", write("other", other.certificate), "--client-key", join(out, "client-key")];
  const refused = await runProgram(["clusters", "create", "more", "--backend", "passthrough", ...external, ...wrong]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("backend.runtime.client") });
});
