import { createHash } from "node:crypto";
import type { NodeAddress, NodeSpec } from "./spec.js";

/** Bytes that are always the same for a name. */
function digest(...parts: readonly string[]): Buffer {
  return createHash("sha256").update(parts.join("\0")).digest();
}

/** An address in 172.16.0.0/12, as machines on a network of their own have it. */
export function addressOf(name: string): string {
  const [a = 0, b = 0, c = 0] = digest("address", name);
  return `172.${16 + (a & 15)}.${b}.${1 + (c % 254)}`;
}

export function addressesOf(spec: NodeSpec): readonly NodeAddress[] {
  return (
    spec.addresses ?? [
      { type: "InternalIP", address: addressOf(spec.name) },
      { type: "Hostname", address: spec.name },
    ]
  );
}

export function internalAddress(spec: NodeSpec): string {
  return addressesOf(spec).find(({ type }) => type === "InternalIP")?.address ?? addressOf(spec.name);
}

/** 32 hexadecimal digits. */
export function hexOf(...parts: readonly string[]): string {
  return digest(...parts)
    .toString("hex")
    .slice(0, 32);
}

/** In the form of a UUID. */
export function uuidOf(...parts: readonly string[]): string {
  return hexOf(...parts).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}
