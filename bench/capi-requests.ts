import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** One request, as a log tells of it. */
interface Request {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The User-Agent. */
  readonly client: string;
  /** "list nodes". */
  readonly what: string;
}

/** Requests by client, and by what they are for. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** The flags with which a kube-apiserver tells of its requests, and the policy for them. */
export function auditArgs(policy: string, log: string): string {
  return `--audit-policy-file=${policy} --audit-log-path=${log} --audit-log-maxsize=100000`; // in one file
}

export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`;

/** Requests that an audit log tells of, from `from` to `to`. */
export function auditedRequests(path: string, from: number, to: number): Promise<Counts> {
  return count(path, from, to, (line) => {
    const event = JSON.parse(line) as AuditEvent;
    // Watches are told of when they begin and when they end.
    if ((event.verb === "watch") !== (event.stage === "ResponseStarted")) return undefined;
    const { resource, apiGroup, subresource } = event.objectRef ?? {};
    const of = resource === undefined ? event.requestURI.split("?", 1)[0]! : named(resource, apiGroup, subresource);
    return {
      at: Date.parse(event.requestReceivedTimestamp),
      client: event.userAgent ?? "",
      what: `${event.verb} ${of}`,
    };
  });
}

interface AuditEvent {
  readonly verb: string;
  readonly stage: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly apiGroup?: string; readonly subresource?: string };
  readonly requestReceivedTimestamp: string;
}

function named(resource: string, group = "", subresource = ""): string {
  return `${resource}${group === "" ? "" : `.${group}`}${subresource === "" ? "" : `/${subresource}`}`;
}

/** Requests that this program's log of level trace tells of, from `from` to `to`. */
export function loggedRequests(path: string, from: number, to: number): Promise<Counts> {
  return count(path, from, to, (line) => {
    if (!line.includes('"msg":"request"')) return undefined;
    const { time, client, verb, resource } = JSON.parse(line) as Record<string, string>;
    return { at: Date.parse(time!), client: client!, what: `${verb} ${resource}` };
  });
}

async function count(
  path: string,
  from: number,
  to: number,
  read: (line: string) => Request | undefined,
): Promise<Counts> {
  const counts = new Map<string, Map<string, number>>();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const request = line.startsWith("{") ? read(line) : undefined;
    if (request === undefined || request.at < from || request.at >= to) continue;
    const client = clientName(request.client);
    const of = counts.get(client) ?? new Map<string, number>();
    counts.set(client, of.set(request.what, (of.get(request.what) ?? 0) + 1));
  }
  return counts;
}

/** "core" of "core/v1.14.2 (linux/amd64) cluster.x-k8s.io". The scripts here have no name. */
function clientName(agent: string): string {
  return /^[^/ ]*/.exec(agent)![0] || "(this script)";
}

export function total(of: ReadonlyMap<string, number> | undefined): number {
  return [...(of?.values() ?? [])].reduce((sum, each) => sum + each, 0);
}

/** Lines with each client's requests, how many there are for a cluster, how many in a second at rest, and for what. */
export function requestLines(before: Counts, rest: Counts, clusters: number, restSeconds: number): string[] {
  const names = [...new Set([...before.keys(), ...rest.keys()])];
  const sorted = names.sort((a, b) => total(before.get(b)) - total(before.get(a)));
  return sorted.flatMap((name) => {
    const all = total(before.get(name));
    const each = (all / clusters).toFixed(1);
    const later = (total(rest.get(name)) / restSeconds).toFixed(1);
    const most = [...(before.get(name) ?? [])].sort(([, a], [, b]) => b - a).slice(0, 8);
    return [
      `  ${name.padEnd(24)} ${String(all).padStart(8)}  ${each.padStart(7)} a cluster  at rest ${later} a second`,
      ...most.map(([what, number]) => `      ${String(number).padStart(8)}  ${what}`),
    ];
  });
}
