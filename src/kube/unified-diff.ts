/** Equal lines: `size` of them from line `a` of the one text and line `b` of the other. */
interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** Lines a to aEnd of the one text stand where lines b to bEnd of the other do. */
interface Edit {
  readonly equal: boolean;
  readonly a: number;
  readonly aEnd: number;
  readonly b: number;
  readonly bEnd: number;
}

/** From this many lines on, lines that are more frequent than one in a hundred no longer start a match. */
const LONG = 200;

/**
 * The hunks of a unified diff without file names, "" for equal texts. Which lines match is what Python's difflib says
 * (the longest block first, the earliest of several), because messages of a real server show a port of it;
 * upstream: apimachinery/pkg/util/diff.
 */
export function unifiedDiff(from: string, to: string, context = 3): string {
  const [a, b] = [from.split("\n"), to.split("\n")];
  return hunks(edits(matchingBlocks(a, b), a.length, b.length), context)
    .map((hunk) => `@@ -${range(hunk, "a", "aEnd")} +${range(hunk, "b", "bEnd")} @@\n${linesOf(hunk, a, b)}`)
    .join("");
}

function linesOf(hunk: readonly Edit[], a: readonly string[], b: readonly string[]): string {
  const marked = (mark: string, lines: readonly string[]): string => lines.map((line) => `${mark}${line}\n`).join("");
  return hunk
    .map((edit) => {
      const before = a.slice(edit.a, edit.aEnd);
      return edit.equal ? marked(" ", before) : marked("-", before) + marked("+", b.slice(edit.b, edit.bEnd));
    })
    .join("");
}

function range(hunk: readonly Edit[], start: "a" | "b", end: "aEnd" | "bEnd"): string {
  const first = hunk[0]![start];
  const length = hunk[hunk.length - 1]![end] - first;
  if (length === 1) return `${first + 1}`;
  return `${length === 0 ? first : first + 1},${length}`;
}

/** Runs of edits whose equal lines in between are few enough to be shown whole. */
function hunks(all: readonly Edit[], context: number): Edit[][] {
  const out: Edit[][] = [];
  let hunk: Edit[] = [];
  for (const [index, edit] of all.entries()) {
    const length = edit.aEnd - edit.a;
    const [first, last] = [index === 0, index === all.length - 1];
    if (!edit.equal || (length <= 2 * context && !first && !last)) {
      hunk.push(edit);
      continue;
    }
    const shown = Math.min(length, context);
    if (!first) hunk.push({ ...edit, aEnd: edit.a + shown, bEnd: edit.b + shown });
    if (hunk.some((part) => !part.equal)) out.push(hunk);
    hunk = last ? [] : [{ ...edit, a: edit.aEnd - shown, b: edit.bEnd - shown }];
  }
  if (hunk.some((part) => !part.equal)) out.push(hunk);
  return out;
}

function edits(blocks: readonly Block[], aLength: number, bLength: number): Edit[] {
  const out: Edit[] = [];
  let [a, b] = [0, 0];
  for (const block of [...blocks, { a: aLength, b: bLength, size: 0 }]) {
    if (a < block.a || b < block.b) out.push({ equal: false, a, aEnd: block.a, b, bEnd: block.b });
    [a, b] = [block.a + block.size, block.b + block.size];
    if (block.size > 0) out.push({ equal: true, a: block.a, aEnd: a, b: block.b, bEnd: b });
  }
  return out;
}

function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);
  const found: Block[] = [];
  const search = (aLow: number, aHigh: number, bLow: number, bHigh: number): void => {
    const block = longestMatch(a, b, places, [aLow, aHigh, bLow, bHigh]);
    if (block.size === 0) return;
    if (aLow < block.a && bLow < block.b) search(aLow, block.a, bLow, block.b);
    const last = found[found.length - 1];
    // Blocks that touch are one: an edit must not split them.
    if (last && last.a + last.size === block.a && last.b + last.size === block.b) {
      found[found.length - 1] = { ...last, size: last.size + block.size };
    } else found.push(block);
    const [aNext, bNext] = [block.a + block.size, block.b + block.size];
    if (aNext < aHigh && bNext < bHigh) search(aNext, aHigh, bNext, bHigh);
  };
  search(0, a.length, 0, b.length);
  return found;
}

function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    const known = places.get(line);
    if (known) known.push(index);
    else places.set(line, [index]);
  }
  if (lines.length < LONG) return places;
  const frequent = Math.floor(lines.length / 100) + 1;
  for (const [line, at] of places) if (at.length > frequent) places.delete(line);
  return places;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [aLow, aHigh, bLow, bHigh]: readonly [number, number, number, number],
): Block {
  let best: Block = { a: aLow, b: bLow, size: 0 };
  /** Line of b → how many equal lines end there and at the line of a before this one. */
  let ending = new Map<number, number>();
  for (let line = aLow; line < aHigh; line++) {
    const next = new Map<number, number>();
    for (const place of places.get(a[line]!) ?? []) {
      if (place < bLow || place >= bHigh) continue;
      const size = (ending.get(place - 1) ?? 0) + 1;
      next.set(place, size);
      if (size > best.size) best = { a: line - size + 1, b: place - size + 1, size };
    }
    ending = next;
  }
  // Frequent lines start no match but belong to one that they touch.
  let { a: aAt, b: bAt, size } = best;
  while (aAt > aLow && bAt > bLow && a[aAt - 1] === b[bAt - 1]) [aAt, bAt, size] = [aAt - 1, bAt - 1, size + 1];
  while (aAt + size < aHigh && bAt + size < bHigh && a[aAt + size] === b[bAt + size]) size++;
  return { a: aAt, b: bAt, size };
}
