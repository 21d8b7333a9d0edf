import type { Random } from "../patch/random.js";
import { valuesIn } from "./json-values.js";

/** Longest input, and how much longer the rare ones are that look for what grows faster than its input. */
const MAX_LENGTH = 2048;
const MAX_GROWN = 64 * 1024;
const GROWN = 0.0003;

const NUMBERS = [
  ..."0,-0,1,-1,2,127,128,255,256,32767,65535,65536,2147483647,-2147483648,2147483648,4294967295,4294967296".split(","),
  ..."9007199254740991,9007199254740993,9223372036854775807,-9223372036854775808,9223372036854775808".split(","),
  ..."18446744073709551615,18446744073709551616,1e308,1e309,-1e309,1e-400,1e999999999,0.1,1.0,1e3,1E+2,-".split(","),
  `${"9".repeat(400)}`,
];
const SCALARS = ['""', '"a"', '"__proto__"', '"\\u0000"', '"\\ud800"', '"é"', "null", "true", "false", "{}", "[]"];
const BYTES = [0, 1, 7, 0x0a, 0x0d, 0x20, 0x22, 0x2e, 0x2f, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xed, 0xf4, 0xfe, 0xff];

export interface Material {
  readonly words: readonly string[];
  /** Another input of the corpus. */
  other(): Buffer;
}

/** A few random changes, of which most keep JSON what it is if that is asked for. */
export function mutate(random: Random, input: Buffer, form: "bytes" | "text" | "json", material: Material): Buffer {
  if (random.chance(GROWN)) return grown(random, input);
  let out = input;
  for (let left = 1 + random.below(random.chance(0.3) ? 8 : 3); left > 0; left--) {
    if (form === "json" && random.chance(0.75)) out = changeValue(random, out, material);
    else if (form !== "bytes" && random.chance(0.7)) out = changeText(random, out, material);
    else out = changeBytes(random, out, material);
  }
  return out.length > MAX_LENGTH ? out.subarray(0, MAX_LENGTH) : out;
}

/** A piece of the input, very often. */
function grown(random: Random, input: Buffer): Buffer {
  const [from, to] = span(random, input, 40);
  const piece = input.subarray(from, Math.max(to, from + 1));
  if (piece.length === 0) return input;
  const times = Math.floor((1024 + random.below(MAX_GROWN)) / piece.length);
  return splice(input, from, to, Buffer.concat(Array.from({ length: times }, () => piece)));
}

function changeBytes(random: Random, input: Buffer, material: Material): Buffer {
  const at = random.below(input.length + 1);
  const [from, to] = span(random, input, 32);
  switch (random.below(8)) {
    case 0:
      return withByte(input, at, (input[at] ?? 0) ^ (1 << random.below(8)));
    case 1:
      return withByte(input, at, random.pick(BYTES));
    case 2:
      return splice(input, at, at, Buffer.from(Array.from({ length: 1 + random.below(4) }, () => random.below(256))));
    case 3:
      return splice(input, from, to, Buffer.alloc(0));
    case 4:
      return splice(input, at, at, input.subarray(from, to));
    case 5:
      return withByte(input, at, (input[at] ?? 0) + random.below(9) - 4);
    case 6:
      return input.subarray(0, at);
    default:
      return crossed(random, input, material.other());
  }
}

function changeText(random: Random, input: Buffer, material: Material): Buffer {
  const at = random.below(input.length + 1);
  const [from, to] = span(random, input, 12);
  const word = Buffer.from(material.words.length > 0 ? random.pick(material.words) : random.pick(NUMBERS));
  switch (random.below(7)) {
    case 0:
      return splice(input, at, at, word);
    case 1:
      return splice(input, from, to, word);
    case 2:
      return splice(input, at, at, Buffer.from(random.pick(NUMBERS)));
    case 3:
      return splice(input, at, at, Buffer.from(String.fromCharCode(0x20 + random.below(0x5f))));
    case 4:
      return splice(input, at, at, Buffer.from(String.fromCodePoint(0x80 + random.below(0xd700))));
    case 5:
      return splice(input, from, to, Buffer.alloc(0));
    default:
      return crossed(random, input, material.other());
  }
}

function changeValue(random: Random, input: Buffer, material: Material): Buffer {
  const values = valuesIn(input);
  if (values.length === 0) return changeText(random, input, material);
  const [from, to] = random.pick(values);
  const put = (by: Buffer | string) => splice(input, from, to, Buffer.from(by));
  switch (random.below(8)) {
    case 0:
      return put(random.pick(NUMBERS));
    case 1:
      return put(random.pick(SCALARS));
    case 2:
      return put(JSON.stringify(material.words.length > 0 ? random.pick(material.words) : "a"));
    case 3: {
      const other = material.other();
      const theirs = valuesIn(other);
      return theirs.length === 0 ? input : put(other.subarray(...random.pick(theirs)));
    }
    case 4:
      return put(input.subarray(...random.pick(values)));
    case 5:
      return put(`[${input.subarray(from, to)}]`);
    case 6:
      return put(`${input.subarray(from, to)},${input.subarray(...random.pick(values))}`);
    default:
      // With the comma that follows: a value less, or a name and its value apart.
      return splice(input, from, to + (input[to] === 0x2c ? 1 : 0), Buffer.alloc(0));
  }
}

function crossed(random: Random, left: Buffer, right: Buffer): Buffer {
  return Buffer.concat([
    left.subarray(0, random.below(left.length + 1)),
    right.subarray(random.below(right.length + 1)),
  ]);
}

function span(random: Random, input: Buffer, most: number): [from: number, to: number] {
  const from = random.below(input.length + 1);
  return [from, Math.min(input.length, from + random.below(most))];
}

function splice(input: Buffer, from: number, to: number, by: Uint8Array): Buffer {
  return Buffer.concat([input.subarray(0, from), by, input.subarray(to)]);
}

function withByte(input: Buffer, at: number, byte: number): Buffer {
  const out = Buffer.from(input);
  if (at < out.length) out[at] = byte;
  return out;
}
