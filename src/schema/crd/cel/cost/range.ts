/** From the least to the most that a size or a cost may be, in whole numbers; beyond MAX nothing is told apart. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const MAX = 2 ** 64;

export function fixed(value: number): Range {
  return { min: value, max: value };
}

export const UNKNOWN: Range = { min: 0, max: MAX };
export const ZERO: Range = fixed(0);

export function add(...ranges: readonly Range[]): Range {
  return ranges.reduce((a, b) => ({ min: Math.min(a.min + b.min, MAX), max: Math.min(a.max + b.max, MAX) }), ZERO);
}

export function multiply(a: Range, b: Range): Range {
  return { min: Math.min(a.min * b.min, MAX), max: Math.min(a.max * b.max, MAX) };
}

/** Rounded up. */
export function times({ min, max }: Range, factor: number): Range {
  return { min: Math.min(Math.ceil(min * factor), MAX), max: Math.min(Math.ceil(max * factor), MAX) };
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** What going through a text costs per character, and a regular expression per character of its own. */
export const TRAVERSAL = 0.1;
export const REGEX = 0.25;
