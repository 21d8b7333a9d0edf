import fc from "fast-check";
import { expect, it } from "vitest";
import { frames } from "../../src/server/respond.js";

it("cuts and joins chunks into frames of one size, losing nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 1, max: 20 }), (arrays, size) => {
      const chunks = arrays.map((array) => Buffer.from(array));
      const cut = [...frames(chunks, size)];
      expect(Buffer.concat(cut)).toEqual(Buffer.concat(chunks));
      expect(cut.slice(0, -1).every((frame) => frame.length === size)).toBe(true);
      expect(cut.every((frame) => frame.length > 0 && frame.length <= size)).toBe(true);
    }),
  );
});
