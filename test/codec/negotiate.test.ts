import { describe, expect, it } from "vitest";
import {
  CUSTOM_RESOURCE_ENDPOINT,
  type Endpoint,
  LIST_ENDPOINT,
  negotiate,
  negotiateDiscovery,
  negotiateError,
  negotiateWatch,
  PLAIN_ENDPOINT,
  RESOURCE_ENDPOINT,
  UNROUTED_PLAIN_ENDPOINT,
  UNTABLED_ENDPOINT,
  watchContentType,
} from "../../src/codec/negotiate.js";
import { parseAccept } from "../../src/codec/negotiate-accept.js";
import { ApiError } from "../../src/kube/status.js";

const META = "g=meta.k8s.io;v=v1";
const KUBECTL =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

function ask(accept: string | undefined, options: { endpoint?: Endpoint; query?: string; agent?: string } = {}) {
  const headers = {
    ...(accept === undefined ? {} : { accept }),
    ...(options.agent ? { "user-agent": options.agent } : {}),
  };
  return negotiate(headers, new URLSearchParams(options.query), options.endpoint ?? RESOURCE_ENDPOINT);
}

function refusal(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
  throw new Error("was not refused");
}

describe("parseAccept", () => {
  it("orders by quality, then plain types before wildcards", () => {
    const types = (header: string) => parseAccept(header).map(({ type, subtype }) => `${type}/${subtype}`);
    expect(types("a/b;q=0.1, c/d;q=0.9, e/f")).toEqual(["e/f", "c/d", "a/b"]);
    expect(types("*/*, a/*, a/b")).toEqual(["a/b", "a/*", "*/*"]);
    // A plain type goes before a wildcard whatever the qualities say.
    expect(types("*/*;q=0.9, a/b;q=0.1")).toEqual(["a/b", "*/*"]);
    expect(types("a/b, c/d")).toEqual(["a/b", "c/d"]);
  });

  it("drops what it can't read", () => {
    expect(parseAccept(";;;")).toEqual([]);
    expect(parseAccept("json, a/, /b/c, ,*")).toEqual([{ type: "*", subtype: "*", q: 1, params: new Map() }]);
    const [clause] = parseAccept("a/b; x = 1 ;y;z=;w=1=2;v=3=;q=zero");
    expect(clause).toEqual({
      type: "a",
      subtype: "b",
      q: 0,
      params: new Map([
        ["x", "1"],
        ["v", "3"],
      ]),
    });
    expect(parseAccept("a/b;q=inf, c/d;q=-inf").map(({ q }) => q)).toEqual([Infinity, -Infinity]);
  });
});

describe("negotiate", () => {
  it.each([
    [undefined, "json"],
    ["*/*", "json"],
    ["application/json", "json"],
    ["application/yaml", "yaml"],
    ["application/vnd.kubernetes.protobuf", "protobuf"],
    ["application/vnd.kubernetes.protobuf,application/json", "protobuf"],
    ["application/json;q=0.1,application/yaml;q=0.9", "yaml"],
    ["application/cbor,application/json", "json"],
    ["text/html,*/*;q=0.1", "json"],
    ["application/json;stream=watch", "json"],
    ["application/json;sv=v1", "json"],
    ["application/yaml;stream=watch,application/yaml", "yaml"],
    [`application/vnd.kubernetes.protobuf;as=Table;${META},application/yaml`, "yaml"],
  ])("%s is answered in %s", (accept, format) => {
    expect(ask(accept)).toEqual({ format, pretty: false, includeObject: "" });
  });

  it("finds the transformation that a client prefers", () => {
    expect(ask(KUBECTL).as).toEqual({ kind: "Table", version: "v1" });
    expect(ask(`application/json; as = PartialObjectMetadata ;${META}`).as).toEqual({
      kind: "PartialObjectMetadata",
      version: "v1",
    });
    expect(ask("application/json;as=Table;g=meta.k8s.io;v=v1beta1", { query: "includeObject=None" })).toEqual({
      format: "json",
      as: { kind: "Table", version: "v1beta1" },
      pretty: false,
      includeObject: "None",
    });
    expect(ask(`application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;${META}`)).toMatchObject({
      format: "protobuf",
      as: { kind: "PartialObjectMetadataList" },
    });
    expect(ask(`*/*;as=Table;${META}`)).toMatchObject({ format: "json", as: { kind: "Table" } });
  });

  it.each([
    "application/json;as=Table;g=meta.k8s.io;v=v9",
    "application/json;as=Nonsense;g=meta.k8s.io;v=v1",
    "application/json;as=Table;g=example.com;v=v1",
    "application/json;as=Table",
    `application/vnd.kubernetes.protobuf;as=Table;${META}`,
    "application/json;stream=other",
    "application/yaml;stream=watch",
    "application/json;sv=v2",
  ])("%s is refused by the handler", (accept) => {
    const listed = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    expect(refusal(() => ask(accept))).toEqual({
      code: 406,
      reason: "NotAcceptable",
      message: `only the following media types are accepted: ${listed}`,
    });
  });

  it.each(["application/*", "application/cbor", "text/html", ";;;", "application/json/x"])(
    "%s is refused by the router",
    (accept) => {
      const listed = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
      expect(refusal(() => ask(accept))).toEqual({
        code: 406,
        reason: "NotAcceptable",
        message: `406: Not Acceptable\n\nAvailable representations: ${listed}`,
        details: {},
      });
      const streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
      expect(refusal(() => ask(accept, { endpoint: LIST_ENDPOINT })).message).toMatch(`${listed}, ${streams}`);
    },
  );

  it("takes application/* where no router stands in front", () => {
    expect(ask("application/*", { endpoint: UNROUTED_PLAIN_ENDPOINT }).format).toBe("json");
    expect(ask("application/*", { endpoint: CUSTOM_RESOURCE_ENDPOINT }).format).toBe("json");
  });

  it("knows what an endpoint can't do", () => {
    const table = `application/json;as=Table;${META}`;
    const partial = `application/json;as=PartialObjectMetadata;${META}`;
    expect(refusal(() => ask(table, { endpoint: PLAIN_ENDPOINT })).code).toBe(406);
    expect(refusal(() => ask(table, { endpoint: UNTABLED_ENDPOINT })).code).toBe(406);
    expect(ask(KUBECTL, { endpoint: UNTABLED_ENDPOINT }).as).toBeUndefined();
    expect(ask(partial, { endpoint: UNTABLED_ENDPOINT }).as?.kind).toBe("PartialObjectMetadata");
    const protobuf = "application/vnd.kubernetes.protobuf";
    expect(refusal(() => ask(protobuf, { endpoint: CUSTOM_RESOURCE_ENDPOINT })).code).toBe(406);
    const metadata = ask(`${protobuf};as=PartialObjectMetadata;${META}`, { endpoint: CUSTOM_RESOURCE_ENDPOINT });
    expect(metadata.format).toBe("protobuf");
  });

  it.each([
    ["pretty=true", "", true],
    ["pretty=1", "client", true],
    ["pretty=x", "curl/8", false],
    ["pretty=false", "Mozilla/5.0 (X11)", false],
    ["pretty=", "curl/8", true],
    ["", "curl/8", true],
    ["", "Wget/1", true],
    ["", "Mozilla/5.0 (X11)", true],
    ["", "Mozilla/4.0", false],
    ["", "kubectl/v1.34", false],
  ])("query %j and agent %j indent: %s", (query, agent, pretty) => {
    expect(ask("application/json", { query, agent }).pretty).toBe(pretty);
    expect(ask("application/yaml", { query, agent }).pretty).toBe(false);
  });

  it("indents for a media type parameter", () => {
    expect(ask("application/json;pretty=1").pretty).toBe(true);
    expect(ask("application/json;pretty=true").pretty).toBe(false);
  });
});

describe("negotiateWatch", () => {
  const watch = (accept: string) => negotiateWatch({ accept }, new URLSearchParams(), LIST_ENDPOINT);

  it("names the stream in the content type, except for JSON", () => {
    expect(watchContentType(watch("application/json;stream=watch"))).toBe("application/json");
    const protobuf = "application/vnd.kubernetes.protobuf";
    expect(watchContentType(watch(`${protobuf};stream=watch`))).toBe(`${protobuf};stream=watch`);
    expect(watchContentType(watch(protobuf))).toBe(`${protobuf};stream=watch`);
  });

  it("can't stream YAML", () => {
    const listed = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    const message = `only the following media types are accepted: ${listed}`;
    expect(refusal(() => watch("application/yaml")).message).toBe(message);
  });
});

describe("negotiateError", () => {
  const error = (accept: string) => negotiateError({ accept }, new URLSearchParams());

  it("falls back to indented JSON", () => {
    const fallback = { format: "json", pretty: true, includeObject: "" };
    expect(error("text/html")).toEqual(fallback);
    expect(error(`application/json;as=Table;${META}`)).toEqual(fallback);
  });

  it("otherwise is what the client takes without a transformation", () => {
    expect(error("application/*")).toMatchObject({ format: "json", pretty: false });
    expect(error(KUBECTL)).toEqual({ format: "json", pretty: false, includeObject: "" });
    expect(error("application/vnd.kubernetes.protobuf").format).toBe("protobuf");
  });
});

describe("negotiateDiscovery", () => {
  const discovery = (accept?: string) => negotiateDiscovery(accept ? { accept } : {}, new URLSearchParams());
  const v2 = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  it("finds the aggregated document behind other clauses", () => {
    expect(discovery(`text/html,application/json;${v2};q=0.1, application/json`)).toEqual({
      version: "v2",
      representation: { format: "json", pretty: false, includeObject: "" },
      contentType: `application/json;${v2}`,
    });
    expect(discovery(`application/yaml;${v2}`)?.contentType).toBe(`application/yaml;${v2}`);
  });

  it("leaves everything else to the plain list", () => {
    expect(discovery()).toBeUndefined();
    expect(discovery("application/json")).toBeUndefined();
    expect(discovery("application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList")).toBeUndefined();
  });
});
