import { bytesOf, decode, itemsOf, oidOf } from "../../pki/asn1.js";

const ORGANIZATION = "2.5.4.10";
const PEM = /-----BEGIN CERTIFICATE REQUEST-----([\sA-Za-z0-9+/=]*)-----END CERTIFICATE REQUEST-----/;

/** The organizations (groups) in the subject of a PEM request that is base64 in `field`. Unreadable: none. */
export function organizationsOf(field: string): string[] {
  const body = PEM.exec(Buffer.from(field, "base64").toString("latin1"))?.[1];
  if (body === undefined) return [];
  try {
    const request = decode(Buffer.from(body, "base64"));
    const subject = itemsOf(itemsOf(request)[0])[1];
    const attributes = itemsOf(subject).flatMap((set) => itemsOf(set));
    const organizations = attributes.filter((attribute) => oidOf(itemsOf(attribute)[0]) === ORGANIZATION);
    return organizations.map((attribute) => bytesOf(itemsOf(attribute)[1]).toString());
  } catch {
    // Validation has refused what is no request before admission looks at it.
    return [];
  }
}
