import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { passthroughOptions } from "../../../src/cli/passthrough.js";
import type { Connection } from "../../../src/client/connection.js";
import { readBackend } from "../../../src/cluster/given-backend.js";
import type { KubernetesSpec } from "../../../src/cluster/spec.js";
import { resolveConfig } from "../../../src/config/resolve.js";
import { objectsAt } from "../../../src/kube/access.js";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { TokenKey } from "../../../src/pki/tokens.js";
import { addressOf } from "../../../src/proxy/backing/address.js";
import { type ApiserverParts, apiserverObjects } from "../../../src/proxy/backing/apiserver.js";
import { BackingCluster } from "../../../src/proxy/backing/backing-cluster.js";
import { lacks } from "../../../src/proxy/backing/differs.js";
import { unavailability } from "../../../src/proxy/backing/verdict.js";
import { controlPlanePki, pkiFiles, writePki } from "../../../src/proxy/pki.js";
import { keptPki } from "../../../src/proxy/runtime/kept-pki.js";

const now = Date.now();
const DAY = 24 * 3_600_000;
const authority = CertificateAuthority.create(now);

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "backing-parts-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe("where a server is reached", () => {
  const connection = { server: new URL("https://192.0.2.7:6443"), namespace: "x" } as Connection;
  const service = {
    spec: { clusterIP: "10.0.0.9", ports: [{ port: 6443, nodePort: 31_000 }] },
    status: { loadBalancer: { ingress: [{ ip: "198.51.100.4" }] } },
  };

  function reaching(found: JsonObject | undefined, host?: string): BackingCluster {
    const settings = { name: "one", connection, namespace: "ns", ...(host === undefined ? {} : { host }) };
    const backing = new BackingCluster(settings, "fleet");
    onTestFinished(() => backing.close());
    backing.service = () => found as KubeObject | undefined;
    return backing;
  }

  it.each([
    ["service", "10.0.0.9", 6443],
    ["node-port", "192.0.2.7", 31_000],
    ["load-balancer", "198.51.100.4", 6443],
  ] as const)("by %s", (reach, host, port) => {
    const address = addressOf(reaching(service), "a", reach, "CA");
    expect(address).toEqual({ host, port, ca: "CA", serverName: "kubernetes.default.svc" });
    expect(addressOf(reaching({ spec: {} }), "a", reach, "CA")).toMatch(/^its Service (has no|waits)/);
    expect(addressOf(reaching(undefined), "a", reach, "CA")).toBe("its Service is not there yet");
  });

  it("at the nodes' own host, where it is given", () => {
    expect(addressOf(reaching(service, "node.example"), "a", "node-port", "CA")).toMatchObject({
      host: "node.example",
    });
  });
});

describe("a Deployment's state", () => {
  const condition = (type: string, status: string, message: string) => ({ type, status, message });
  const deployment = (...conditions: JsonObject[]) =>
    ({ metadata: { generation: 2 }, status: { observedGeneration: 2, conditions } }) as unknown as KubeObject;

  it.each([
    [deployment(condition("ReplicaFailure", "True", "exceeded quota")), "no pod is made: exceeded quota", true],
    [deployment(condition("Progressing", "False", "deadline exceeded")), "deadline exceeded", true],
    [deployment(condition("Available", "False", "")), "no pod has been made yet", false],
    [{ metadata: { generation: 1 } } as KubeObject, "its Deployment has not been looked at yet", false],
  ])("says why it is not available: %#", (found, why, failed) => {
    expect(unavailability(found, [])).toEqual({ why, failed });
  });

  it("is fine when it is available", () => {
    expect(unavailability(deployment(condition("Available", "True", "")), [])).toBeUndefined();
  });
});

it("what others add is no difference, what is left out or changed is", () => {
  const wanted = { a: { memory: "1024Mi" }, list: [{ name: "x" }], none: [] };
  const found = { a: { memory: "1Gi", more: 1 }, list: [{ name: "x", protocol: "TCP" }], other: true };
  expect(lacks(found, wanted)).toBe(false);
  expect(lacks({ ...found, list: [...found.list, { name: "y" }] }, wanted)).toBe(true);
  expect(lacks({ ...found, a: { memory: "2Gi" } }, wanted)).toBe(true);
  expect(lacks({ ...found, none: ["z"] }, wanted)).toBe(true);
  expect(lacks(undefined, wanted)).toBe(true);
});

it("certificates are used again for as long as all of them hold", async () => {
  const dir = folder();
  const frontProxyCa = CertificateAuthority.create(now, "front-proxy-ca").pair;
  const serviceAccountKey = (await TokenKey.generate()).pem;
  const admin = authority.issueClient(now, { commonName: "admin" });
  const cluster = { name: "a", authority, frontProxyCa, admin, serviceAccountKey };
  const options = { hosts: ["a.example"], serviceIp: "10.0.0.1", now };
  const made = await controlPlanePki(cluster, options);
  expect(keptPki(dir, cluster, options)).toBeUndefined();
  writePki(dir, made);
  expect(keptPki(dir, cluster, options)?.serving).toEqual(made.serving);
  expect(keptPki(dir, cluster, options)?.frontProxy).toEqual(made.frontProxy);
  expect(keptPki(dir, cluster, { ...options, hosts: ["b.example"] })).toBeUndefined();
  expect(keptPki(dir, cluster, { ...options, now: now + 340 * DAY })).toBeUndefined();
  expect(keptPki(dir, { ...cluster, authority: CertificateAuthority.create(now) }, options)).toBeUndefined();
  writeFileSync(pkiFiles(dir).servingCertificate, readFileSync(pkiFiles(dir).frontProxyCertificate));
  expect(keptPki(dir, cluster, options)).toBeUndefined();
});

it("where nobody is anonymous a kubelet only looks whether somebody listens; tokens come from a Secret", async () => {
  const pki = await controlPlanePki({ name: "a", authority }, { hosts: [], serviceIp: "10.0.0.1", now });
  const settings = {
    preset: "plain",
    serviceCidr: "10.0.0.0/16",
    enabledAdmission: [],
    disabledAdmission: [],
  } as const;
  const parts: ApiserverParts = {
    ...{ cluster: "a", fleet: "f", namespace: "n", image: "i", reach: "service", flags: [], tokens: "t,u,1" },
    ...{ requests: { cpu: "1", memory: "1Gi" }, pki },
    tenant: { name: "a", prefix: "/a/", endpoints: ["https://e:1"], ca: "CA", client: pki.admin },
    settings: { ...settings, authorizationMode: "AlwaysAllow" },
  };
  const container = (of: ApiserverParts) => {
    const deployment = apiserverObjects(of).find(({ kind }) => kind === "Deployment");
    const { template } = deployment!.spec as { template: KubeObject };
    return objectsAt(template, "spec", "containers")[0]!;
  };
  expect(container(parts).readinessProbe).toMatchObject({ tcpSocket: { port: "https" } });
  expect(container(parts).command).toContain("--token-auth-file=/etc/kubernetes/pki/tokens.csv");
  const open = { ...parts, tokens: undefined, settings: { ...settings, authorizationMode: "RBAC" } } as const;
  expect(container(open).readinessProbe).toMatchObject({ httpGet: { path: "/readyz" } });
  expect(container({ ...open, flags: ["--anonymous-auth=false"] }).readinessProbe).toHaveProperty("tcpSocket");
  expect(JSON.stringify(container(open).command)).not.toMatch(/token-auth-file/);
});

it("the settings name backing clusters by kubeconfigs", () => {
  const dir = folder();
  const file = join(dir, "east.yaml");
  const cluster = { server: "https://192.0.2.1:6443" };
  const contexts = [{ name: "c", context: { cluster: "k", namespace: "own" } }];
  writeFileSync(file, JSON.stringify({ clusters: [{ name: "k", cluster }], contexts }));
  const flags = { "kube-apiserver-image": "i", "etcd-image": "e", "etcd-storage": "1Gi", runtime: "kubernetes" };
  const backing = `east=${file},context=c,capacity=3,west=${file},context=c,namespace=other`;
  const { runtime, backings } = passthroughOptions(resolveConfig({ flags: { ...flags, backing } }));
  expect(runtime).toBe("kubernetes");
  expect(backings).toMatchObject({
    image: "i",
    etcd: { image: "e", storage: "1Gi" },
    clusters: [
      { name: "east", namespace: "own", capacity: 3 },
      { name: "west", namespace: "other" },
    ],
  });
  const unknown = () => passthroughOptions(resolveConfig({ flags: { ...flags, backing: `a=${file},context=d` } }));
  expect(unknown).toThrow(/^--backing: a: .*there is no context "d"$/);
});

it.each([
  [{ resources: { memory: "lots" } }, /^backend\.runtime\.resources\.memory: "lots" is no quantity above zero/],
  [{ resources: { cpu: "0" } }, /^backend\.runtime\.resources\.cpu/],
  [{ flags: ["v=4"] }, /^backend\.runtime\.flags/],
] satisfies [Partial<KubernetesSpec>, RegExp][])("a spec is refused: %j", (spec, message) => {
  const runtime = { type: "kubernetes", ...spec } as const;
  expect(() => readBackend({ type: "passthrough", proxy: "pipe", runtime })).toThrow(message);
});
