import { describe, expect, it } from "vitest";
import { envName, OPTIONS, yamlName } from "../../src/config/options.js";
import { ConfigError, resolveConfig } from "../../src/config/resolve.js";

describe("resolveConfig", () => {
  it("has a default for every option", () => {
    const config = resolveConfig({});
    expect(Object.keys(config)).toEqual(Object.keys(OPTIONS));
    expect(config.clusters).toBe(1);
    expect(config.host).toBe("127.0.0.1");
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("prefers a flag to the environment, that to the file, that to the default", () => {
    const yaml = { clusters: 3, basePort: 3000, namePrefix: "filed" };
    const env = { FAKE_APISERVER_CLUSTERS: "4", FAKE_APISERVER_BASE_PORT: "4000" };
    const config = resolveConfig({ flags: { clusters: "5" }, env, yaml });
    expect([config.clusters, config["base-port"], config["name-prefix"]]).toEqual([5, 4000, "filed"]);
  });

  it("takes every option from the environment and from YAML under its own name", () => {
    const samples: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(OPTIONS)) {
      if (option.value === undefined) samples[name] = "true";
      else samples[name] = option.default === undefined ? "x" : String(option.default);
    }
    const managed = { etcd: "managed" };
    const given = { "etcd-endpoints": "https://etcd:2379", "etcd-ca": "x", "etcd-ca-key": "x" };
    const backed = { backing: "a=b,capacity=3", "kube-apiserver-image": "x", "etcd-image": "y" };
    const needed: Record<string, Record<string, unknown>> = {
      ...{ etcd: managed, "etcd-binary": managed, "kube-apiserver-binary": managed },
      ...{ "etcd-endpoints": given, "etcd-ca": given, "etcd-ca-key": given },
      ...{ "etcd-cert": { ...given, "etcd-key": "x" }, "etcd-key": { ...given, "etcd-cert": "x" } },
      "etcd-user": { ...given, "etcd-password-file": "x" },
      "etcd-password-file": { ...given, "etcd-user": "x" },
      "etcd-adopt": given,
      ...{ backing: backed, "kube-apiserver-image": backed, "etcd-image": backed },
      ...{ "etcd-storage": { ...backed, "etcd-storage": "1Gi" } },
      "backing-etcd-endpoints": { ...given, backing: "a=b", "kube-apiserver-image": "x" },
    };
    for (const [name, sample] of Object.entries(samples)) {
      if (sample === "") continue;
      const { [name]: value = sample, ...flags } = needed[name] ?? {};
      const fromEnv = resolveConfig({ flags, env: { [envName(name)]: value as string } });
      const fromYaml = resolveConfig({ flags, yaml: { [yamlName(name)]: value } });
      expect(fromEnv[name as keyof typeof fromEnv]).toEqual(fromYaml[name as keyof typeof fromYaml]);
    }
  });

  it.each([
    [{ flags: { clusters: "many" } }, '--clusters: expected a whole number from 0 to 55000, found "many"'],
    [
      { env: { FAKE_APISERVER_HOST: "a b" } },
      'FAKE_APISERVER_HOST: expected an IP address or a host name, found "a b"',
    ],
    [
      { yaml: { basePort: -1 }, yamlPath: "fleet.yaml" },
      "fleet.yaml: basePort: expected a whole number from 0 to 65535, found -1",
    ],
    [{ yaml: { sniPort: [1] }, yamlPath: "f" }, "f: sniPort: expected a whole number from 0 to 65535, found [1]"],
    [{ yaml: [], yamlPath: "fleet.yaml" }, "fleet.yaml: expected a mapping of settings"],
  ])("refuses %j, naming where it stands and what was expected", (settings, message) => {
    expect(() => resolveConfig(settings)).toThrow(new ConfigError(message));
  });

  it("opens the admin API to others only when it is said who may call", () => {
    const flags = { "admin-host": "0.0.0.0" };
    expect(() => resolveConfig({ flags })).toThrow(/^--admin-host: others can reach 0\.0\.0\.0: say who may with /);
    for (const more of [{ "admin-token-file": "t" }, { "admin-client-ca": "c" }, { "no-admin": true }]) {
      expect(resolveConfig({ flags: { ...flags, ...more } })["admin-host"]).toBe("0.0.0.0");
    }
  });

  it.each([
    [{ passthrough: 1 }, /^--passthrough: it takes an etcd: --etcd managed, or --etcd-endpoints$/],
    [{ "kube-apiserver-binary": "x" }, /^--kube-apiserver-binary: nothing runs it without an etcd/],
    [{ etcd: "managed", "etcd-endpoints": "https://e:1" }, /^--etcd: .* exclude each other$/],
    [{ etcd: "managed", "etcd-ca": "x", "etcd-ca-key": "x" }, /^--etcd-ca: --etcd managed has its own credentials$/],
    [{ "etcd-binary": "x" }, /^--etcd-binary: no etcd is started/],
    [{ passthrough: 1, runtime: "kubernetes" }, /^--runtime: in which clusters\? Say so with --backing/],
    [{ "etcd-image": "x" }, /^--etcd-image: only with --backing$/],
    [{ backing: "a=b" }, /^--backing: --kube-apiserver-image has to say which image/],
    [{ backing: "a=b", "kube-apiserver-image": "x" }, /^--backing: its servers take an etcd that pods can reach/],
    [
      { backing: "a=b", "kube-apiserver-image": "x", etcd: "managed" },
      /^--backing: its servers take an etcd that pods/,
    ],
    [{ backing: "capacity=3" }, /^--backing: expected a list of NAME=KUBECONFIG, and perhaps context=…, /],
    [{ "etcd-ca": "x", "etcd-ca-key": "x" }, /^--etcd-ca: of which etcd\? Say so with --etcd-endpoints$/],
    [{ "etcd-endpoints": "https://e:1" }, /^--etcd-endpoints: the CA is needed, too, by --etcd-ca and --etcd-ca-key/],
    [{ "etcd-endpoints": "http://e:1" }, /^--etcd-endpoints: expected https:\/\/HOST:PORT, found "http:\/\/e:1"/],
    [
      { "etcd-endpoints": "https://e:1", "etcd-ca": "x" },
      /^--etcd-ca: neither --etcd-ca nor --etcd-ca-key goes without/,
    ],
    [
      { "etcd-endpoints": "https://e:1", "etcd-user": "x" },
      /^--etcd-user: neither --etcd-user nor --etcd-password-file/,
    ],
    [{ etcd: "mine" }, /^--etcd: expected managed, found "mine"$/],
    [{ proxy: "tunnel" }, /^--proxy: expected one of pipe, terminate, found "tunnel"$/],
  ])("refuses real servers that make no sense: %j", (flags, message) => {
    expect(() => resolveConfig({ flags })).toThrow(message);
  });

  it("counts real servers among the clusters that need ports", () => {
    const flags = { clusters: 55_000, passthrough: 1000, etcd: "managed" };
    expect(() => resolveConfig({ flags })).toThrow(/56000 clusters above --base-port 10000 need ports up to 66000/);
  });

  it("refuses names that it does not know", () => {
    expect(() => resolveConfig({ yaml: { cluster: 3 }, yamlPath: "f.yaml" })).toThrow(
      /^f\.yaml: cluster: no such setting; known are clusters, /,
    );
    expect(() => resolveConfig({ env: { FAKE_APISERVER_CLUSTER: "3" } })).toThrow(
      /^FAKE_APISERVER_CLUSTER: no such setting/,
    );
  });

  it("refuses more clusters than there are ports, unless they share one", () => {
    expect(() => resolveConfig({ flags: { clusters: "50000", "base-port": "20000" } })).toThrow(
      /need ports up to 70000/,
    );
    expect(resolveConfig({ flags: { clusters: "50000", "base-port": "20000", sni: "example.test" } }).clusters).toBe(
      50_000,
    );
  });
});
