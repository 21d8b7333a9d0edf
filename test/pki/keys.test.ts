import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generateKey, keyPem, parseKey } from "../../src/pki/keys.js";

describe("generateKey", () => {
  it("writes keys as others write them, those with leading zeros too", () => {
    // One number in 256 is a byte shorter than the others.
    for (let made = 0; made < 600; made++) {
      const { pem, spki, privateKey } = generateKey();
      const read = parseKey(pem);
      expect(keyPem(read.privateKey)).toBe(pem);
      expect(keyPem(privateKey)).toBe(pem);
      expect(createPublicKey(read.privateKey).export({ type: "spki", format: "der" }).equals(spki)).toBe(true);
      expect(read.spki.equals(spki)).toBe(true);
    }
  });
});
