import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { type Attributes, type Authorizer, allowAlways } from "../../src/auth/authorize.js";
import { impersonate } from "../../src/auth/impersonate.js";

const caller = { name: "admin", groups: ["system:masters", "system:authenticated"] };
const as = (headers: IncomingHttpHeaders) => impersonate(caller, headers, "/x", allowAlways);

describe("impersonate", () => {
  it("leaves a request without its headers alone", () => {
    expect(as({ accept: "x" })).toBe(caller);
  });

  it("implies who has authenticated, unless the groups say otherwise", () => {
    expect(as({ "impersonate-user": "bob" })).toEqual({ name: "bob", groups: ["system:authenticated"] });
    expect(as({ "impersonate-user": "bob", "impersonate-group": "a, b" }).groups).toEqual([
      "a",
      "b",
      "system:authenticated",
    ]);
    expect(as({ "impersonate-user": "bob", "impersonate-group": "system:unauthenticated" }).groups).toEqual([
      "system:unauthenticated",
    ]);
    expect(as({ "impersonate-user": "system:anonymous" }).groups).toEqual(["system:unauthenticated"]);
  });

  it("knows a service account's groups", () => {
    expect(as({ "impersonate-user": "system:serviceaccount:ns:sa" }).groups).toEqual([
      ...["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
    ]);
  });

  it("carries uid and extra", () => {
    const headers = { "impersonate-user": "bob", "impersonate-uid": "7", "impersonate-extra-a%2fb": "x, y" };
    expect(as(headers)).toEqual({
      name: "bob",
      groups: ["system:authenticated"],
      uid: "7",
      extra: { "a/b": ["x", "y"] },
    });
  });

  it("needs a user", () => {
    const message =
      'Internal Server Error: "/x": requested [{Group  g    } {UID  7  authentication.k8s.io/v1  }] without impersonating a user';
    expect(() => as({ "impersonate-group": "g", "impersonate-uid": "7" })).toThrow(message);
  });

  it("asks for a permission per claim", () => {
    const asked: Attributes[] = [];
    const authorizer: Authorizer = (_user, attributes) => {
      asked.push(attributes);
      return { allowed: true, reason: "" };
    };
    const headers = {
      "impersonate-user": "system:serviceaccount:ns:sa",
      "impersonate-group": "g",
      "impersonate-extra-k": "v",
    };
    impersonate(caller, headers, "/x", authorizer);
    expect(
      asked.map(({ verb, group, resource, subresource, namespace, name }) => [
        verb,
        group,
        resource,
        subresource,
        namespace,
        name,
      ]),
    ).toEqual([
      ["impersonate", "", "serviceaccounts", "", "ns", "sa"],
      ["impersonate", "", "groups", "", "", "g"],
      ["impersonate", "authentication.k8s.io", "userextras", "k", "", "v"],
    ]);
  });
});
