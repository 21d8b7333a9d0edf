const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/** The order of a mapping's keys in goyaml's output: letters after everything else, numbers inside by their size. */
export function naturalOrder(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue;
    return differ(a, b, i);
  }
  return a.length - b.length;
}

function differ(a: readonly string[], b: readonly string[], at: number): number {
  const ca = a[at] ?? "";
  const cb = b[at] ?? "";
  const aLetter = LETTER.test(ca);
  const bLetter = LETTER.test(cb);
  if (aLetter && bLetter) return runeOrder(ca, cb);
  if (aLetter || bLetter) return bLetter ? -1 : 1;
  // A zero that differs continues a number only if a digit other than zero stands before it.
  const head = (ca === "0" || cb === "0") && continuesNumber(a, at) ? 1n : 0n;
  const [an, aEnd] = numberAt(a, at, head);
  const [bn, bEnd] = numberAt(b, at, head);
  if (an !== bn) return an < bn ? -1 : 1;
  if (aEnd !== bEnd) return aEnd - bEnd;
  return runeOrder(ca, cb);
}

function continuesNumber(chars: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && DIGIT.test(chars[i] ?? ""); i--) {
    if (chars[i] !== "0") return true;
  }
  return false;
}

function numberAt(chars: readonly string[], at: number, head: bigint): [bigint, number] {
  let value = head;
  let end = at;
  for (; DIGIT.test(chars[end] ?? ""); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt((chars[end]?.codePointAt(0) ?? 48) - 48));
  }
  return [value, end];
}

function runeOrder(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
