import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import type { FieldPath } from "../../kube/field-path.js";
import { goQuote } from "../../kube/go-text.js";
import { formatCidr, formatIp, parseCidr, parseIp } from "../../kube/ip.js";

/** An address in a field that older releases took loosely; what was there before stays fine. */
export function validateIp(path: FieldPath, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value) || parseIp(value)) return [];
  return [invalidValue(path, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
}

export function validateCidr(path: FieldPath, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value) || parseCidr(value)) return [];
  return [invalidValue(path, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
}

/** Go's netip is stricter than the sloppy readers: no leading zeros. */
function isStrict(address: string): boolean {
  return address.includes(":") || address.split(".").every((part) => part === "0" || !part.startsWith("0"));
}

/** An address in a new field: canonical or nothing; upstream: util/validation/ip.go (IsValidIP). */
export function validateStrictIp(path: FieldPath, value: string): FieldError[] {
  const address = parseIp(value);
  if (!address) return validateIp(path, value);
  if (!isStrict(value)) return [invalidValue(path, value, "must not have leading 0s")];
  if (address.family === 4 && value.includes(":")) {
    return [invalidValue(path, value, "must not be an IPv4-mapped IPv6 address")];
  }
  const canonical = formatIp(address);
  return canonical === value ? [] : [invalidValue(path, value, `must be in canonical form (${goQuote(canonical)})`)];
}

/** upstream: util/validation/ip.go (IsValidCIDR). */
export function validateStrictCidr(path: FieldPath, value: string): FieldError[] {
  const range = parseCidr(value);
  if (!range) return validateCidr(path, value);
  const [address, length] = value.split("/") as [string, string];
  const refuse = (why: string): FieldError[] => [invalidValue(path, value, why)];
  if (!isStrict(address) || !/^(0|[1-9]\d*)$/.test(length)) {
    return refuse("must not have leading 0s in IP or prefix length");
  }
  if (range.family === 4 && address.includes(":")) return refuse("must not have an IPv4-mapped IPv6 address");
  if (range.value !== range.first) return refuse("must not have bits set beyond the prefix length");
  const canonical = formatCidr(range);
  return canonical === value ? [] : refuse(`must be in canonical form (${goQuote(canonical)})`);
}

/** Warnings for addresses that mean something but should be written otherwise; upstream: util/validation/ip.go. */
export function ipWarnings(path: FieldPath, value: string): string[] {
  const address = parseIp(value);
  if (!address) return [];
  const canonical = formatIp(address);
  const mapped = address.family === 4 && value.includes(":");
  if (!isStrict(value) || mapped) {
    const use = `will be considered invalid in a future Kubernetes release: use ${goQuote(canonical)}`;
    return [`${path}: non-standard IP address ${goQuote(value)} ${use}`];
  }
  if (address.family === 4 || canonical === value) return [];
  return [`${path}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(canonical)})`];
}

export function cidrWarnings(path: FieldPath, value: string): string[] {
  const range = parseCidr(value);
  if (!range) return [];
  const network = formatCidr(range);
  const warnings: string[] = [];
  if (range.value !== range.first) {
    const single = `${formatIp(range)}/${range.family === 4 ? 32 : 128}`;
    const choice = `should be ${goQuote(network)} or ${goQuote(single)}?`;
    warnings.push(`${path}: CIDR value ${goQuote(value)} is ambiguous in this context (${choice})`);
  }
  const [address, length] = value.split("/") as [string, string];
  const mapped = range.family === 4 && address.includes(":");
  if (!isStrict(address) || mapped || (length.length > 1 && length.startsWith("0"))) {
    const use = `will be considered invalid in a future Kubernetes release: use ${goQuote(network)}`;
    warnings.push(`${path}: non-standard CIDR value ${goQuote(value)} ${use}`);
  }
  if (warnings.length === 0 && range.family === 6 && network !== value) {
    const form = `should be in RFC 5952 canonical format (${goQuote(network)})`;
    warnings.push(`${path}: IPv6 CIDR value ${goQuote(value)} ${form}`);
  }
  return warnings;
}

/** An address that endpoints can have: no loopback, no link-local; upstream: ValidateEndpointIP. */
export function validateEndpointIp(path: FieldPath, value: string): FieldError[] {
  const address = parseIp(value);
  if (!address) return [invalidValue(path, value, "must be a valid IP address")];
  const { family, value: number } = address;
  const within = (cidr: string): boolean => {
    const range = parseCidr(cidr);
    return range?.family === family && number >= range.first && number <= range.last;
  };
  const errors: FieldError[] = [];
  if (number === 0n) errors.push(invalidValue(path, value, `may not be unspecified (${value})`));
  if (within("127.0.0.0/8") || within("::1/128")) {
    errors.push(invalidValue(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  }
  if (within("169.254.0.0/16") || within("fe80::/10")) {
    errors.push(invalidValue(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  if (within("224.0.0.0/24") || within("ff02::/16")) {
    errors.push(invalidValue(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
  return errors;
}
