import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Connection, ConnectionError, inCluster, readKubeconfig } from "../../src/client/connection.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString("base64");

function kubeconfig(cluster: object, user: object, context: object = {}): string {
  const path = join(folder, "kubeconfig");
  const config = {
    contexts: [
      { name: "other", context: {} },
      { name: "x", context: { cluster: "c", user: "u", ...context } },
    ],
    clusters: [{ name: "c", cluster: { server: "https://h:1/p", ...cluster } }],
    users: [{ name: "u", user }],
    "current-context": "x",
  };
  writeFileSync(path, stringify(config));
  return path;
}

const text = (value: string | Buffer | undefined) => value?.toString();

describe("a kubeconfig", () => {
  it("says where to go, whom to trust and who to be", () => {
    const cluster = { "certificate-authority-data": base64("CA"), "tls-server-name": "name" };
    const user = { "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") };
    const { server, tls, authorization, namespace } = readKubeconfig(kubeconfig(cluster, user, { namespace: "n" }));
    expect([server.href, namespace, authorization()]).toEqual(["https://h:1/p", "n", undefined]);
    expect([text(tls.ca), text(tls.cert), text(tls.key), tls.servername]).toEqual(["CA", "CERT", "KEY", "name"]);
    expect(tls).not.toHaveProperty("rejectUnauthorized");
  });

  it("names files beside it", () => {
    for (const name of ["ca", "cert", "key"]) writeFileSync(join(folder, name), name.toUpperCase());
    const user = { "client-certificate": "cert", "client-key": join(folder, "key") };
    const path = kubeconfig({ "certificate-authority": "ca", "insecure-skip-tls-verify": true }, user);
    const { tls, namespace } = readKubeconfig(path);
    expect([text(tls.ca), text(tls.cert), text(tls.key), namespace]).toEqual(["CA", "CERT", "KEY", "default"]);
    expect(tls.rejectUnauthorized).toBe(false);
  });

  it("has tokens, in place or in a file that changes, or a password", () => {
    const header = (user: object, now?: () => number) => readKubeconfig(kubeconfig({}, user), now).authorization;
    expect(header({ token: "t" })()).toBe("Bearer t");
    expect(header({ username: "me", password: "pw" })()).toBe(`Basic ${base64("me:pw")}`);
    let now = 0;
    writeFileSync(join(folder, "token"), "one\n");
    const fromFile = header({ tokenFile: "token" }, () => now);
    expect(fromFile()).toBe("Bearer one");
    writeFileSync(join(folder, "token"), "two\n");
    expect(fromFile()).toBe("Bearer one");
    now = 61_000;
    expect(fromFile()).toBe("Bearer two");
  });

  it.each<[string, () => Connection]>([
    ["there is no such file", () => readKubeconfig(join(folder, "none"))],
    ["users with exec are not supported", () => readKubeconfig(kubeconfig({}, { exec: {} }))],
    ["proxy-url is not supported", () => readKubeconfig(kubeconfig({ "proxy-url": "http://p" }, {}))],
    ['"ftp://h" is no server', () => readKubeconfig(kubeconfig({ server: "ftp://h" }, {}))],
    ['there is no cluster "gone"', () => readKubeconfig(kubeconfig({}, {}, { cluster: "gone" }))],
    ["client-key: ENOENT", () => readKubeconfig(kubeconfig({}, { "client-key": "gone" }))],
    ["not a kubeconfig", () => readKubeconfig(written("- 1"))],
    ["this is no pod: KUBERNETES_SERVICE_HOST is not set", () => inCluster({})],
    ["the pod's service account can't be read", () => inCluster({ KUBERNETES_SERVICE_HOST: "h" }, undefined, folder)],
  ])("is refused in one line: %s", (message, read) => {
    expect(read).toThrow(ConnectionError);
    expect(read).toThrow(message);
  });
});

it("a pod finds its own account", () => {
  mkdirSync(join(folder, "account"));
  for (const [name, value] of Object.entries({ "ca.crt": "CA", token: "t\n", namespace: "own\n" })) {
    writeFileSync(join(folder, "account", name), value);
  }
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
  const { server, tls, authorization, namespace } = inCluster(env, undefined, join(folder, "account"));
  expect([server.href, text(tls.ca), authorization(), namespace]).toEqual([
    "https://[fd00::1]:6443/",
    "CA",
    "Bearer t",
    "own",
  ]);
});

function written(content: string): string {
  const path = join(folder, "kubeconfig");
  writeFileSync(path, content);
  return path;
}
