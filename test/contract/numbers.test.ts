import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

const deployment = {
  metadata: { name: "d" },
  spec: {
    replicas: 0,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] },
    },
  },
};

/** Where a value stands in a Deployment; literals, because JSON.stringify would lose how a number is written. */
const FIELDS: Readonly<Record<string, (value: string) => string>> = {
  int32: (value) => `"spec":{"minReadySeconds":${value}}`,
  "int32, a pointer": (value) => `"spec":{"revisionHistoryLimit":${value}}`,
  int64: (value) => template(`"terminationGracePeriodSeconds":${value}`),
  "int or string": (value) => `"spec":{"strategy":{"rollingUpdate":{"maxSurge":${value}}}}`,
  quantity: (value) => template(`"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":${value}}}}]`),
  "a merge key": (value) => template(`"containers":[{"name":"c","image":"i","ports":[{"containerPort":${value}}]}]`),
  string: (value) => template(`"hostname":${value}`),
  "a named string": (value) => template(`"restartPolicy":${value}`),
  bool: (value) => `"spec":{"paused":${value}}`,
  struct: (value) => template(`"affinity":${value}`),
  map: (value) => template(`"nodeSelector":${value}`),
  list: (value) => template(`"tolerations":${value}`),
  "a map's value": (value) => template(`"nodeSelector":{"a":${value}}`),
};

const VALUES = [
  ...["1.0", "1e2", "-0.0", "1.5", "1e-7", "1e6", "2147483648", "4294967297", "-2147483649", "9223372036854775807"],
  ...["9223372036854775808", "18446744073709551616", "1e18", "1e19", "-1e19", "1e30"],
];
const OTHERS = ['"1"', "true", "{}", "[]"];

function template(spec: string): string {
  return `"spec":{"template":{"spec":{${spec}}}}`;
}

const PICK = ["message", "details", "reason", "code", "spec"];

function patches(type: "strategic" | "apply"): Case[] {
  const head = type === "apply" ? '"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},' : "";
  const query = type === "apply" ? "?dryRun=All&fieldManager=m&force=true" : "?dryRun=All";
  return Object.entries(FIELDS).flatMap(([field, text]) =>
    // A real server drops the connection where a merge key is an object or a list.
    [...VALUES, ...OTHERS.slice(0, type === "strategic" && field === "a merge key" ? 2 : undefined)].map((value) =>
      c(`${field}: ${value}`, `PATCH {apps}/deployments/d${query}`, {
        type,
        text: `{${head}${text(value)}}`,
        pick: PICK,
      }),
    ),
  );
}

contract("numbers", [
  scenario("strategic merge", [given("{apps}/deployments", deployment), ...patches("strategic")]),
  scenario("apply", [given("{apps}/deployments", deployment), ...patches("apply")]),
]);
