import { describe, expect, it } from "vitest";
import { ISSUER } from "../../src/auth/service-accounts.js";
import { parseTokenFile, staticTokens } from "../../src/auth/static-tokens.js";

describe("a file of tokens", () => {
  it("names users, uids and groups", () => {
    const text = '# who\nt1,alice,1\nt2, bob ,2,dev\n\nt3,"carol ""c""",,"dev,ops"\r\n,nobody,3\n';
    expect([...parseTokenFile(text)]).toEqual([
      ["t1", { name: "alice", uid: "1", groups: [] }],
      ["t2", { name: "bob ", uid: "2", groups: ["dev"] }],
      ["t3", { name: 'carol "c"', groups: ["dev", "ops"] }],
    ]);
  });

  it.each([
    ["t1,alice", "line 1: expected token, user and uid, found 2 value(s)"],
    ["t1,alice,1\nt2", "line 2: expected token, user and uid, found 1 value(s)"],
    ['t1,"alice,1', "line 1: a quote is not closed or stands in a value"],
    ['t1,al"ice,1', "line 1: a quote is not closed or stands in a value"],
  ])("can't be %j", (text, message) => {
    expect(() => parseTokenFile(text)).toThrow(message);
  });
});

it("such a token is for the API", () => {
  const known = staticTokens(new Map([["t", { name: "a", groups: [] }]]));
  expect(known("t", ["x", ISSUER])).toEqual({ user: { name: "a", groups: [] }, audiences: [ISSUER] });
  expect(known("t", ["x"])).toBeUndefined();
  expect(known("u", [ISSUER])).toBeUndefined();
});
