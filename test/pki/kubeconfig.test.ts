import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Access, kubeconfig, kubeconfigText } from "../../src/pki/kubeconfig.js";

const access = (name: string, over: Partial<Access> = {}): Access => ({
  name,
  server: "https://127.0.0.1:10001",
  caCertificate: "ca",
  client: { certificate: "cert", key: "key" },
  ...over,
});

describe("kubeconfig", () => {
  it("holds one context per cluster, the first current", () => {
    const config = kubeconfig([access("a"), access("b", { tlsServerName: "b.example" })]);
    expect(config["current-context"]).toBe("a");
    expect(config.contexts[1]).toEqual({ name: "b", context: { cluster: "b", user: "b-admin" } });
    expect(config.clusters[1]?.cluster["tls-server-name"]).toBe("b.example");
    expect(config.clusters[0]?.cluster).not.toHaveProperty("tls-server-name");
    expect(Buffer.from(config.users[0]?.user["client-key-data"] ?? "", "base64").toString()).toBe("key");
  });

  it("is read back by a YAML parser as it was, whatever the names", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom("true", "1", "0x1f", "1e3", "~", "null", "https://[::1]:1", "a: b", "- x"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts, texts), { maxLength: 3 }), (rows) => {
        const config = kubeconfig(rows.map(([name, server, tlsServerName]) => access(name, { server, tlsServerName })));
        expect(parse(kubeconfigText(config))).toEqual(config);
      }),
    );
  });
});
