let pending: (() => void)[] = [];

/**
 * Calls back after the event loop's current turn. All that is asked for in one turn, by any store, runs in one go,
 * so a burst of commits wakes a watcher once.
 */
export function wakeSoon(callback: () => void): void {
  if (pending.push(callback) === 1) setImmediate(flush);
}

function flush(): void {
  const callbacks = pending;
  pending = [];
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      // One watcher's fault must not cost the others their wake-up; it surfaces as uncaught all the same.
      setImmediate(() => {
        throw error;
      });
    }
  }
}
