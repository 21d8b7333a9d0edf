import { expect, it } from "vitest";
import { commonFlows, FlowIndex, untouchedFlow } from "../../src/cluster/flow.js";
import { byPrecedence, flowRule } from "../../src/cluster/flow-rules.js";
import { parseRequestInfo } from "../../src/kube/request-info.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import type { EncodedObject } from "../../src/store/store.js";

const info = parseRequestInfo("GET", "/api/v1/namespaces/a/pods/x", new URLSearchParams());
const ALICE = { name: "alice", groups: ["system:authenticated"] };
const ROOT = { name: "root", groups: ["system:masters", "system:authenticated"] };

function encoded(name: string, object: object): EncodedObject {
  const text = JSON.stringify({ metadata: { name, resourceVersion: "" }, ...object });
  const slot = text.indexOf('"resourceVersion":"') + '"resourceVersion":"'.length;
  const index = { name, namespace: "", uid: `uid of ${name}`, labels: undefined, fields: undefined };
  return { index, head: Buffer.from(text.slice(0, slot)), tail: Buffer.from(text.slice(slot)) };
}

function schema(name: string, level: string, matchingPrecedence: number, user = "alice") {
  const resourceRules = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true }];
  const rules = [{ subjects: [{ kind: "User", user: { name: user } }], resourceRules }];
  return encoded(name, { spec: { priorityLevelConfiguration: { name: level }, matchingPrecedence, rules } });
}

function put(store: MemoryStore, key: string, object: EncodedObject | undefined): void {
  expect(store.commit({ key, expected: store.get(key)?.revision ?? 0, object }).ok).toBe(true);
}

it("a cluster's own flow schemas count as soon as they are there, and no longer", () => {
  const store = new MemoryStore();
  const index = new FlowIndex(store, commonFlows(store));
  expect(index.of(ALICE, info)).toMatchObject({ schema: "", level: "" });
  put(store, "flowschemas/own", schema("own", "low", 50));
  expect(index.of(ALICE, info).schema).toBe("");
  put(store, "prioritylevelconfigurations/low", encoded("low", { spec: {} }));
  expect(index.of(ALICE, info)).toMatchObject({ schema: "uid of own", level: "uid of low" });
  expect(index.of(ROOT, info).schema).toBe("");
  put(store, "flowschemas/other", schema("other", "low", 50, "*"));
  expect(index.of(ALICE, info).schema).toBe("uid of other");
  put(store, "flowschemas/other", undefined);
  put(store, "flowschemas/own", undefined);
  expect(index.of(ALICE, info).schema).toBe("");
  expect([...index.counts()].map(({ name, count }) => [name, count])).toEqual([
    ["catch-all", 3],
    ["own", 1],
    ["exempt", 1],
    ["other", 1],
  ]);
});

it("a cluster that fell behind its history reads its flow schemas anew", () => {
  const store = new MemoryStore();
  const index = new FlowIndex(store, commonFlows(store));
  put(store, "prioritylevelconfigurations/low", encoded("low", { spec: {} }));
  put(store, "flowschemas/own", schema("own", "low", 50));
  store.advance(store.revision + 100);
  expect(index.of(ALICE, info).schema).toBe("uid of own");
});

it("a cluster that nobody has asked has the uids that it will have", () => {
  const rules = commonFlows(new MemoryStore());
  const [a, b] = ["a", "b"].map((cluster) => untouchedFlow({ seed: "s", cluster }, rules, ALICE, info));
  expect(a).not.toEqual(b);
  expect(untouchedFlow({ seed: "s", cluster: "a" }, rules, ALICE, info)).toEqual(a);
});

it("flow schemas of one precedence go by name", () => {
  const [a, b, c] = [
    { name: "a", at: 2 },
    { name: "b", at: 1 },
    { name: "c", at: 1 },
  ].map(({ name, at }) => flowRule({ metadata: { name }, spec: { matchingPrecedence: at } }));
  expect([a!, c!, b!].sort(byPrecedence).map(({ name }) => name)).toEqual(["b", "c", "a"]);
});
