import { bookmarkFrame, errorFrame, eventFrame, WatchFraming, watchHeaders } from "../codec/watch-frames.js";
import { resourceExpired, tooLargeResourceVersion } from "../kube/errors.js";
import type { Answer, StreamSink } from "../kube/handler.js";
import { ApiError } from "../kube/status.js";
import { CompactedError, type StoredObject, type StoreEvent, type WatchCursor } from "../store/store.js";
import { isWebSocketRequest } from "../streams/upgrade-request.js";
import { type ListOptions, listOptions, parseBareRevision } from "./options.js";
import { watchRepresentation } from "./representation.js";
import { collectionPrefix, type Scope } from "./scope.js";
import { type Selection, selectionOf } from "./selection.js";
import { watchMessages } from "./streams/watch.js";

/** Seconds; a real server ends a watch without timeoutSeconds after 1 to 2 times this (--min-request-timeout). */
const MIN_REQUEST_TIMEOUT = 1800;
/** About one bookmark a minute, as upstream's watch cache sends them. */
const BOOKMARK_MS = 60_000;
/** The last bookmark comes this long before the watch ends, so that the next one resumes close by. */
const BOOKMARK_BEFORE_END_MS = 2_000;

export function watch(scope: Scope): Answer {
  // The old paths say it without a parameter.
  const query = new URLSearchParams(scope.request.query);
  query.set("watch", "true");
  const options = listOptions(query);
  const framing = new WatchFraming(watchRepresentation(scope), scope.deps.answers);
  const selection = selectionOf(scope, options);
  const revision = parseBareRevision(options.resourceVersion) ?? 0;
  const run = (sink: StreamSink) => new Watcher(scope, options, selection, framing, sink).run(revision);
  if (isWebSocketRequest(scope.request.headers)) return watchMessages(scope, framing, run);
  return { status: 200, headers: watchHeaders(framing), run };
}

/** One watch: what is there if asked for, then events from a cursor, as fast as the client reads and no faster. */
class Watcher {
  readonly #scope: Scope;
  readonly #options: ListOptions;
  readonly #selection: Selection;
  readonly #framing: WatchFraming;
  readonly #sink: StreamSink;
  readonly #cancels: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #bookmarkDue = false;
  /** The resource is no longer served as it was: what has happened until then is still told. */
  #gone = false;

  constructor(scope: Scope, options: ListOptions, selection: Selection, framing: WatchFraming, sink: StreamSink) {
    this.#scope = scope;
    this.#options = options;
    this.#selection = selection;
    this.#framing = framing;
    this.#sink = sink;
  }

  async run(revision: number | bigint): Promise<void> {
    const prefix = collectionPrefix(this.#scope.def, this.#scope.namespace);
    const store = this.#scope.deps.store();
    let cursor: WatchCursor | undefined;
    this.#startTimers();
    this.#followDefinition();
    const onAbort = () => this.#end();
    this.#sink.signal.addEventListener("abort", onAbort, { once: true });
    if (this.#sink.signal.aborted) this.#end();
    try {
      let from = Number(revision);
      if (this.#options.sendInitialEvents) {
        if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision);
        const snapshot = store.snapshot()!;
        from = snapshot.revision;
        cursor = store.watch(prefix, from);
        for (const object of snapshot.range(prefix)) {
          if (this.#ended) return;
          if (this.#selection.matches(object.index)) await this.#send("ADDED", object);
        }
        if (this.#options.allowWatchBookmarks) await this.#bookmark(from, true);
      } else if (revision === 0) {
        from = store.revision;
      }
      cursor ??= store.watch(prefix, from);
      await this.#follow(cursor, from);
    } catch (error) {
      await this.#fail(error);
    } finally {
      cursor?.close();
      this.#sink.signal.removeEventListener("abort", onAbort);
      for (const cancel of this.#cancels) cancel();
    }
  }

  async #follow(cursor: WatchCursor, from: number): Promise<void> {
    while (!this.#ended) {
      const event = cursor.next();
      if (event) {
        await this.#forward(event);
        continue;
      }
      if (this.#gone) return;
      if (this.#bookmarkDue) {
        this.#bookmarkDue = false;
        // One at the revision that the watch began with would tell nothing (process in cacher/cache_watcher.go).
        if (cursor.revision > from) await this.#bookmark(cursor.revision, false);
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        cursor.onReady(resolve);
      });
    }
  }

  /** What a selector lets through: an object that begins to match is ADDED, one that no longer does is DELETED. */
  async #forward(event: StoreEvent): Promise<void> {
    const now = event.type === "put" && this.#selection.matches(event.object.index);
    const before = event.previous !== undefined && this.#selection.matches(event.previous.index);
    if (now) return this.#send(before ? "MODIFIED" : "ADDED", event.object);
    if (before) return this.#send("DELETED", event.type === "delete" ? event.object : event.previous!, event.revision);
  }

  async #send(type: "ADDED" | "MODIFIED" | "DELETED", object: StoredObject, revision = object.revision): Promise<void> {
    if (this.#framing.speechless) return this.#end();
    await this.#write(eventFrame(type, this.#scope.def, object, revision, this.#framing));
  }

  async #bookmark(revision: number, endsInitialEvents: boolean): Promise<void> {
    if (this.#framing.speechless) return this.#end();
    await this.#write(bookmarkFrame(this.#scope.def, revision, endsInitialEvents, this.#framing));
  }

  async #write(frame: Buffer): Promise<void> {
    if (!this.#sink.write(frame)) await this.#sink.drained();
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#ended) return;
    await this.#write(errorFrame(asApiError(error), this.#framing));
  }

  /** Upstream stops the watches of a custom resource with each change of its definition. */
  #followDefinition(): void {
    const { def, deps } = this.#scope;
    if (!def.served) return;
    const gone = () => {
      this.#gone = true;
      this.#wake?.();
    };
    this.#cancels.push(deps.custom.follow(def, gone));
  }

  #startTimers(): void {
    const { wheel } = this.#scope.deps;
    const seconds = this.#options.timeoutSeconds;
    const lifetime = seconds ? seconds * 1000 : MIN_REQUEST_TIMEOUT * 1000 * (1 + Math.random());
    this.#cancels.push(wheel.after(lifetime, () => this.#end()));
    if (!this.#options.allowWatchBookmarks) return;
    const remind = () => {
      this.#bookmarkDue = true;
      this.#wake?.();
    };
    let cancelNext = () => {};
    const arm = () => {
      cancelNext = wheel.after(BOOKMARK_MS, () => {
        remind();
        arm();
      });
    };
    arm();
    this.#cancels.push(() => cancelNext());
    if (lifetime > BOOKMARK_BEFORE_END_MS) {
      this.#cancels.push(wheel.after(lifetime - BOOKMARK_BEFORE_END_MS, remind));
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}

/** A watch that can't start or go on says so in its stream, with HTTP 200 (storage/cacher/cacher.go, newErrorWatcher). */
function asApiError(error: unknown): ApiError {
  if (error instanceof CompactedError) {
    return resourceExpired(`too old resource version: ${error.requested} (${error.compacted})`);
  }
  if (error instanceof ApiError) return error;
  throw error;
}
