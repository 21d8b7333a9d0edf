import type { Cluster } from "../../../src/cluster/cluster.js";
import type { Client } from "../../helpers/client.js";
import type { Random } from "../../patch/random.js";
import { type ConfigMap, eventOf, eventsOf, seenOf, watchWithin } from "./cluster.js";
import { type Event, FILTERS, type Filter, type Seen } from "./history.js";
import { type Bookmark, isBookmark, type Page, type Stretch } from "./watching.js";

/** What readers share: where they read, and when they may stop. */
export interface Scene {
  readonly client: Client;
  readonly path: string;
  readonly random: Random;
  /** Some revision of the past. */
  past(): number;
  /** How many changes there have been. */
  happened(): number;
  /** Up to where readers must come. Undefined while that is not known; something for every filter comes after it. */
  known(): number | undefined;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Watches until the reader loses patience, at a pace of its own. */
export async function watchOnce(
  scene: Scene,
  filter: Filter,
  from: number | undefined,
  stays: boolean,
): Promise<Stretch> {
  const { client, path, random } = scene;
  const initial = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
  const start = from === undefined ? initial : `&resourceVersion=${from}`;
  const ends = random.chance(0.3) ? "&timeoutSeconds=3" : "";
  const query = `?watch=1&allowWatchBookmarks=true${start}${ends}${filter.query}`;
  const reply = await client.open("GET", path + query);
  if (reply.status !== 200) throw new Error(`${query}: ${reply.status}`);
  const events: (Event | Bookmark)[] = [];
  const patience = stays ? Number.POSITIVE_INFINITY : random.below(40);
  let end: Stretch["end"] = "over";
  for await (const event of eventsOf(reply.body)) {
    if ("code" in event) {
      if (event.code !== 410) throw new Error(`${query}: ${event.code}`);
      end = "expired";
      break;
    }
    events.push(event);
    const { revision } = isBookmark(event) ? event : event.object;
    if (revision >= (scene.known() ?? Number.POSITIVE_INFINITY) || events.length > patience) {
      end = "hung up";
      break;
    }
    if (!stays && random.chance(0.15)) await pause(random.below(30));
  }
  reply.close();
  return { filter, from, events, end };
}

/** Watches again and again, from anywhere in the past or from where it was. */
export async function watcher(scene: Scene): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  const filter = scene.random.pick(FILTERS);
  let from: number | undefined = scene.past();
  for (;;) {
    const stretch: Stretch = await watchOnce(scene, filter, from, false);
    stretches.push(stretch);
    if (scene.known() !== undefined) return stretches;
    const resumes = stretch.end !== "expired" && scene.random.chance(0.6);
    from = resumes ? reached(stretch) : scene.random.chance(0.3) ? undefined : scene.past();
  }
}

/** Changes during which a sleeper reads nothing, at most: a few times what the history holds. */
const LONGEST_SLEEP = 40;

/** Lets the server wait after each event, until that has forgotten what comes next. */
export async function sleeper(cluster: Cluster, scene: Scene): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  while (scene.known() === undefined) stretches.push(await sleepThrough(cluster, scene));
  return stretches;
}

async function sleepThrough(cluster: Cluster, { path, random, known, happened, past }: Scene): Promise<Stretch> {
  const [filter, from] = [random.pick(FILTERS), past()];
  const events: (Event | Bookmark)[] = [];
  const stop = new AbortController();
  let end: Stretch["end"] = "hung up";
  const write = (chunk: Buffer) => {
    const event = eventOf(chunk.toString());
    if ("code" in event) {
      if (event.code !== 410) throw new Error(`a sleeper${filter.query}: ${event.code}`);
      end = "expired";
    } else {
      events.push(event);
      if ("object" in event && event.object.revision >= (known() ?? Number.POSITIVE_INFINITY)) stop.abort();
    }
    return false;
  };
  const drained = async () => {
    const until = happened() + random.below(LONGEST_SLEEP);
    while (end !== "expired" && known() === undefined && happened() < until) await pause(1);
  };
  const watch = await watchWithin(cluster, path, `resourceVersion=${from}${filter.query}`, stop.signal);
  await watch.run({ write, drained, signal: stop.signal });
  return { filter, from, events, end };
}

/** How far a watcher that is told no more has come. */
function reached({ from, events }: Stretch): number | undefined {
  const last = events.at(-1);
  if (!last) return from;
  return isBookmark(last)
    ? last.revision
    : from === undefined && !events.some(isBookmark)
      ? undefined
      : last.object.revision;
}

export interface Reflected {
  readonly filter: Filter;
  readonly stretches: readonly Stretch[];
  /** The reader's copy at the end, and how far it had come then. */
  readonly revision: number;
  readonly copy: readonly Seen[];
}

/** Keeps a copy as client-go's reflectors do: a list, a watch from there, and anew when the history is gone. */
export async function reflector(scene: Scene): Promise<Reflected> {
  const filter = scene.random.pick(FILTERS);
  const stretches: Stretch[] = [];
  const copy = new Map<string, Seen>();
  let from: number | undefined;
  for (;;) {
    if (from === undefined) {
      const list = await listOf(scene, `?x=1${filter.query}`);
      from = Number(list.metadata.resourceVersion);
      copy.clear();
      for (const item of list.items) copy.set(item.metadata.name, seenOf(item));
    }
    const stretch = await watchOnce(scene, filter, from, scene.random.chance(0.5));
    stretches.push(stretch);
    for (const event of stretch.events) {
      if (isBookmark(event)) continue;
      if (event.type === "DELETED") copy.delete(event.object.key);
      else copy.set(event.object.key, event.object);
    }
    from = stretch.end === "expired" ? undefined : reached(stretch);
    const known = scene.known();
    if (known === undefined || from === undefined || from < known) continue;
    return { filter, stretches, revision: from, copy: [...copy.values()].sort((a, b) => (a.key < b.key ? -1 : 1)) };
  }
}

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly ConfigMap[];
}

async function listOf({ client, path }: Scene, query: string): Promise<List> {
  return client.json<List>("GET", path + query);
}

/** Reads lists in pieces while they change. */
export async function pager(scene: Scene): Promise<Page[]> {
  const pages: Page[] = [];
  while (scene.known() === undefined) {
    const [filter, limit] = [scene.random.pick(FILTERS.slice(0, 3)), 1 + scene.random.below(2)];
    let [after, expected, token]: [string | undefined, number | undefined, string] = [undefined, undefined, ""];
    do {
      const query = `?limit=${limit}${filter.query}${token && `&continue=${token}`}`;
      const { status, body } = await scene.client.send("GET", scene.path + query);
      const answer = JSON.parse(body.toString()) as List;
      token = answer.metadata.continue ?? "";
      if (status === 410) {
        expected = undefined;
        continue;
      }
      const items = answer.items.map(seenOf);
      const revision = Number(answer.metadata.resourceVersion);
      pages.push({ filter, limit, after, expected, revision, items, more: token !== "" });
      [after, expected] = [items.at(-1)?.key ?? after, revision];
      if (scene.random.chance(0.5)) await pause(scene.random.below(20));
    } while (token !== "");
  }
  return pages;
}
