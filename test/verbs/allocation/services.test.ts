import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { cloneJson } from "../../../src/kube/json-access.js";
import { allocateForCreate, allocateForUpdate, ipAddressesOf } from "../../../src/verbs/allocation/services.js";

const ranges = { clusterCidr: "10.0.0.0/24", nodePorts: { first: 30000, last: 30019 } };

function service(name: string, spec: JsonObject, uid = name): KubeObject {
  const metadata = { name, namespace: "shop", uid };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { type: "ClusterIP", ...spec } };
}

function made(spec: JsonObject, services: KubeObject[] = [], options: { dryRun?: boolean } = {}): JsonObject {
  const object = service("s", spec, "00000000-0000-4000-8000-000000000001");
  allocateForCreate(object, services, { ...ranges, ...options });
  return object.spec as JsonObject;
}

const port = (extra: JsonObject = {}): JsonObject => ({ port: 80, ...extra });

describe("a new service", () => {
  test("gets one address of its family, beyond the static band", () => {
    const spec = made({ ports: [port()] });
    expect(spec).toMatchObject({ ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
    expect(spec.clusterIPs).toEqual([spec.clusterIP]);
    expect(Number(String(spec.clusterIP).split(".")[3])).toBeGreaterThan(16);
  });

  test("stays headless or without an address if it is meant to be", () => {
    expect(made({ clusterIP: "None" })).toMatchObject({ clusterIP: "None", clusterIPs: ["None"] });
    expect(made({ type: "ExternalName", externalName: "a.b" }).clusterIP).toBeUndefined();
  });

  test.each([
    ["10.0.0.1", "failed to allocate IP 10.0.0.1: provided IP is already allocated"],
    ["10.1.0.1", "failed to allocate IP 10.1.0.1: the provided network does not match the current range"],
    ["10.0.0.255", "failed to allocate IP 10.0.0.255: the provided network does not match the current range"],
  ])("does not get %s", (clusterIP, why) => {
    const taken = [service("kubernetes", { clusterIPs: ["10.0.0.1"] })];
    expect(() => made({ clusterIP }, taken)).toThrow(
      `Service "s" is invalid: spec.clusterIPs: Invalid value: ["${clusterIP}"]: ${why}`,
    );
  });

  test("gets node ports where its type has them", () => {
    const spec = made({
      type: "NodePort",
      ports: [port({ name: "a" }), port({ name: "b", port: 81, nodePort: 30007 })],
    });
    const [first, second] = spec.ports as JsonObject[];
    expect(second!.nodePort).toBe(30007);
    expect(first!.nodePort).toBeGreaterThanOrEqual(30000);
    expect(first!.nodePort).not.toBe(30007);
    const none = made({ type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [port()] });
    expect(none.ports).toEqual([port()]);
  });

  test("shares a node port between the protocols of one port", () => {
    const dns = ["TCP", "UDP"].map((protocol) => port({ name: protocol.toLowerCase(), protocol }));
    const [tcp, udp] = made({ type: "NodePort", ports: dns }).ports as JsonObject[];
    expect(tcp!.nodePort).toBeGreaterThanOrEqual(30000);
    expect(udp!.nodePort).toBe(tcp!.nodePort);
  });

  test.each([
    [30007, "provided port is already allocated"],
    [31000, "provided port is not in the valid range. The range of valid ports is 30000-30019"],
  ])("does not get node port %d", (nodePort, why) => {
    const taken = [service("other", { type: "NodePort", ports: [port({ nodePort: 30007 })] })];
    expect(() => made({ type: "NodePort", ports: [port({ nodePort })] }, taken)).toThrow(
      `Service "s" is invalid: spec.ports[0].nodePort: Invalid value: ${nodePort}: ${why}`,
    );
  });

  test("reserves nothing in a dry run", () => {
    const spec = made({ type: "NodePort", ports: [port()] }, [], { dryRun: true });
    expect(spec.clusterIP).toBe("10.0.0.0");
    expect(spec.ports).toEqual([port({ nodePort: 32769 })]);
  });

  test("shares no address and no node port, until there are none left", () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { minLength: 25, maxLength: 25 }), (uids) => {
        const services: KubeObject[] = [];
        const failures: string[] = [];
        for (const [index, uid] of uids.entries()) {
          const next = service(`s${index}`, { type: "NodePort", ports: [port()] }, uid);
          try {
            allocateForCreate(next, services, { ...ranges, clusterCidr: "10.0.0.0/27" });
            services.push(next);
          } catch (error) {
            failures.push((error as Error).message);
          }
        }
        const specs = services.map(({ spec }) => spec as JsonObject);
        expect(new Set(specs.map(({ clusterIP }) => clusterIP)).size).toBe(20);
        expect(
          new Set(specs.flatMap(({ ports }) => (ports as JsonObject[]).map(({ nodePort }) => nodePort))).size,
        ).toBe(20);
        expect(failures).toHaveLength(5);
        for (const failure of failures) expect(failure).toContain("range is full");
      }),
      { numRuns: 20 },
    );
  });
});

describe("a changed service", () => {
  const old = service("s", {
    type: "NodePort",
    clusterIP: "10.0.0.7",
    clusterIPs: ["10.0.0.7"],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
    ports: [port({ name: "a", nodePort: 30001 })],
  });
  function changed(spec: JsonObject): JsonObject {
    const next = service("s", spec);
    allocateForUpdate(next, cloneJson(old), [old], ranges);
    return next.spec as JsonObject;
  }

  test("keeps what the client left out", () => {
    expect(changed({ type: "NodePort", ports: [port({ name: "a" })] })).toEqual(old.spec);
  });

  test("gets ports for what it adds, and takes over the ports of what it renames", () => {
    const spec = changed({ type: "NodePort", ports: [port({ name: "a" }), port({ name: "b", port: 81 })] });
    const [, added] = spec.ports as JsonObject[];
    expect(added!.nodePort).not.toBe(30001);
    const renamed = changed({ type: "NodePort", ports: [port({ name: "z", nodePort: 30001 })] });
    expect(renamed.ports).toEqual([port({ name: "z", nodePort: 30001 })]);
  });
});

test("each address of a service has an object", () => {
  expect(ipAddressesOf(service("s", { clusterIPs: ["10.0.0.7"] }))).toEqual([
    expect.objectContaining({
      kind: "IPAddress",
      metadata: expect.objectContaining({ name: "10.0.0.7" }),
      spec: { parentRef: { resource: "services", namespace: "shop", name: "s" } },
    }),
  ]);
  expect(ipAddressesOf(service("s", { clusterIPs: ["None"] }))).toEqual([]);
});
