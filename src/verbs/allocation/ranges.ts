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

/** Gives out cluster IPs: neither the network's own address nor the IPv4 broadcast address. */
export class IpPool {
  readonly #range: IpRange;
  readonly #taken: ReadonlySet<string>;

  /** `taken` in canonical form. Throws RangeError for what is no CIDR. */
  constructor(cidr: string, taken: ReadonlySet<string>) {
    const range = parseCidr(cidr);
    if (!range) throw new RangeError(`not a CIDR: ${cidr}`);
    this.#range = range;
    this.#taken = taken;
  }

  get family(): "IPv4" | "IPv6" {
    return this.#range.family === 4 ? "IPv4" : "IPv6";
  }

  /** Takes the given address. Throws {@link Unavailable}. */
  take(text: string): void {
    const address = parseIp(text);
    if (!address || !this.#isInNetwork(address)) {
      throw new Unavailable("the provided network does not match the current range");
    }
    if (address.value < this.#first || address.value > this.#last) {
      const valid = formatCidr(this.#range);
      throw new Unavailable(
        `the provided IP (${formatIp(address)}) is not in the valid range. The range of valid IPs is ${valid}`,
      );
    }
    if (this.#taken.has(formatIp(address))) throw new Unavailable("provided IP is already allocated");
  }

  /** The first free address from a place that `seed` decides, static band last. Throws {@link Unavailable}. */
  next(seed: bigint): string {
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

  #isInNetwork({ family, value }: IpAddress): boolean {
    return family === this.#range.family && value >= this.#range.first && value <= this.#range.last;
  }

  get #first(): bigint {
    return this.#range.first + 1n;
  }

  get #last(): bigint {
    return this.#range.family === 4 ? this.#range.last - 1n : this.#range.last;
  }
}

/** Gives out node ports; what it gives counts as taken from then on. */
export class PortPool {
  constructor(
    readonly taken: Set<number>,
    readonly range: PortRange = NODE_PORTS,
  ) {}

  /** Throws {@link Unavailable}. */
  take(port: number): void {
    const { first, last } = this.range;
    if (port < first || port > last) {
      throw new Unavailable(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    }
    if (this.taken.has(port)) throw new Unavailable("provided port is already allocated");
    this.taken.add(port);
  }

  /** Throws {@link Unavailable}. */
  next(seed: bigint): number {
    const { first, last } = this.range;
    const size = last - first + 1;
    const band = Number(staticBand(BigInt(size)));
    const places = [...rotated(band, size, seed), ...rotated(0, band, seed)];
    const free = places.find((place) => !this.taken.has(first + place));
    if (free === undefined) throw new Unavailable(FULL);
    this.taken.add(first + free);
    return first + free;
  }
}

function* rotated(from: number, to: number, seed: bigint): Generator<number> {
  const size = to - from;
  for (let step = 0; step < size; step++) yield from + ((Number(seed % BigInt(size)) + step) % size);
}
