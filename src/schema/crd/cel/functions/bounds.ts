import { CelError, Duration, Timestamp, Uint } from "../lang/values.js";

const NANOS = 1_000_000_000n;
/** The years 1 to 9999, in seconds since 1970. */
const [MIN_SECONDS, MAX_SECONDS] = [-62_135_596_800n, 253_402_300_799n];

export function fitsInt(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** Throws {@link CelError} for what no int64 can hold; the same for the functions below. */
export function checkedInt(value: bigint): bigint {
  if (!fitsInt(value)) throw new CelError("integer overflow");
  return value;
}

export function checkedUint(value: bigint): Uint {
  if (BigInt.asUintN(64, value) !== value) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

export function checkedDuration(nanos: bigint): Duration {
  return new Duration(checkedInt(nanos));
}

export function checkedTimestamp(nanos: bigint, offset = 0): Timestamp {
  const seconds = floorDivide(nanos, NANOS);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) throw new CelError("timestamp overflow");
  return new Timestamp(nanos, offset);
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
