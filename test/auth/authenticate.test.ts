import { describe, expect, it } from "vitest";
import { ANONYMOUS, authenticate, bearerToken } from "../../src/auth/authenticate.js";
import type { Peer } from "../../src/auth/peer.js";

const user = { name: "bob", groups: ["system:authenticated"] };
const bob: Peer = { kind: "verified", user, notBefore: 100, notAfter: 200 };

describe("authenticate", () => {
  it("takes a certificate in its time", () => {
    expect(authenticate(bob, {}, 100)).toBe(user);
    expect(authenticate(bob, {}, 200)).toBe(user);
    for (const now of [99, 201]) expect(() => authenticate(bob, {}, now)).toThrow("Unauthorized");
  });

  it("takes nobody for anonymous, but not with a wrong credential", () => {
    const nobody: Peer = { kind: "none" };
    expect(authenticate(nobody, {}, 1)).toBe(ANONYMOUS);
    expect(authenticate(nobody, { authorization: "Basic x" }, 1)).toBe(ANONYMOUS);
    expect(() => authenticate(nobody, { authorization: "Bearer x" }, 1)).toThrow("Unauthorized");
    expect(() => authenticate({ kind: "rejected", cause: "x" }, {}, 1)).toThrow("Unauthorized");
  });

  it("passes over a certificate that names nobody", () => {
    expect(authenticate({ ...bob, user: undefined }, {}, 100)).toBe(ANONYMOUS);
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
