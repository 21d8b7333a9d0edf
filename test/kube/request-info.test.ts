import { describe, expect, test } from "vitest";
import { PlainTextError } from "../../src/kube/plain-text-error.js";
import { parseRequestInfo, type RequestInfo } from "../../src/kube/request-info.js";

function info(method: string, url: string): RequestInfo {
  const [path = "", query = ""] = url.split("?");
  return parseRequestInfo(method, path, new URLSearchParams(query));
}

describe("request info", () => {
  test.each<[string, Partial<RequestInfo>]>([
    ["GET /api/v1/pods", { verb: "list", resource: "pods", apiPrefix: "api", version: "v1", namespace: "" }],
    ["GET /api/v1/namespaces/a/pods/p", { verb: "get", namespace: "a", resource: "pods", name: "p" }],
    ["HEAD /api/v1/namespaces/a/pods/p", { verb: "get", name: "p" }],
    ["GET /api/v1/namespaces/a/pods/p/log", { verb: "get", name: "p", subresource: "log" }],
    [
      "POST /apis/apps/v1/namespaces/a/deployments",
      { verb: "create", group: "apps", resource: "deployments", name: "" },
    ],
    ["PUT /apis/apps/v1/namespaces/a/deployments/d/scale", { verb: "update", subresource: "scale", name: "d" }],
    ["PATCH /api/v1/nodes/n/status", { verb: "patch", resource: "nodes", subresource: "status", namespace: "" }],
    ["DELETE /api/v1/nodes/n", { verb: "delete", name: "n" }],
    ["DELETE /api/v1/nodes", { verb: "deletecollection", name: "" }],
    ["GET /api/v1/namespaces", { verb: "list", resource: "namespaces", namespace: "" }],
    ["GET /api/v1/namespaces/a", { verb: "get", resource: "namespaces", namespace: "a", name: "a" }],
    [
      "PUT /api/v1/namespaces/a/finalize",
      { resource: "namespaces", namespace: "a", name: "a", subresource: "finalize" },
    ],
    ["GET /api/v1/namespaces/a/status", { resource: "namespaces", subresource: "status", verb: "get" }],
    [
      "GET /api/v1/namespaces/a/services/s/proxy/x/y",
      { subresource: "proxy", parts: ["services", "s", "proxy", "x", "y"] },
    ],
    ["GET /api/v1/watch/namespaces/a/pods", { verb: "watch", namespace: "a", resource: "pods", name: "" }],
    ["GET /api/v1/watch/namespaces/a/pods/p", { verb: "watch", namespace: "a", name: "p" }],
    ["GET /api/v1/proxy/nodes/n/stats", { verb: "proxy", resource: "nodes", name: "n", subresource: "" }],
    ["OPTIONS /api/v1/pods", { verb: "", resource: "pods", isResourceRequest: true }],
    ["GET /api/v1//pods/", { resource: "", name: "pods" }],
  ])("%s", (request, expected) => {
    const [method = "", url = ""] = request.split(" ");
    expect(info(method, url)).toMatchObject({ isResourceRequest: true, ...expected });
  });

  test.each(["/", "/healthz", "/api", "/api/v1", "/api/v1/", "/apis/apps/v1", "/apis/apps", "/version/a/b/c"])(
    "%s asks for no resource",
    (path) => {
      expect(info("POST", path)).toMatchObject({ isResourceRequest: false, verb: "post", path, resource: "" });
    },
  );

  test.each([
    ["watch=true", "watch"],
    ["watch=1", "watch"],
    ["watch", "watch"],
    ["watch=x&limit=oops", "watch"],
    ["watch=0", "list"],
    ["watch=FALSE", "list"],
    ["", "list"],
  ])("?%s means %s", (query, verb) => {
    expect(info("GET", `/api/v1/pods?${query}`).verb).toBe(verb);
  });

  test("watch concerns collections only", () => {
    expect(info("GET", "/api/v1/nodes/n?watch=1").verb).toBe("get");
  });

  test.each([
    ["fieldSelector=metadata.name%3Dp", "p"],
    ["fieldSelector=metadata.name%3D%3Dp,spec.x%3D1&watch=1", "p"],
    ["fieldSelector=metadata.name!%3Dp", ""],
    ["fieldSelector=metadata.name%3Da/b", ""],
    ["fieldSelector=metadata.name%3Dp&limit=x", ""],
    ["fieldSelector=metadata.name%3Dp&labelSelector=a%20b", ""],
    ["fieldSelector=nonsense", ""],
  ])("a list with ?%s is about the name %j", (query, name) => {
    expect(info("GET", `/api/v1/pods?${query}`).name).toBe(name);
  });

  test("a verb in the path without a resource is answered as text", () => {
    try {
      info("GET", "/api/v1/watch");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(PlainTextError);
      expect(error).toMatchObject({
        code: 500,
        body: 'Internal Server Error: "/api/v1/watch": failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch\n',
      });
    }
  });
});
