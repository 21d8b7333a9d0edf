import { expect, it, vi } from "vitest";
import { WorkQueue } from "../../src/management/queue.js";

/** A queue whose work ends when the test says so. */
function held(parallel: number) {
  const began: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const failures: string[] = [];
  const queue = new WorkQueue({
    work: (key) => {
      began.push(key);
      return new Promise((resolve, reject) => {
        ends.set(key, (error) => (error ? reject(error) : resolve()));
      });
    },
    failed: (key) => failures.push(key),
    parallel,
    firstMs: 1,
  });
  queue.open = true;
  return { queue, began, failures, end: (key: string, error?: Error) => ends.get(key)?.(error) };
}

it("works on a key by one at a time, and once more for what came meanwhile", async () => {
  const { queue, began, end } = held(8);
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  expect(began).toEqual(["a", "b"]);
  end("a");
  await vi.waitFor(() => expect(began).toEqual(["a", "b", "a"]));
});

it("works on so many at a time, and on none while it is closed", async () => {
  const { queue, began, end } = held(2);
  queue.open = false;
  for (const key of ["a", "b", "c"]) queue.add(key);
  expect(began).toEqual([]);
  queue.open = true;
  expect(began).toEqual(["a", "b"]);
  end("b");
  await vi.waitFor(() => expect(began).toEqual(["a", "b", "c"]));
});

it("tries again what failed", async () => {
  const { queue, began, failures, end } = held(1);
  queue.add("a");
  end("a", new Error("no"));
  await vi.waitFor(() => expect(began).toEqual(["a", "a"]));
  expect(failures).toEqual(["a"]);
});

it("keeps the earlier of two times, and ends with what is being worked on", async () => {
  const { queue, began, end } = held(1);
  queue.addAfter("a", 1);
  queue.addAfter("a", 3_600_000);
  queue.addAfter("b", 3_600_000);
  queue.addAfter("b", 1);
  await vi.waitFor(() => expect(began).toEqual(["a"]));
  queue.add("c");
  const ended = queue.end();
  end("a");
  await ended;
  queue.addAfter("d", 0);
  expect(began).toEqual(["a"]);
});
