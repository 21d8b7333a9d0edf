import type { UserInfo } from "../kube/handler.js";
import type { JsonObject } from "../kube/json.js";
import { baseUid } from "../store/base-layer.js";
import { CompactedError, type Store, type WatchCursor } from "../store/store.js";
import { byPrecedence, type FlowAttributes, type FlowRule, flowRule } from "./flow-rules.js";

/** The uids of the flow schema and priority level that a request falls under. */
export interface FlowIds {
  readonly schema: string;
  readonly level: string;
}

/** Requests that a flow schema has sent to a priority level. */
export interface FlowCount {
  readonly name: string;
  readonly level: string;
  count: number;
}

interface KnownFlow extends FlowIds {
  readonly counted: FlowCount;
}

const SCHEMAS = "flowschemas/";
const LEVELS = "prioritylevelconfigurations/";

/** The flow schemas that all clusters begin with, in the order in which they are tried. */
export type CommonFlows = readonly FlowRule[];

export function commonFlows(store: Store): CommonFlows {
  return readRules(store);
}

/** The flow of a request to a cluster that has nothing but what all clusters begin with. */
export function untouchedFlow(
  place: { readonly seed: string; readonly cluster: string },
  common: CommonFlows,
  user: UserInfo,
  asked: FlowAttributes,
): FlowIds {
  const { name, level } = flowOf(common, user, asked);
  return { schema: baseUid(place, SCHEMAS + name), level: baseUid(place, LEVELS + level) };
}

/** The first flow schema that a request matches. The last matches whoever is anybody. */
export function flowOf(rules: CommonFlows, user: UserInfo, asked: FlowAttributes): FlowRule {
  for (const rule of rules) if (rule.matches(user, asked)) return rule;
  return rules.at(-1)!;
}

/**
 * Tells a cluster's flows: by the common flow schemas until the cluster changes one, by its own from then on. Nothing
 * is limited by them; clients and dashboards read their uids.
 */
export class FlowIndex {
  readonly #store: Store;
  readonly #common: CommonFlows;
  #rules: CommonFlows | undefined;
  #cursors: readonly WatchCursor[];
  #known = new Map<FlowRule, KnownFlow>();
  readonly #counts = new Map<string, FlowCount>();

  /** `store`: one that nobody has written to yet. */
  constructor(store: Store, common: CommonFlows) {
    this.#store = store;
    this.#common = common;
    this.#cursors = this.#follow(store.revision);
  }

  of(user: UserInfo, asked: FlowAttributes): FlowIds {
    if (this.#hasChanged()) this.#read();
    const rule = flowOf(this.#rules ?? this.#common, user, asked);
    const known = this.#known.get(rule) ?? this.#meet(rule);
    known.counted.count++;
    return known;
  }

  /** How many requests each flow schema has matched. */
  counts(): Iterable<FlowCount> {
    return this.#counts.values();
  }

  #meet(rule: FlowRule): KnownFlow {
    const { name, level } = rule;
    const counted = this.#counts.get(`${name} ${level}`) ?? { name, level, count: 0 };
    this.#counts.set(`${name} ${level}`, counted);
    const uid = (key: string) => this.#store.get(key)?.index.uid ?? "";
    const known = { schema: uid(SCHEMAS + name), level: uid(LEVELS + level), counted };
    this.#known.set(rule, known);
    return known;
  }

  #hasChanged(): boolean {
    try {
      let changed = false;
      for (const cursor of this.#cursors) while (cursor.next()) changed = true;
      return changed;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      return true;
    }
  }

  #read(): void {
    for (const cursor of this.#cursors) cursor.close();
    this.#known = new Map();
    this.#rules = readRules(this.#store);
    this.#cursors = this.#follow(this.#store.revision);
  }

  #follow(revision: number): WatchCursor[] {
    return [SCHEMAS, LEVELS].map((prefix) => this.#store.watch(prefix, revision));
  }
}

/** A schema whose level is not there is passed over; upstream: …/flowcontrol/apf_controller.go. */
function readRules(store: Store): FlowRule[] {
  const snapshot = store.snapshot()!;
  const rules: FlowRule[] = [];
  for (const { bytes } of snapshot.range(SCHEMAS)) {
    const rule = flowRule(JSON.parse(bytes.toString()) as JsonObject);
    if (IMAGINED_LEVELS.has(rule.level) || snapshot.get(LEVELS + rule.level)) rules.push(rule);
  }
  for (const imagined of IMAGINED) if (!rules.some(({ name }) => name === imagined.name)) rules.push(imagined);
  return rules.sort(byPrecedence);
}

/** What a server keeps in mind even where its objects have been deleted. */
const IMAGINED: readonly FlowRule[] = [
  imagined("exempt", 1, ["system:masters"]),
  imagined("catch-all", 10_000, ["system:authenticated", "system:unauthenticated"]),
];
const IMAGINED_LEVELS: ReadonlySet<string> = new Set(IMAGINED.map(({ name }) => name));

function imagined(name: string, precedence: number, groups: readonly string[]): FlowRule {
  return { name, level: name, precedence, matches: (user) => user.groups.some((group) => groups.includes(group)) };
}
