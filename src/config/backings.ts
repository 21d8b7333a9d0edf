import { parseQuantity } from "../kube/quantity.js";

/** A Kubernetes cluster that runs kube-apiservers, as it is written down. */
export interface BackingText {
  readonly name: string;
  /** A file, or "in-cluster". */
  readonly kubeconfig: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly reach?: (typeof REACHES)[number];
  /** Of node ports. */
  readonly host?: string;
  /** Servers. */
  readonly capacity?: number;
  /** Bytes. */
  readonly memory?: number;
}

const REACHES = ["port-forward", "service", "node-port", "load-balancer"] as const;
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const KEYS = ["context", "namespace", "reach", "host", "capacity", "memory"];

export const BACKINGS_EXPECTED =
  `NAME=KUBECONFIG, and perhaps ${KEYS.map((key) => `${key}=…`).join(", ")} after it, where NAME is a DNS label, reach is ` +
  `one of ${REACHES.join(", ")}, capacity a number of servers and memory such as 16Gi`;

/** "a=a.kubeconfig", "capacity=10", "b=b.kubeconfig": keys belong to the name before. Undefined when one does not fit. */
export function parseBackings(parts: readonly string[]): BackingText[] | undefined {
  const found: Record<string, string>[] = [];
  for (const part of parts) {
    const [, key = "", value = ""] = /^\s*([a-z0-9-]+)=(.+)$/.exec(part) ?? [];
    if (value === "") return undefined;
    const last = found.at(-1);
    if (!KEYS.includes(key)) found.push({ name: key, kubeconfig: value.trim() });
    else if (last === undefined || last[key] !== undefined) return undefined;
    else last[key] = value.trim();
  }
  const read = found.map(readBacking);
  const names = new Set(read.map((backing) => backing?.name));
  return names.has(undefined) || names.size < read.length ? undefined : (read as BackingText[]);
}

function readBacking({ name = "", kubeconfig = "", reach, capacity, memory, ...rest }: Record<string, string>) {
  const way = REACHES.find((each) => each === reach);
  const servers = capacity === undefined ? undefined : /^\d{1,6}$/.test(capacity) ? Number(capacity) : Number.NaN;
  const bytes = memory === undefined ? undefined : bytesOf(memory);
  const unfit = (number: number | undefined) => number !== undefined && !(number > 0);
  if (!NAME.test(name) || (reach !== undefined && way === undefined) || unfit(servers) || unfit(bytes))
    return undefined;
  if (rest.namespace !== undefined && !NAME.test(rest.namespace)) return undefined;
  return {
    ...{ name, kubeconfig, ...rest },
    ...(way === undefined ? {} : { reach: way }),
    ...(servers === undefined ? {} : { capacity: servers }),
    ...(bytes === undefined ? {} : { memory: bytes }),
  };
}

function bytesOf(text: string): number {
  try {
    return Number(parseQuantity(text).scaled(0));
  } catch {
    return Number.NaN;
  }
}
