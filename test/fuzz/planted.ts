import type { Target } from "./target.js";

const kept: number[][] = [];

/** Faults of which each must be found. */
function planted(run: (text: string) => void): () => Promise<Target> {
  const seeds = ['{"name":"a","list":[1,2]}'];
  return async () => ({
    seeds,
    words: ["magic"],
    form: "json",
    run(input) {
      run(input.toString("latin1"));
      return String(input.length);
    },
  });
}

export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  crash: planted((text) => {
    if (text.includes('"magic":')) throw new TypeError("planted");
  }),
  hang: planted((text) => {
    while (text.includes("magic"));
  }),
  memory: planted(() => {
    kept.push(new Array(500).fill(kept.length));
  }),
  fine: planted(() => undefined),
};
