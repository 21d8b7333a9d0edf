import { describe, expect, it } from "vitest";
import { ANONYMOUS, authenticatePeer, authenticateRequest, bearerToken } from "../../src/auth/authenticate.js";
import type { Peer } from "../../src/auth/peer.js";

const user = { name: "bob", groups: ["system:authenticated"] };
const bob: Peer = { kind: "verified", user, notBefore: 100, notAfter: 200 };
const nobody: Peer = { kind: "none" };
const rejected: Peer = { kind: "rejected", cause: "x" };

describe("authenticatePeer", () => {
  it("takes a certificate in its time", () => {
    expect(authenticatePeer(bob, {}, 100)).toBe(user);
    expect(authenticatePeer(bob, {}, 200)).toBe(user);
    for (const now of [99, 201]) expect(authenticatePeer(bob, {}, now)).toBeUndefined();
    expect(authenticatePeer(nobody, {}, 100)).toBeUndefined();
    expect(authenticatePeer(rejected, {}, 100)).toBeUndefined();
  });

  it("lets the front proxy speak for others, and nobody else", () => {
    const proxy: Peer = { ...bob, user: { name: "front-proxy", groups: ["system:authenticated"] } };
    const headers = {
      "x-remote-user": "zoe",
      "x-remote-group": "a, b",
      "x-remote-extra-some%2fkey": "1, 2",
    };
    expect(authenticatePeer(proxy, headers, 100)).toEqual({
      name: "zoe",
      groups: ["a", "b", "system:authenticated"],
      extra: { "some/key": ["1", "2"] },
    });
    expect(authenticatePeer(proxy, {}, 100)?.name).toBe("front-proxy");
    expect(authenticatePeer(bob, headers, 100)).toBe(user);
    expect(authenticatePeer(nobody, headers, 100)).toBeUndefined();
    expect(authenticatePeer(proxy, headers, 201)).toBeUndefined();
  });
});

describe("authenticateRequest", () => {
  const sa = { name: "system:serviceaccount:a:b", groups: ["system:authenticated"] };
  const access = {
    anonymous: true,
    authenticateToken: (token: string, audiences: readonly string[]) =>
      token === "good" ? { user: sa, audiences } : { error: "wrong" },
  };
  const who = (peer: Peer, authorization?: string, anonymous = true) =>
    authenticateRequest(peer, authorization === undefined ? {} : { authorization }, 150, { ...access, anonymous });

  it("takes a token, whatever the certificate is", () => {
    for (const peer of [nobody, rejected, bob]) expect(who(peer, "Bearer good")).toBe(sa);
  });

  it("refuses a wrong credential where none would do", () => {
    for (const peer of [nobody, rejected]) expect(() => who(peer, "Bearer x")).toThrow("Unauthorized");
    expect(() => who(rejected)).toThrow("Unauthorized");
    expect(() => who({ ...bob, notAfter: 149 })).toThrow("Unauthorized");
  });

  it("takes whoever has no credential for anonymous, where that is allowed", () => {
    expect(who(nobody)).toBe(ANONYMOUS);
    expect(who(nobody, "Basic x")).toBe(ANONYMOUS);
    expect(who({ ...bob, user: undefined })).toBe(ANONYMOUS);
    expect(() => who(nobody, undefined, false)).toThrow("Unauthorized");
  });
});

describe("bearerToken", () => {
  it.each([
    ["", ""],
    ["Bearer", ""],
    ["Bearer ", ""],
    ["bearer x", "x"],
    ["  Bearer x y", "x"],
    ["Bearer  x", ""],
    ["Basic x", ""],
  ])("of %j is %j", (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });
});
