import {
  CUSTOM_RESOURCE_ENDPOINT,
  LIST_ENDPOINT,
  negotiate,
  negotiateDiscovery,
  negotiateWatch,
  PLAIN_ENDPOINT,
  RESOURCE_ENDPOINT,
  UNTABLED_ENDPOINT,
} from "../../../src/codec/negotiate.js";
import { parseFieldSelector } from "../../../src/kube/field-selector.js";
import { SelectorSyntaxError } from "../../../src/kube/label-requirement.js";
import { parseLabelSelector } from "../../../src/kube/label-selector-parser.js";
import { PlainTextError } from "../../../src/kube/plain-text-error.js";
import { parseQuantity } from "../../../src/kube/quantity.js";
import { QuantityError } from "../../../src/kube/quantity-text.js";
import { parseRequestInfo } from "../../../src/kube/request-info.js";
import { ApiError } from "../../../src/kube/status.js";
import { JsonPath, JsonPathError } from "../../../src/schema/crd/json-path.js";
import { parseTarget } from "../../../src/server/target.js";
import { decodeContinue, encodeContinue } from "../../../src/verbs/continue-token.js";
import { deleteOptions, listOptions, parseRevision, writeOptions } from "../../../src/verbs/options.js";
import { checkSame, checkSize, outcome, type Target } from "../target.js";
import { POD } from "./samples.js";

const SELECTORS = [
  "a=b",
  "a==b,c!=d",
  "x in (a,b),y notin (c)",
  "!a,b",
  "n>1,n<5",
  "example.com/a in ()",
  "",
  "a in (,)",
];

/** A selector's own text selects the same. */
export function labelSelector(): Target {
  return {
    seeds: SELECTORS,
    words: [" in ", " notin ", "(", ")", ",", "!", "!=", "==", ">", "<", "example.com/", "__proto__", "constructor"],
    form: "text",
    run: (input) =>
      outcome([SelectorSyntaxError, ApiError], () => {
        const selector = parseLabelSelector(input.toString());
        const text = selector.toString();
        checkSize(input, text.length, 4);
        checkSame("selectors", text, parseLabelSelector(text).toString());
        return `${text.replace(/[a-z0-9]+/gi, "a").slice(0, 40)} ${selector.matches({ a: "b", n: "3" })}`;
      }),
  };
}

export function fieldSelector(): Target {
  return {
    seeds: ["metadata.name=a", "a=b,c!=d", "a==b\\,c", "spec.nodeName=,x=\\=", "", "="],
    words: ["=", "==", "!=", ",", "\\", "\\,", "\\=", "metadata.name", "__proto__"],
    form: "text",
    run: (input) =>
      outcome([ApiError], () => {
        const selector = parseFieldSelector(input.toString());
        // Terms are sorted as they were written, "==" before "=a".
        const text = parseFieldSelector(selector.toString()).toString();
        checkSize(input, text.length, 4);
        checkSame("selectors", text, parseFieldSelector(text).toString());
        const matches = selector.matches({ name: "a", namespace: "", fields: { a: "b" } });
        return `${text.replace(/[a-z0-9]+/gi, "a").slice(0, 40)} ${matches}`;
      }),
  };
}

/** A token, or the text within it where it begins with a brace. */
export function continueToken(): Target {
  const good = encodeContinue({ revision: 5, start: "default/a\0" });
  return {
    seeds: [good, `${good}==`, Buffer.from(good, "base64url"), '{"v":"meta.k8s.io/v1","rv":-1,"start":"/a/../b"}', ""],
    words: ["..", "/", "//", "./", "\\u0000", "rv", "start", "meta.k8s.io/v1"],
    form: "json",
    run(input) {
      const token = input[0] === 0x7b ? input.toString("base64url") : input.toString();
      return outcome([ApiError], () => {
        const { revision, start } = decodeContinue(token);
        checkSize(input, start.length, 4);
        if (!Number.isInteger(Number(revision)) || start.startsWith("/")) throw new Error(`${revision} ${start}`);
        return `${start.replace(/[^/]+/g, "a").slice(0, 40)} ${Math.sign(Number(revision))}`;
      });
    },
  };
}

const QUERIES = [
  "labelSelector=a%3Db&fieldSelector=metadata.name%3Dx&limit=5&continue=abc&resourceVersion=1",
  "watch=true&allowWatchBookmarks=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=3",
  "dryRun=All&fieldManager=m&fieldValidation=Strict&force=true&propagationPolicy=Orphan&gracePeriodSeconds=0",
];

/** A request's target: path and query, and the options that each verb reads out of it. */
export function query(): Target {
  const paths = [
    "/api/v1/namespaces/a/pods/b/log",
    "/apis/apps/v1/deployments",
    "/api/v1/watch/pods",
    "/healthz",
    "//",
  ];
  return {
    seeds: paths.flatMap((path) => QUERIES.map((text) => `${path}?${text}`)),
    words: ["%00", "%2F", "%zz", "%", "..", "&", "=", "?", "#", "http://a/", "*", "namespaces", "proxy", "watch", ";"],
    form: "text",
    run: (input) =>
      outcome([ApiError, PlainTextError], () => {
        const target = parseTarget(input.toString("latin1"));
        if (!target) return "none";
        const info = parseRequestInfo(["GET", "POST", "DELETE", "PATCH"][input.length % 4]!, target.path, target.query);
        const told = [
          outcome([ApiError], () => shape(listOptions(target.query))),
          outcome([ApiError], () => shape(writeOptions(target.query, "PatchOptions", info.verb === "patch"))),
          outcome([ApiError], () => shape(deleteOptions(target.query, undefined))),
          outcome([ApiError], () => String(parseRevision(target.query.get("resourceVersion") ?? "") !== undefined)),
        ];
        return `${info.verb} ${info.isResourceRequest} ${told.join()}`;
      }),
  };
}

function shape(options: object): string {
  return Object.entries(options)
    .map(([name, value]) => `${name[0]}${value === undefined ? "-" : typeof value === "string" ? value.length : value}`)
    .join("");
}

const ACCEPTS = [
  "application/json",
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.5",
  "application/vnd.kubernetes.protobuf,*/*;q=0.1",
  "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/yaml;pretty=1",
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;stream=watch",
];

export function accept(): Target {
  const endpoints = [PLAIN_ENDPOINT, RESOURCE_ENDPOINT, LIST_ENDPOINT, UNTABLED_ENDPOINT, CUSTOM_RESOURCE_ENDPOINT];
  return {
    seeds: ACCEPTS,
    words: [
      ";",
      ",",
      "q=",
      "as=Table",
      "g=meta.k8s.io",
      "v=v1",
      "stream=watch",
      "*/*",
      '"',
      "\\",
      "charset=utf-8",
      "=",
    ],
    form: "text",
    run(input) {
      const headers = { accept: input.toString("latin1") };
      const query = new URLSearchParams(input.length % 3 === 0 ? "pretty=true" : "");
      const told = endpoints.map((endpoint) =>
        outcome([ApiError], () => {
          const representation = negotiate(headers, query, endpoint);
          return Object.values(representation)
            .filter((value) => typeof value === "string")
            .join();
        }),
      );
      told.push(outcome([ApiError], () => negotiateWatch(headers, query, RESOURCE_ENDPOINT).format));
      told.push(outcome([ApiError], () => String(negotiateDiscovery(headers, query)?.version)));
      return told.join();
    },
  };
}

/** Quantities, which come back as they are shown, and the paths of printer columns. */
export function scalars(): Target {
  return {
    seeds: ["1Gi", "100m", "1e3", "-1.5", ".5Ki", "9223372036854775808", "1E", "0.000000001", "$.spec.a", ".a[0].b"],
    words: ["Ki", "m", "n", "e9", "E-3", "e999999999", "..", "[*]", "[?(@.a=='b')]", "[0:2]", ".spec", "\\.", "{", "}"],
    form: "text",
    run(input) {
      const text = input.toString();
      const quantity = outcome([QuantityError], () => {
        const shown = parseQuantity(text).toString();
        checkSize(input, shown.length, 4);
        checkSame("quantities", shown, parseQuantity(shown).toString());
        return shown.replace(/\d+/g, "0");
      });
      const path = outcome([JsonPathError], () => {
        const found = JsonPath.parse(text).find(POD);
        if (found.length > 100_000) throw new Error(`${found.length} values`);
        return String(found.length);
      });
      return `${quantity} ${path}`;
    },
  };
}
