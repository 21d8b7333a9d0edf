import { expect, vi } from "vitest";
import type { SimulatedController } from "../../src/compose.js";
import { AuthFleet, type Caller } from "../auth/fleet.js";
import { Client, endpointOf } from "../helpers/client.js";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
type Body = any;

export const PODS = "/api/v1/namespaces/default/pods";
export const NODES = "/api/v1/nodes";
const MERGE = { "Content-Type": "application/merge-patch+json" };

/** One cluster in which controllers act, seen over HTTP as its admin sees it. */
export class Simulated {
  private constructor(
    readonly fleet: AuthFleet,
    readonly call: Caller,
  ) {}

  static async start(...simulate: SimulatedController[]): Promise<Simulated> {
    const fleet = await AuthFleet.start({ simulate });
    return new Simulated(fleet, await fleet.admin());
  }

  stop(): Promise<void> {
    return this.fleet.stop();
  }

  async create(path: string, object: object): Promise<Body> {
    const { status, body } = await this.call("POST", path, object);
    expect([status, body.message]).toEqual([201, undefined]);
    return body;
  }

  async patch(path: string, patch: object): Promise<Body> {
    const { status, body } = await this.call("PATCH", path, patch, MERGE);
    expect([status, body.message]).toEqual([200, undefined]);
    return body;
  }

  async get(path: string): Promise<Body> {
    const { status, body } = await this.call("GET", path);
    expect([status, body.message]).toEqual([200, undefined]);
    return body;
  }

  async list(path: string): Promise<Body[]> {
    return (await this.get(path)).items;
  }

  /** The events of a watch that ends by itself, in their order. */
  async watched(path: string): Promise<Body[]> {
    const client = new Client(endpointOf(await this.fleet.fleet.clusters[0]!.kubeconfigObject()));
    const { body } = await client.send("GET", path);
    client.close();
    return body
      .toString()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Body);
  }

  async delete(path: string, options: object = {}): Promise<void> {
    expect((await this.call("DELETE", path, options)).status).toBeLessThan(300);
  }

  /** Resolves to what it has become. */
  becomes(path: string, check: (object: Body) => void): Promise<Body> {
    return this.until(async () => {
      const object = await this.get(path);
      check(object);
      return object;
    });
  }

  async gone(path: string): Promise<void> {
    await this.until(async () => expect((await this.call("GET", path)).status).toBe(404));
  }

  until<T>(check: () => Promise<T>): Promise<T> {
    return vi.waitFor(check, { timeout: 20_000, interval: 25 });
  }

  /** What happens to `path` until something that was asked for later has been done. */
  async unchanged(path: string, later: () => Promise<unknown>): Promise<void> {
    const before = (await this.get(path)).metadata.resourceVersion;
    await later();
    expect((await this.get(path)).metadata.resourceVersion).toBe(before);
  }

  node(name: string, more: object = {}): Promise<Body> {
    const addresses = [{ type: "InternalIP", address: "10.0.0.7" }];
    const allocatable = { cpu: "4", memory: "8Gi", pods: "110" };
    return this.create(NODES, {
      metadata: { name, labels: { "kubernetes.io/hostname": name } },
      status: { addresses, allocatable, capacity: allocatable },
      ...more,
    });
  }
}

export function condition(object: Body, type: string): Body {
  return object.status?.conditions?.find((each: Body) => each.type === type);
}

export function podSpec(more: object = {}): object {
  return { containers: [{ name: "c", image: "registry.example/c:1" }], ...more };
}

/** A reference to an object that is there. */
export function owner(object: Body, apiVersion: string, kind: string, more: object = {}): object {
  return { apiVersion, kind, name: object.metadata.name, uid: object.metadata.uid, ...more };
}
