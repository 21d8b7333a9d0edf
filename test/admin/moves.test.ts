import { describe, expect, it } from "vitest";
import { FakeReals, movable } from "../cluster/mover-support.js";
import { ask, open, world } from "./support.js";

describe("a cluster's move", () => {
  it("is asked for, seen while it is made, and answered when it is done", async () => {
    const reals = new FakeReals();
    const fleet = await movable(reals);
    const { url } = await open(fleet);
    let seen: unknown;
    reals.before = async (step) => {
      if (step === "ready") seen = (await ask(url, "GET /v1/clusters/cluster-1")).body;
    };
    const promoted = await ask(url, "POST /v1/clusters/cluster-1/promote", { proxy: "terminate", flags: ["--v=4"] });
    expect(seen).toMatchObject({
      backend: { type: "emulated" },
      moving: { to: "passthrough", step: "starting its kube-apiserver" },
    });
    expect(promoted).toMatchObject({
      status: 200,
      body: { backend: { type: "passthrough", proxy: "terminate", runtime: "process", phase: "ready" } },
    });
    expect(promoted.body).not.toHaveProperty("moving");
    expect(fleet.cluster("cluster-1").kind).toMatchObject({ runtime: { type: "process", flags: ["--v=4"] } });
    const demoted = await ask(url, "POST /v1/clusters/cluster-1/demote");
    expect(demoted).toMatchObject({ status: 200, body: { backend: { type: "emulated" }, nodes: 0 } });
  });

  it("is refused for what it can't be, and with what is in its way", async () => {
    const { call } = await world({}, { clusters: 1 });
    expect(await call("POST /v1/clusters/none/promote", {})).toMatchObject({ status: 404 });
    expect(await call("POST /v1/clusters/cluster-1/promote", { proxy: "tunnel" })).toMatchObject({
      status: 400,
      body: { error: { field: "proxy" } },
    });
    expect(await call("POST /v1/clusters/cluster-1/promote", { runtime: { type: "external" } })).toMatchObject({
      status: 400,
      body: { error: { message: "runtime is not known here" } },
    });
    expect(await call("POST /v1/clusters/cluster-1/promote", {})).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining("the fleet has no etcd") } },
    });
    expect(await call("POST /v1/clusters/cluster-1/demote")).toMatchObject({ status: 200 });
  });
});
