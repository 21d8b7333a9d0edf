import { describe, expect, it } from "vitest";
import { parseTarget } from "../../src/server/target.js";

const path = (uri: string) => parseTarget(uri)?.path;
const query = (uri: string) => [...(parseTarget(uri)?.query ?? [])];

describe("parseTarget", () => {
  it("decodes paths and leaves what Go leaves", () => {
    expect(path("/api/v1/namespaces/a%2Fb")).toBe("/api/v1/namespaces/a/b");
    expect(path("/a+b/%20/%E2%98%83")).toBe("/a+b/ /☃");
    expect(path("//api/../v1/./x/")).toBe("//api/../v1/./x/");
    expect(path("/x%ff%c3%28%e2%98%83")).toBe("/x\udcff\udcc3(☃");
    expect(path("https://host:1/x?y")).toBe("/x");
  });

  it("reads absolute URLs, the asterisk and CONNECT's hosts", () => {
    expect(path("ftp://user@host:1/x")).toBe("/x");
    expect(path("http://[::1]:80/x")).toBe("/x");
    expect(path("foo:/x")).toBe("/x");
    for (const uri of ["https://host", "https://host?a=/b", "foo:x"]) expect(path(uri)).toBe("");
    expect(path("*")).toBe("*");
    expect(parseTarget("host:443", "CONNECT")?.path).toBe("");
    expect(parseTarget("/x", "CONNECT")?.path).toBe("/x");
    for (const uri of ["x", "", "?x", "1:x", "http://host:a/x", "http://a b/x", "http://[::1/x", "http://%zz@h/"]) {
      expect(parseTarget(uri)).toBeUndefined();
    }
  });

  it("knows what is no path", () => {
    for (const uri of ["/%zz", "/%", "/a%2"]) expect(parseTarget(uri)).toBeUndefined();
  });

  it("reads queries as Go does: wrong pairs are dropped", () => {
    expect(query("/?a=1&a=2&b")).toEqual([
      ["a", "1"],
      ["a", "2"],
      ["b", ""],
    ]);
    expect(query("/?labelSelector=a+in+(b,c)")).toEqual([["labelSelector", "a in (b,c)"]]);
    expect(query("/?a=b;c=d&e=f")).toEqual([["e", "f"]]);
    expect(query("/?a=%zz&b=%41&%42=%26")).toEqual([
      ["b", "A"],
      ["B", "&"],
    ]);
    expect(query("/?a=%ff+%2B")).toEqual([["a", "\ufffd +"]]);
    expect(query("/?&&a=1&%20=")).toEqual([
      ["a", "1"],
      [" ", ""],
    ]);
  });

  it("keeps the URI as it came", () => {
    expect(parseTarget("/a%41?b=%20")?.uri).toBe("/a%41?b=%20");
  });
});
