import { goQuote } from "../../../../kube/go-text.js";
import { formatIp, type IpAddress, type IpRange, parseCidr, parseIp } from "../../../../kube/ip.js";
import { CelError, Opaque, type Value } from "../lang/values.js";
import { define, type FunctionDef, overload } from "./declare.js";

class IpValue extends Opaque {
  readonly typeName = "net.IP";

  constructor(readonly address: IpAddress) {
    super();
  }

  /** In bytes. */
  override get size(): number {
    return this.address.family === 4 ? 4 : 16;
  }

  override get text(): string {
    return formatIp(this.address);
  }

  equals(other: Value): boolean {
    return (
      other instanceof IpValue &&
      other.address.family === this.address.family &&
      other.address.value === this.address.value
    );
  }
}

class CidrValue extends Opaque {
  readonly typeName = "net.CIDR";

  constructor(readonly range: IpRange) {
    super();
  }

  /** That of the prefix, in bytes. */
  override get size(): number {
    return Math.ceil(this.range.bits / 8);
  }

  override get text(): string {
    return `${formatIp(this.range)}/${this.range.bits}`;
  }

  equals(other: Value): boolean {
    return other instanceof CidrValue && other.text === this.text;
  }
}

const isMapped = (text: string, family: number) => family === 4 && text.includes(":");
const hasZeros = (text: string) => !text.includes(":") && /(^|\.)0\d/.test(text);

/** Stricter than the server's older APIs: no leading zeros, no IPv4 in IPv6, no zones. */
function readIp(text: string): IpValue | string {
  const address = hasZeros(text) ? undefined : parseIp(text);
  if (!address) {
    return `IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): unable to parse IP`;
  }
  if (isMapped(text, address.family)) return `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`;
  return new IpValue(address);
}

function readCidr(text: string): CidrValue | string {
  const [address = "", bits] = text.split("/");
  const canonical = bits !== undefined && /^(0|[1-9]\d*)$/.test(bits);
  const range = hasZeros(address) || !canonical ? undefined : parseCidr(text);
  if (!range) {
    const why = bits === undefined ? "no '/'" : "unable to parse IP";
    return `network address parse error during conversion from string: netip.ParsePrefix(${goQuote(text)}): ${why}`;
  }
  if (isMapped(address, range.family)) return `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`;
  return new CidrValue(range);
}

function ipOf(text: string): IpValue {
  const value = readIp(text);
  if (typeof value === "string") throw new CelError(value);
  return value;
}

function cidrOf(text: string): CidrValue {
  const value = readCidr(text);
  if (typeof value === "string") {
    throw new CelError(`network address parse error during conversion from string: ${value}`);
  }
  return value;
}

function top({ family, value }: IpAddress, bits: number): bigint {
  return value >> BigInt((family === 4 ? 32 : 128) - bits);
}

const isUnspecified = ({ value }: IpAddress) => value === 0n;
const isLoopback = (ip: IpAddress) => (ip.family === 4 ? top(ip, 8) === 127n : ip.value === 1n);
const isMulticast = (ip: IpAddress) => (ip.family === 4 ? top(ip, 4) === 14n : top(ip, 8) === 0xffn);
const isLinkLocalMulticast = (ip: IpAddress) =>
  ip.family === 4 ? top(ip, 24) === 0xe00000n : (top(ip, 16) & 0xff0fn) === 0xff02n;
const isLinkLocalUnicast = (ip: IpAddress) => (ip.family === 4 ? top(ip, 16) === 0xa9fen : top(ip, 10) === 0x3fan);
const isBroadcast = (ip: IpAddress) => ip.family === 4 && ip.value === 0xffffffffn;
const isGlobalUnicast = (ip: IpAddress) =>
  ![isUnspecified, isBroadcast, isLoopback, isMulticast, isLinkLocalUnicast].some((test) => test(ip));

function containsIp({ range }: CidrValue, { address }: IpValue): boolean {
  return range.family === address.family && address.value >= range.first && address.value <= range.last;
}

function containsCidr({ range }: CidrValue, other: CidrValue): boolean {
  const { range: inner } = other;
  return (
    range.family === inner.family && range.bits <= inner.bits && inner.first >= range.first && inner.last <= range.last
  );
}

function property(name: string, id: string, test: (ip: IpAddress) => boolean): FunctionDef {
  return define(
    name,
    overload(id, "net.IP.() -> bool", ({ address }: IpValue) => test(address)),
  );
}

const masked = ({ range }: CidrValue) => new CidrValue({ ...range, value: range.first });

/** Upstream: apiserver/pkg/cel/library/{ip,cidr}.go. */
export const NETWORK: readonly FunctionDef[] = [
  define(
    "ip",
    overload("string_to_ip", "(string) -> net.IP", ipOf),
    overload("cidr_ip", "net.CIDR.() -> net.IP", ({ range }: CidrValue) => new IpValue(range)),
  ),
  define(
    "isIP",
    overload("is_ip", "(string) -> bool", (text: string) => typeof readIp(text) !== "string"),
  ),
  define(
    "ip.isCanonical",
    overload("ip_is_canonical", "(string) -> bool", (text: string) => formatIp(ipOf(text).address) === text),
  ),
  define(
    "family",
    overload("ip_family", "net.IP.() -> int", ({ address }: IpValue) => BigInt(address.family)),
  ),
  property("isUnspecified", "ip_is_unspecified", isUnspecified),
  property("isLoopback", "ip_is_loopback", isLoopback),
  property("isLinkLocalMulticast", "ip_is_link_local_multicast", isLinkLocalMulticast),
  property("isLinkLocalUnicast", "ip_is_link_local_unicast", isLinkLocalUnicast),
  property("isGlobalUnicast", "ip_is_global_unicast", isGlobalUnicast),
  define(
    "string",
    overload("ip_to_string", "(net.IP) -> string", ({ address }: IpValue) => formatIp(address)),
    overload("cidr_to_string", "(net.CIDR) -> string", ({ text }: CidrValue) => text),
  ),
  define("cidr", overload("string_to_cidr", "(string) -> net.CIDR", cidrOf)),
  define(
    "isCIDR",
    overload("is_cidr", "(string) -> bool", (text: string) => typeof readCidr(text) !== "string"),
  ),
  define(
    "containsIP",
    overload("cidr_contains_ip_string", "net.CIDR.(string) -> bool", (cidr: CidrValue, text: string) =>
      containsIp(cidr, ipOf(text)),
    ),
    overload("cidr_contains_ip_ip", "net.CIDR.(net.IP) -> bool", containsIp),
  ),
  define(
    "containsCIDR",
    overload("cidr_contains_cidr_string", "net.CIDR.(string) -> bool", (cidr: CidrValue, text: string) =>
      containsCidr(cidr, cidrOf(text)),
    ),
    overload("cidr_contains_cidr", "net.CIDR.(net.CIDR) -> bool", containsCidr),
  ),
  define(
    "prefixLength",
    overload("cidr_prefix_length", "net.CIDR.() -> int", ({ range }: CidrValue) => BigInt(range.bits)),
  ),
  define("masked", overload("cidr_masked", "net.CIDR.() -> net.CIDR", masked)),
];
