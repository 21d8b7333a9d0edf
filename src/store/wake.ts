/** Something that waits for news. */
export interface Sleeper {
  wake(): void;
}

let pending: Sleeper[] = [];

/**
 * Wakes after the event loop's current turn. All that is asked for in one turn, by any store, runs in one go,
 * so a burst of commits wakes a watcher once.
 */
export function wakeSoon(sleeper: Sleeper): void {
  if (pending.push(sleeper) === 1) setImmediate(flush);
}

function flush(): void {
  const sleepers = pending;
  pending = [];
  for (const sleeper of sleepers) {
    try {
      sleeper.wake();
    } catch (error) {
      // One watcher's fault must not cost the others their wake-up; it surfaces as uncaught all the same.
      setImmediate(() => {
        throw error;
      });
    }
  }
}
