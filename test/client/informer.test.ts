import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WatchEvent } from "../../src/client/client.js";
import { Informer } from "../../src/client/informer.js";
import type { KubeObject } from "../../src/kube/json.js";
import { ApiError } from "../../src/kube/status.js";

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { namespace: "n", name, resourceVersion },
});
const event = (type: WatchEvent["type"], name: string, version: string): WatchEvent => ({
  type,
  object: object(name, version),
});
const refusal = (code: number) => new ApiError({ code, reason: "", message: String(code) });

/** An API that answers as it is told, step by step, and notes what it was asked for. */
class Script {
  readonly asked: string[] = [];
  readonly seen: string[] = [];
  readonly failures: unknown[] = [];
  present = true;

  constructor(
    readonly lists: (readonly KubeObject[] | Error)[],
    readonly watches: (readonly (WatchEvent | Error)[])[],
  ) {}

  start(): Informer {
    const informer = new Informer({
      api: {
        list: async () => {
          this.asked.push("list");
          const items = this.lists.shift() ?? [];
          if (items instanceof Error) throw items;
          return { items, version: "10" };
        },
        watch: (_path, version, signal) => this.#watch(version, signal),
      },
      path: async () => (this.present ? "/things" : undefined),
      changed: ({ metadata }, gone) =>
        this.seen.push(`${gone ? "-" : "+"}${metadata.name}@${metadata.resourceVersion}`),
      failed: (error) => this.failures.push(error),
      groupOf: ({ metadata }) => metadata.name?.slice(0, 1),
      absentMs: 5,
    });
    void informer.run(stop.signal);
    return informer;
  }

  async *#watch(version: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    this.asked.push(`watch ${version}`);
    const steps = this.watches.shift();
    for (const step of steps ?? []) {
      if (step instanceof Error) throw step;
      yield step;
    }
    if (steps === undefined) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
}

const idle = (script: Script) =>
  vi.waitFor(() => expect([script.watches, script.asked.at(-1)?.startsWith("watch")]).toEqual([[], true]));

it("goes on where a watch ended, also after a bookmark, an error, or a lost connection", async () => {
  const script = new Script(
    [[object("a", "1"), object("b", "2")]],
    [
      [event("MODIFIED", "a", "11"), event("BOOKMARK", "", "15")],
      [event("DELETED", "b", "16"), new Error("socket hang up")],
      [refusal(500)],
      [event("ADDED", "c", "17")],
    ],
  );
  const informer = script.start();
  await informer.synced;
  await vi.waitFor(() => expect(script.asked).toHaveLength(6));
  expect(script.asked).toEqual(["list", "watch 10", "watch 15", "watch 16", "watch 16", "watch 17"]);
  expect(script.seen).toEqual(["+a@1", "+b@2", "+a@11", "-b@16", "+c@17"]);
  expect([...informer.values()].map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
  expect(script.failures).toHaveLength(2);
});

it("lists anew when history is gone, and tells only of what differs", async () => {
  const script = new Script(
    [
      [object("a", "1"), object("b", "2"), object("c", "3")],
      [object("a", "1"), object("b", "12"), object("d", "13")],
    ],
    [[refusal(410)]],
  );
  script.start();
  await vi.waitFor(() => expect(script.asked).toEqual(["list", "watch 10", "list", "watch 10"]));
  expect(script.seen.slice(3)).toEqual(["-c@3", "+b@12", "+d@13"]);
  expect(script.failures).toEqual([]);
});

it("waits for a collection that is not there, and forgets one that goes", async () => {
  const script = new Script([[object("a", "1")], refusal(404), [object("z", "9")]], [[refusal(404)]]);
  script.present = false;
  const informer = script.start();
  await informer.synced;
  expect(script.asked).toEqual([]);
  script.present = true;
  await vi.waitFor(() => expect(script.asked.filter((each) => each === "list")).toHaveLength(3));
  await idle(script);
  expect(script.seen).toEqual(["+a@1", "-a@1", "+z@9"]);
});

it("finds objects by key and by group", async () => {
  const script = new Script(
    [[object("a1", "1"), object("a2", "2"), object("b1", "3")]],
    [[event("DELETED", "a1", "4")]],
  );
  const informer = script.start();
  await vi.waitFor(() => expect(script.seen).toHaveLength(4));
  expect(informer.group("a").map(({ metadata }) => metadata.name)).toEqual(["a2"]);
  expect(informer.get("n/b1")?.metadata.name).toBe("b1");
  expect([informer.get("n/a1"), informer.group("c")]).toEqual([undefined, []]);
});
