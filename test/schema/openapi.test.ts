import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { UnaryAnswer } from "../../src/kube/handler.js";
import type { JsonObject } from "../../src/kube/json.js";
import { type OpenApiServer, openApiAnswer } from "../../src/schema/openapi/answer.js";
import { openApiV2Protobuf } from "../../src/schema/openapi/protobuf-v2.js";
import { openApiV3Protobuf } from "../../src/schema/openapi/protobuf-v3.js";
import { openApiV2 } from "../../src/schema/openapi/v2.js";
import { documentPaths, openApiV3Document } from "../../src/schema/openapi/v3.js";
import { fingerprintOf } from "../../src/schema/package-texts.js";
import { builtinRegistry } from "../../src/schema/registry-builtin.js";
import { loadTables } from "../../src/schema/tables.js";
import { readTable } from "../fixtures/read.js";
import { customRow } from "./custom-row.js";
import { fingerprint, openApiFingerprints } from "./fingerprint.js";

interface Golden {
  readonly openApiV3: {
    readonly documents: Readonly<Record<string, string>>;
    readonly parts: Readonly<Record<string, string>>;
  };
  readonly openApiV2: string;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));
const golden = read("documents-1.34") as Golden;
const tables = loadTables("1.34");
const registry = builtinRegistry(tables);
const prints = readTable("1.34", "descriptions.json").descriptions;

/** The fingerprints of the fields that a type has from the structs inlined into it. */
function inlined(name: string): string[] {
  const fields = tables.findStruct(name)?.fields ?? [];
  const structs = fields.flatMap(({ inline, type }) => (inline && type.kind === "struct" ? [type.struct.name] : []));
  return structs.flatMap((struct) => [...(prints[struct] ?? "").split(" "), ...inlined(struct)]);
}

describe("OpenAPI documents", () => {
  it("are those of the original", () => {
    expect(documentPaths(registry)).toEqual(Object.keys(golden.openApiV3.documents));
  });

  it.each(Object.entries(golden.openApiV3.documents))("v3 %s says what the original says", (path, print) => {
    const parts = openApiFingerprints(openApiV3Document(tables, registry, path)!);
    expect(fingerprint(Object.keys(parts).join("\n"))).toBe(print);
    for (const [name, own] of Object.entries(parts)) expect(own, name).toBe(golden.openApiV3.parts[name]);
  });

  it("v2 says what the original says", () => {
    const parts = openApiFingerprints(openApiV2(tables, registry));
    expect(fingerprint(JSON.stringify(parts))).toBe(golden.openApiV2);
  });

  it("refer only to what they hold", () => {
    for (const path of documentPaths(registry)) {
      const document = openApiV3Document(tables, registry, path) as { components: { schemas?: object } };
      const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
      for (const [, name] of references) expect(document.components.schemas).toHaveProperty([name!]);
    }
  });

  it("show no text that the original does not have in the same place", () => {
    const { definitions } = openApiV2(tables, registry) as { definitions: Record<string, JsonObject> };
    let shown = 0;
    for (const [name, schema] of Object.entries(definitions)) {
      const [own, ...fields] = (prints[name] ?? "").split(" ");
      const known = new Set([...fields, ...inlined(name)]);
      for (const { description } of Object.values((schema.properties ?? {}) as Record<string, JsonObject>)) {
        if (description !== undefined) expect(known, name).toContain(fingerprintOf(description as string));
        if (description !== undefined) shown++;
      }
      if (schema.description !== undefined) expect(fingerprintOf(schema.description as string), name).toBe(own);
    }
    expect(shown).toBeGreaterThan(1900);
  });

  it.each(["apis/nosuch", "apis/apps/v9", "api", "api/v1/pods", "apis/apps/v1/", "toString", ""])(
    "v3 %j is a document only where the index lists it",
    (path) => {
      expect(openApiV3Document(tables, registry, path) !== undefined).toBe(documentPaths(registry).includes(path));
    },
  );
});

describe("the protobuf form", () => {
  // Recorded with gnostic-models v0.7.0, which the original encodes with.
  it.each([
    ["v2", openApiV2Protobuf],
    ["v3", openApiV3Protobuf],
  ] as const)("of %s is gnostic's, byte for byte", (version, encode) => {
    const { document, base64 } = read(`openapi-${version}-protobuf`) as { document: JsonObject; base64: string };
    expect(Buffer.from(encode(document)).toString("base64")).toBe(base64);
  });

  it("has a place for all that the documents hold", () => {
    expect(openApiV2Protobuf(openApiV2(tables, registry)).length).toBeGreaterThan(500_000);
    for (const path of documentPaths(registry)) openApiV3Protobuf(openApiV3Document(tables, registry, path)!);
  });

  it("is refused where there is none", () => {
    expect(() => openApiV3Protobuf({ openapi: "3.0.0", servers: [] })).toThrow('no place for "servers"');
  });
});

const started = Date.UTC(2026, 0, 2, 3, 4, 5);
const server: OpenApiServer = { tables, registry, modified: started, now: () => started + 60_000 };
const AUTHORITY = "http://server";

function ask(url: string, headers: Record<string, string> = {}, from = server): UnaryAnswer {
  const { pathname, searchParams } = new URL(url, AUTHORITY);
  return openApiAnswer(from, { path: decodeURIComponent(pathname), query: searchParams, headers })!;
}

function text(answer: UnaryAnswer): string {
  return Buffer.concat(answer.chunks).toString();
}

function indexOf(from = server): Record<string, string> {
  const { paths } = JSON.parse(text(ask("/openapi/v3", {}, from))) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  return Object.fromEntries(Object.entries(paths).map(([path, entry]) => [path, entry.serverRelativeURL]));
}

describe("the answer to", () => {
  it("the index is JSON that calls itself text", () => {
    const { status, headers } = ask("/openapi/v3", { accept: "application/xml" });
    expect([status, headers["Content-Type"], headers.ETag]).toEqual([200, "text/plain; charset=utf-8", undefined]);
    expect(headers["Last-Modified"]).toBe("Fri, 02 Jan 2026 03:05:05 GMT");
    expect(Object.keys(indexOf())).toEqual(documentPaths(registry));
  });

  it("a URL of the index may be kept for a year", () => {
    const url = indexOf()["apis/apps/v1"]!;
    const etag = `"${new URL(url, AUTHORITY).searchParams.get("hash")}"`;
    const { status, headers, chunks } = ask(url);
    expect(status).toBe(200);
    expect(headers).toEqual({
      "Accept-Ranges": "bytes",
      "Cache-Control": "public, immutable",
      "Content-Length": String(Buffer.concat(chunks).length),
      "Content-Type": "application/json",
      ETag: etag,
      Expires: "Sat, 02 Jan 2027 03:05:05 UTC",
      "Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT",
      Vary: "Accept",
    });
    expect(JSON.parse(chunks.join("")).openapi).toBe("3.0.0");
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
  });

  it("a URL with an old hash is the way to the new one", () => {
    const { status, headers, chunks } = ask("/openapi/v3/apis/apps?hash=0");
    expect([status, headers.Location, chunks]).toEqual([301, indexOf()["apis/apps"], []]);
  });

  it.each(["/openapi/v2", "/openapi/v3/api/v1"])("%s is 304 for a client that has it", (path) => {
    const etag = String(ask(path).headers.ETag);
    for (const tags of [etag, `"x", W/${etag}`, "*"]) {
      const { status, headers, chunks } = ask(path, { "if-none-match": tags });
      expect([status, chunks, headers.ETag]).toEqual([304, [], etag]);
      expect(headers).not.toHaveProperty("Content-Type");
    }
    expect(ask(path, { "if-none-match": '"other"' }).status).toBe(200);
  });

  it.each([
    ["/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf", "v2.v1.0+protobuf"],
    ["/openapi/v2", "application/xml, application/com.github.proto-openapi.spec.v2.v1.0+protobuf", "v2.v1.0+protobuf"],
    ["/openapi/v2", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf;q=0.5, */*", "/json"],
    ["/openapi/v3/version", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf", "v3.v1.0+protobuf"],
    ["/openapi/v3/version", "", "/json"],
    ["/openapi/v3/version", "application/*", "/json"],
  ])("%s for %j has its content type", (path, accept, ending) => {
    const { status, headers } = ask(path, { accept });
    expect(status).toBe(200);
    expect(String(headers["Content-Type"])).toMatch(new RegExp(`${ending.replace(/[.+]/g, "\\$&")}$`));
  });

  it.each(["/openapi/v2", "/openapi/v3/version"])("%s for other media types is 406 without a body", (path) => {
    const { status, chunks } = ask(path, { accept: "application/xml" });
    expect([status, chunks]).toEqual([406, []]);
  });

  it.each(["/openapi/v3/", "/openapi/v3/nosuch", "/openapi/v3/apis/apps/"])("%s is an empty 404", (path) => {
    expect(ask(path)).toMatchObject({ status: 404, chunks: [] });
  });

  it("other paths is somebody else's", () => {
    expect(openApiAnswer(server, { path: "/openapi", query: new URLSearchParams(), headers: {} })).toBeUndefined();
    expect(openApiAnswer(server, { path: "/openapi/v2/", query: new URLSearchParams(), headers: {} })).toBeUndefined();
  });

  it("v2 is compressed for those who accept that, v3 is not", () => {
    const v2 = ask("/openapi/v2", { "accept-encoding": "gzip, br" });
    expect(v2.headers).toMatchObject({ "Content-Encoding": "gzip", Vary: ["Accept-Encoding", "Accept"] });
    expect(gunzipSync(v2.chunks[0]!).toString()).toBe(text(ask("/openapi/v2")));
    expect(ask("/openapi/v3/version", { "accept-encoding": "gzip" }).headers).not.toHaveProperty("Content-Encoding");
  });

  it("clusters with the same rows is the same memory", () => {
    const other = { ...server, registry: registry.overlay([customRow("zoo.example.com", "v1", "widgets", "Widget")]) };
    expect(ask("/openapi/v3/apis/apps/v1", {}, other).chunks[0]).toBe(ask("/openapi/v3/apis/apps/v1").chunks[0]);
  });

  it("custom resources names the kinds of client-go only", () => {
    const overlay = registry.overlay([customRow("zoo.example.com", "v1", "widgets", "Widget")]);
    const groupsOf = (path: string) => {
      const { chunks } = ask(`/openapi/v3/apis/${path}`, {}, { ...server, registry: overlay });
      const { schemas } = JSON.parse(chunks.join("")).components;
      const { "x-kubernetes-group-version-kind": gvks } = schemas["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
      return (gvks as { group: string }[]).map(({ group }) => group);
    };
    const [own, all] = [groupsOf("zoo.example.com/v1"), groupsOf("apps/v1")];
    expect([own.length, all.length]).toEqual([55, 62]);
    const others = ["admission.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "imagepolicy.k8s.io"];
    expect([...new Set(all)].filter((group) => !own.includes(group))).toEqual(others);
  });

  it("clusters with custom rows has hashes of its own", () => {
    const withRow = (resource: string) => {
      const overlay = registry.overlay([customRow("zoo.example.com", "v1", resource, "Widget")]);
      return indexOf({ ...server, registry: overlay });
    };
    const [widgets, gadgets] = [withRow("widgets"), withRow("gadgets")];
    expect(Object.keys(widgets)).toEqual([...documentPaths(registry), "apis/zoo.example.com/v1"].sort());
    expect(widgets["apis/zoo.example.com/v1"]).not.toBe(gadgets["apis/zoo.example.com/v1"]);
    expect(widgets["apis/zoo.example.com/v1"]).toBe(withRow("widgets")["apis/zoo.example.com/v1"]);
    expect(widgets["api/v1"]).toBe(indexOf()["api/v1"]);
  });
});
