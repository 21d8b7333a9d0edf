import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const cm = (name: string, labels = {}): Case => given("{cm}", { metadata: { name, labels } });
const version = (name: string, variable: string): Case =>
  c(`version of ${name} as ${variable}`, `GET {cm}/${name}`, {
    setup: true,
    save: { [variable]: "metadata.resourceVersion" },
  });
const FUTURE = "999999999";
const query = (...parts: readonly string[]) => parts.filter((part) => part !== "").join("&");
const PARTS = {
  revision: ["", "resourceVersion=0", "resourceVersion={old}", "resourceVersion={new}", `resourceVersion=${FUTURE}`],
  match: ["", "resourceVersionMatch=Exact", "resourceVersionMatch=NotOlderThan"],
  limit: ["", "limit=2"],
};
const initial = ["", "sendInitialEvents=true", "sendInitialEvents=false"];
const lists = PARTS.revision.flatMap((rv) =>
  PARTS.match.flatMap((match) => PARTS.limit.map((limit) => query(rv, match, limit))),
);
/** Those that wait for the future take three seconds to say so. */
const waits = (text: string) => text.includes(FUTURE);
const watches = PARTS.revision.flatMap((rv) =>
  waits(rv) ? [] : PARTS.match.flatMap((match) => initial.map((send) => query(rv, match, send))),
);
const there = [cm("a", { l: "1" }), version("a", "old"), cm("b"), cm("c", { l: "1" }), version("c", "new")];
const changed = [
  c("change a", "PATCH {cm}/a", { setup: true, type: "merge", json: { data: { k: "v" } } }),
  c("delete b", "DELETE {cm}/b", { setup: true }),
];

contract("revisions", [
  scenario("lists", [
    ...there,
    ...changed,
    ...lists.filter((each) => !waits(each)).map((each) => c(`list ${each}`, `GET {cm}?${each}`)),
    c("too large: told to come again", `GET {cm}?resourceVersion=${FUTURE}`),
    c("too large, limited", `GET {cm}?resourceVersion=${FUTURE}&limit=2`),
    c("too large, exact", `GET {cm}?resourceVersion=${FUTURE}&resourceVersionMatch=Exact`),
    c("too large, as a table", `GET {cm}?resourceVersion=${FUTURE}`, { accept: "table" }),
    c("too large, in protobuf", `GET {cm}?resourceVersion=${FUTURE}`, { accept: "protobuf" }),
    c("too large, one object", `GET {cm}/a?resourceVersion=${FUTURE}`),
    c("too large, no such object", `GET {cm}/none?resourceVersion=${FUTURE}`),
    c("one object not older", "GET {cm}/a?resourceVersion={old}"),
    c("one object at 0", "GET {cm}/a?resourceVersion=0"),
    c("one object that is gone, not older", "GET {cm}/b?resourceVersion={old}"),
    c("far too large", "GET {cm}?resourceVersion=18446744073709551615"),
    c("beyond 64 bits", "GET {cm}?resourceVersion=18446744073709551616"),
    c("with a sign", "GET {cm}?resourceVersion=%2B5"),
    c("with zeros before it", "GET {cm}?resourceVersion=00{old}&resourceVersionMatch=Exact"),
    c("zero in two digits", "GET {cm}?resourceVersion=00"),
    c("with blanks", "GET {cm}?resourceVersion=%205"),
    c("a fraction", "GET {cm}?resourceVersion=1.5"),
    c("hexadecimal", "GET {cm}?resourceVersion=0x10"),
    c("twice", "GET {cm}?resourceVersion=&resourceVersion=abc"),
    c("long ago", "GET {cm}?resourceVersion=1&resourceVersionMatch=NotOlderThan"),
  ]),
  scenario("selected at revisions", [
    ...there,
    ...changed,
    ...[
      "labelSelector=l%3D1",
      "labelSelector=!l",
      "fieldSelector=metadata.name%3Db",
      "fieldSelector=metadata.name!%3Db",
    ].flatMap((selector) =>
      [
        "",
        "resourceVersion={old}&resourceVersionMatch=Exact",
        "resourceVersion={new}&resourceVersionMatch=Exact",
      ].flatMap((rv) =>
        ["", "limit=1"].map((limit) =>
          c(`list ${query(selector, rv, limit)}`, `GET {cm}?${query(selector, rv, limit)}`),
        ),
      ),
    ),
    c("as a table", "GET {cm}?resourceVersion={new}&resourceVersionMatch=Exact&limit=2", { accept: "table" }),
    c("as metadata", "GET {cm}?resourceVersion={new}&resourceVersionMatch=Exact&limit=2", { accept: "partials" }),
    c("in protobuf", "GET {cm}?resourceVersion={new}&resourceVersionMatch=Exact", { accept: "protobuf" }),
    c("in yaml", "GET {cm}?resourceVersion={new}&resourceVersionMatch=Exact", { accept: "yaml" }),
    c("of the cluster", "GET /api/v1/configmaps?labelSelector=l%3D1&fieldSelector=metadata.namespace%3D{ns}&limit=1", {
      save: { token: "metadata.continue" },
    }),
    c(
      "of the cluster, next",
      "GET /api/v1/configmaps?labelSelector=l%3D1&fieldSelector=metadata.namespace%3D{ns}&limit=1&continue={token}",
    ),
    c("the cluster's token in a namespace", "GET {cm}?continue={token}"),
  ]),
  scenario("watches", [
    ...there,
    ...watches.map((each) => c(named(each), `WATCH {cm}?watch=1&timeoutSeconds=3&${each}`)),
    ...changed,
    ...watches.filter((each) => !refused(each)).map((each) => c(`end of ${named(each)}`, `END ${named(each)}`)),
  ]),
  scenario("bookmarks", [
    ...there,
    c("from now", "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion={new}"),
    c(
      "of nothing",
      "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion={new}&labelSelector=no",
    ),
    c("as metadata", "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion={new}", {
      accept: "partial",
    }),
    c("from 0", "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=true&resourceVersion=0"),
    c("from nowhere", "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=true"),
    c("no bookmarks", "WATCH {cm}?watch=1&timeoutSeconds=4&allowWatchBookmarks=false&resourceVersion={new}"),
    ...["from now", "of nothing", "as metadata", "from 0", "from nowhere", "no bookmarks"].map((name) =>
      c(`end of ${name}`, `END ${name}`),
    ),
  ]),
  scenario("one object", [
    ...there,
    c("by its path", "WATCH {cm}/a?watch=1&timeoutSeconds=2"),
    c("by its path, from a version", "WATCH {cm}/a?watch=true&timeoutSeconds=2&resourceVersion={new}"),
    c("by its path, and its name", "WATCH {cm}/a?watch=1&timeoutSeconds=2&fieldSelector=metadata.name%3Da"),
    c("by its path, and another name", "WATCH {cm}/a?watch=1&timeoutSeconds=2&fieldSelector=metadata.name%3Db"),
    c("by its path, and a namespace", "WATCH {cm}/a?watch=1&timeoutSeconds=2&fieldSelector=metadata.namespace%3D{ns}"),
    c(
      "by the old path, and another name",
      "WATCH /api/v1/watch/namespaces/{ns}/configmaps/a?fieldSelector=metadata.name%3Db",
    ),
    c(
      "by the old path, and a label",
      "WATCH /api/v1/watch/namespaces/{ns}/configmaps/a?timeoutSeconds=2&labelSelector=l%3D2",
    ),
    c("one that is not there", "WATCH {cm}/none?watch=1&timeoutSeconds=2"),
    c("one with watch off", "GET {cm}/a?watch=0", { pick: ["kind"] }),
    c("a subresource", "WATCH {core}/pods/none/status?watch=1&timeoutSeconds=2"),
    c("a name that can't be", "WATCH {cm}/A_b?watch=1&timeoutSeconds=2"),
    ...changed,
    ...[
      "by its path",
      "by its path, from a version",
      "by its path, and its name",
      "by the old path, and a label",
      "one that is not there",
    ].map((name) => c(`end of ${name}`, `END ${name}`)),
  ]),
]);

function named(watch: string): string {
  return `watch ${watch.replace(/[{}]/g, "")}`;
}

function refused(watch: string): boolean {
  return watch.includes("Exact") || watch.includes("sendInitialEvents") !== watch.includes("NotOlderThan");
}
