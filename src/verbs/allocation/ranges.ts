import { formatCidr, formatIp, type IpAddress, type IpRange, parseCidr, parseIp } from "../../kube/ip.js";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** As --service-node-port-range has it by default. */
export const NODE_PORTS: PortRange = { first: 30000, last: 32767 };

/** Why an address or a port can't be had: the text that messages end with. */
export class Unavailable extends Error {}

const FULL = "range is full";

/** The static band at a range's start, which generated values avoid; upstream: ipallocator (calculateRangeOffset). */
function staticBand(size: bigint): bigint {
  const [low, high, divisor] = [16n, 256n, 16n];
  if (size <= low) return 0n;
  const band = size / divisor;
  return band < low ? low : band > high ? high : band;
}

/** What differs where nothing is stored: nothing is reserved, so generated values are stand-ins. */
export interface PoolOptions {
  readonly dryRun?: boolean;
}

/** Gives out cluster IPs: neither the network's own address nor the IPv4 broadcast address. */
export class IpPool {
  readonly #range: IpRange;
  readonly #taken: ReadonlySet<string>;
  readonly #dryRun: boolean;

  /** `taken` in canonical form. Throws RangeError for what is no CIDR. */
  constructor(cidr: string, taken: ReadonlySet<string>, options: PoolOptions = {}) {
    const range = parseCidr(cidr);
    if (!range) throw new RangeError(`not a CIDR: ${cidr}`);
    this.#range = range;
    this.#taken = taken;
    this.#dryRun = options.dryRun ?? false;
  }

  get family(): "IPv4" | "IPv6" {
    return this.#range.family === 4 ? "IPv4" : "IPv6";
  }

  /** Takes the given address. Throws {@link Unavailable}. */
  take(text: string): void {
    const address = parseIp(text);
    if (!address || !this.#contains(address)) throw new Unavailable(this.#outside(address));
    if (!this.#dryRun && this.#taken.has(formatIp(address))) {
      throw new Unavailable("provided IP is already allocated");
    }
  }

  /** Upstream has two allocators, and asks only one of them in a dry run. */
  #outside(address: IpAddress | undefined): string {
    if (!this.#dryRun || !address) return "the provided network does not match the current range";
    const valid = formatCidr(this.#range);
    return `the provided IP (${formatIp(address)}) is not in the valid range. The range of valid IPs is ${valid}`;
  }

  /** The first free address from a place that `seed` decides, static band last. Throws {@link Unavailable}. */
  next(seed: bigint): string {
    if (this.#dryRun) return formatIp({ family: this.#range.family, value: this.#range.first });
    const size = this.#last - this.#first + 1n;
    const band = staticBand(size);
    const found = this.#search(band, size, seed) ?? this.#search(0n, band, seed);
    if (found === undefined) throw new Unavailable(FULL);
    return found;
  }

  #search(from: bigint, to: bigint, seed: bigint): string | undefined {
    const size = to - from;
    for (let step = 0n; step < size; step++) {
      const value = this.#first + from + ((seed + step) % size);
      const text = formatIp({ family: this.#range.family, value });
      if (!this.#taken.has(text)) return text;
    }
    return undefined;
  }

  #contains({ family, value }: IpAddress): boolean {
    return family === this.#range.family && value >= this.#first && value <= this.#last;
  }

  get #first(): bigint {
    return this.#range.first + 1n;
  }

  get #last(): bigint {
    return this.#range.family === 4 ? this.#range.last - 1n : this.#range.last;
  }
}

/** A dry run's stand-ins for node ports begin here. */
const DRY_RUN_PORT = 32769;

/** Gives out node ports; what it gives counts as taken from then on. */
export class PortPool {
  readonly #taken: Set<number>;
  readonly #range: PortRange;
  readonly #dryRun: boolean;
  #dryRunPort = DRY_RUN_PORT;

  constructor(taken: ReadonlySet<number>, range: PortRange = NODE_PORTS, options: PoolOptions = {}) {
    this.#taken = new Set(taken);
    this.#range = range;
    this.#dryRun = options.dryRun ?? false;
  }

  /** Throws {@link Unavailable}. */
  take(port: number): void {
    const { first, last } = this.#range;
    if (!this.#dryRun && (port < first || port > last)) {
      throw new Unavailable(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    }
    if (this.#taken.has(port)) throw new Unavailable("provided port is already allocated");
    this.#taken.add(port);
    this.#dryRunPort = Math.max(port + 1, this.#dryRunPort === DRY_RUN_PORT ? 1 : this.#dryRunPort);
  }

  /** Throws {@link Unavailable}. */
  next(seed: bigint): number {
    // An int32, which may overflow.
    if (this.#dryRun) return this.#dryRunPort++ | 0;
    const { first, last } = this.#range;
    const size = last - first + 1;
    const band = Number(staticBand(BigInt(size)));
    for (const place of [...rotated(band, size, seed), ...rotated(0, band, seed)]) {
      if (this.#taken.has(first + place)) continue;
      this.#taken.add(first + place);
      return first + place;
    }
    throw new Unavailable(FULL);
  }
}

function* rotated(from: number, to: number, seed: bigint): Generator<number> {
  const size = to - from;
  for (let step = 0; step < size; step++) yield from + ((Number(seed % BigInt(size)) + step) % size);
}
