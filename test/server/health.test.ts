import { describe, expect, it } from "vitest";
import type { UnaryAnswer } from "../../src/kube/handler.js";
import { HEALTH_CHECKS } from "../../src/kube/health-checks.js";
import { parseRequestInfo } from "../../src/kube/request-info.js";
import { healthAnswer } from "../../src/server/health.js";

function ask(uri: string, draining = false): UnaryAnswer | undefined {
  const [path = "", query] = uri.split("?");
  const params = new URLSearchParams(query);
  return healthAnswer(parseRequestInfo("GET", path, params), params, draining);
}

const text = (answer: UnaryAnswer | undefined) => Buffer.concat(answer?.chunks ?? []).toString();

describe("healthAnswer", () => {
  it("says ok, and more when asked", () => {
    expect(text(ask("/livez"))).toBe("ok");
    const lines = text(ask("/readyz?verbose")).split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "[+]ping ok",
      "[+]log ok",
      "[+]etcd ok",
      "[+]etcd-readiness ok",
      "[+]informer-sync ok",
    ]);
    expect(lines.slice(-3)).toEqual(["[+]shutdown ok", "readyz check passed", ""]);
    expect(lines).toHaveLength(HEALTH_CHECKS.readyz.length + 2);
  });

  it("leaves checks out, and warns of those that do not exist", () => {
    expect(text(ask("/livez?exclude=ping"))).toBe("ok");
    const verbose = text(ask("/livez?verbose&exclude=ping&exclude=nope&exclude=also"));
    expect(verbose).toMatch(/^\[\+\]ping excluded: ok\n\[\+\]log ok\n/);
    expect(verbose).toContain(
      '\nwarn: some health checks cannot be excluded: no matches for "also","nope"\nlivez check passed\n',
    );
  });

  it("answers single checks", () => {
    expect(text(ask("/healthz/poststarthook/rbac/bootstrap-roles"))).toBe("ok");
    expect(ask("/livez/ping")?.headers).toEqual({ "Content-Type": "text/plain; charset=utf-8" });
    for (const path of ["/livez/nope", "/livez/", "/livez/shutdown"])
      expect(() => ask(path)).toThrow("404 page not found");
  });

  it("is not ready while it drains, but alive", () => {
    expect(ask("/livez", true)?.status).toBe(200);
    const answer = ask("/readyz", true);
    expect(answer?.status).toBe(500);
    expect(text(answer)).toMatch(/\n\[-\]shutdown failed: reason withheld\nreadyz check failed\n$/);
    expect(ask("/readyz?exclude=shutdown", true)?.status).toBe(200);
    expect(ask("/readyz/shutdown", true)?.status).toBe(500);
  });

  it("minds its own paths", () => {
    for (const path of ["/", "/healthzz", "/version", "/api/v1/livez", "/x/livez"]) expect(ask(path)).toBeUndefined();
  });
});
