import { expect, it } from "vitest";
import { parseBackings } from "../../src/config/backings.js";

it("what follows a backing cluster is about it", () => {
  const parts =
    "a=a.yaml capacity=10 reach=node-port host=192.0.2.1 in-b=in-cluster memory=1.5Gi namespace=x context=c";
  expect(parseBackings(parts.split(" "))).toEqual([
    { name: "a", kubeconfig: "a.yaml", capacity: 10, reach: "node-port", host: "192.0.2.1" },
    { name: "in-b", kubeconfig: "in-cluster", memory: 1.5 * 1024 ** 3, namespace: "x", context: "c" },
  ]);
  expect(parseBackings([])).toEqual([]);
});

it.each([
  ["a"],
  ["capacity=3"],
  ["a=x", "a=y"],
  ["a=x", "capacity=0"],
  ["a=x", "capacity=many"],
  ["a=x", "memory=-1Gi"],
  ["a=x", "memory=lots"],
  ["a=x", "reach=telepathy"],
  ["a=x", "namespace=Big"],
  ["a=x", "host=one", "host=two"],
  ["-a=x"],
])("is refused: %j", (...parts) => {
  expect(parseBackings(parts)).toBeUndefined();
});
