import { readFileSync } from "node:fs";
import { decodeTyped, readTyped } from "../src/codec/json/decode.js";
import { encodeTyped, encodeUntyped } from "../src/codec/json/encode.js";
import { parseJson } from "../src/codec/json/parse.js";
import { decodeProto } from "../src/codec/protobuf/decode.js";
import { encodeProto } from "../src/codec/protobuf/encode.js";
import { transcodeToProto } from "../src/codec/protobuf/envelope.js";
import { loadTables } from "../src/schema/tables.js";

/** Times the codec on one object beside JSON.parse and JSON.stringify: `npx tsx bench/codec.ts [pod.json]`. */
const type = loadTables("1.34").struct("io.k8s.api.core.v1.Pod");
const bytes = process.argv[2] === undefined ? samplePod() : readFileSync(process.argv[2]);
const text = bytes.toString();
const tree = parseJson(bytes);
const typed = readTyped(bytes, type);
const message = encodeProto(typed, type);
const plain: unknown = JSON.parse(text);

console.log(`${bytes.length} bytes of JSON, ${message.length} of protobuf; microseconds per call`);
const rows: [string, () => unknown][] = [
  ["JSON.parse (peer)", () => JSON.parse(bytes.toString())],
  ["parseJson", () => parseJson(bytes)],
  ["readTyped", () => readTyped(bytes, type)],
  ["readTyped, strict", () => readTyped(bytes, type, { strict: [] })],
  ["decodeTyped of a tree", () => decodeTyped(tree, type)],
  ["JSON.stringify (peer)", () => Buffer.from(JSON.stringify(plain))],
  ["encodeTyped", () => Buffer.from(encodeTyped(typed, type))],
  ["encodeUntyped", () => Buffer.from(encodeUntyped(tree))],
  ["decodeProto", () => decodeProto(message, type)],
  ["encodeProto", () => encodeProto(typed, type)],
  ["transcodeToProto", () => transcodeToProto(bytes, type)],
];
for (const [name, run] of rows) console.log(`${name.padEnd(24)}${time(run).toFixed(1).padStart(8)}`);

/** Processor time, the best of five rounds, because other work shares the machine. */
function time(run: () => unknown): number {
  for (let i = 0; i < 2000; i++) run();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < 1000; i++) run();
    best = Math.min(best, process.cpuUsage(start).user / 1000);
  }
  return best;
}

function samplePod(): Buffer {
  const container = (name: string) => ({
    name,
    image: `example.test/${name}:v1.2.3`,
    command: Array.from({ length: 20 }, (_, i) => `--flag-number-${i}=/etc/kubernetes/value-${i}`),
    env: Array.from({ length: 8 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value ${i}` })),
    resources: { requests: { cpu: "250m", memory: "64Mi" } },
    livenessProbe: { httpGet: { path: "/livez", port: 6443, scheme: "HTTPS" }, periodSeconds: 10, timeoutSeconds: 15 },
    volumeMounts: Array.from({ length: 6 }, (_, i) => ({ name: `volume-${i}`, mountPath: `/var/lib/v${i}` })),
  });
  const condition = (name: string) => ({ type: name, status: "True", lastTransitionTime: "2026-03-01T10:20:30Z" });
  const pod = {
    kind: "Pod",
    apiVersion: "v1",
    metadata: {
      name: "sample",
      namespace: "lab",
      uid: "0b5f7d7e-6c1a-4a53-9a54-2f4f9a7b0001",
      resourceVersion: "4711",
    },
    spec: { nodeName: "node-1", containers: [container("first"), container("second")] },
    status: { phase: "Running", conditions: ["Ready", "Initialized", "PodScheduled"].map(condition) },
  };
  return Buffer.from(encodeTyped(readTyped(JSON.stringify(pod), type), type));
}
