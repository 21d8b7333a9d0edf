/** More digits than 64 bits have in any base. */
const MOST_DIGITS = 64;
const BEYOND = 1n << 64n;

/**
 * The number that digits stand for. One of more than 64 bits may become another such: BigInt is busy for seconds with a
 * megabyte of digits, and nobody asks for more than that it is too large.
 *
 * @param digits at least one, without a sign
 * @param prefix of the base, if it is not ten
 */
export function boundedInteger(digits: string, prefix: "" | "0x" | "0o" | "0b" = ""): bigint {
  const significant = digits.replace(/^0+(?=.)/, "");
  return significant.length > MOST_DIGITS ? BEYOND : BigInt(prefix + significant);
}

/** Digits after a point, as many as can make a difference to 64 bits. */
export function boundedFraction(digits: string): string {
  return digits.slice(0, MOST_DIGITS);
}
