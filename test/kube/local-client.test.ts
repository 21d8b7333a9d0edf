import { describe, expect, it } from "vitest";
import type { Handler, KubeRequest } from "../../src/kube/handler.js";
import { LocalClient, unless } from "../../src/kube/local-client.js";
import { ApiError } from "../../src/kube/status.js";

/** Answers every request with `body` and keeps them. */
function recorder(body: unknown): { seen: KubeRequest[]; handler: Handler } {
  const seen: KubeRequest[] = [];
  const handler: Handler = async (request) => {
    seen.push(request);
    return { status: 200, headers: {}, chunks: [Buffer.from(JSON.stringify(body))] };
  };
  return { seen, handler };
}

const refusing =
  (code: number): Handler =>
  async () => {
    throw new ApiError({ code, reason: "NotFound", message: "no" });
  };

describe("LocalClient", () => {
  it("sends what a client on the wire would, as the user it is given", async () => {
    const { seen, handler } = recorder({ kind: "Node" });
    const client = new LocalClient(handler, "system:kube-controller-manager");
    expect(await client.patch("/api/v1/nodes/n/status", "strategic", { a: 1 }, { fieldManager: "m" })).toEqual({
      kind: "Node",
    });
    const [request] = seen as [KubeRequest];
    expect(request.info).toMatchObject({ verb: "patch", resource: "nodes", subresource: "status", name: "n" });
    expect(request.headers["content-type"]).toBe("application/strategic-merge-patch+json");
    expect(request.query.get("fieldManager")).toBe("m");
    expect(request.body.toString()).toBe('{"a":1}');
    expect(request.user).toEqual({
      name: "system:kube-controller-manager",
      groups: ["system:masters", "system:authenticated"],
    });
  });

  it("applies by force", async () => {
    const { seen, handler } = recorder({});
    await new LocalClient(handler, "u").apply("/api/v1/nodes/n", "m", { kind: "Node" });
    expect(seen[0]?.query.toString()).toBe("fieldManager=m&force=true");
    expect(seen[0]?.headers["content-type"]).toBe("application/apply-patch+yaml");
  });

  it("lists nothing as an empty list", async () => {
    expect(await new LocalClient(recorder({ items: null }).handler, "u").list("/api/v1/nodes")).toEqual([]);
  });

  it("finds nothing where nothing is, and throws every other refusal", async () => {
    expect(await new LocalClient(refusing(404), "u").find("/api/v1/nodes/n")).toBeUndefined();
    await expect(new LocalClient(refusing(403), "u").find("/api/v1/nodes/n")).rejects.toThrow("no");
    await expect(unless(409, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });
});
