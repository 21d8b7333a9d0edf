import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message } from "../../src/etcd/wire/message.js";
import { AlarmResponse, MemberMessage, MembersResponse } from "../../src/etcd/wire/messages.js";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const member = fc.record({
  id: uint64,
  name: fc.string({ unit: "grapheme" }),
  peerUrls: fc.array(fc.string()),
  clientUrls: fc.array(fc.string()),
  isLearner: fc.boolean(),
});

describe("messages", () => {
  it("come back as they went", () => {
    fc.assert(
      fc.property(member, (value) => {
        expect(MemberMessage.decode(MemberMessage.encode(value))).toEqual(value);
      }),
    );
  });

  it("are on the wire as protocol buffers have it", () => {
    const bytes = MembersResponse.encode({
      header: { memberId: 300n },
      members: [{ id: 1n, name: "a", isLearner: true }],
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(`0a0310ac02${"1207"}${"0801"}${"120161"}${"2801"}`);
    expect(AlarmResponse.encode({ alarms: [{ alarm: 1 }] })).toEqual(Uint8Array.of(0x12, 2, 0x10, 1));
  });

  it("leave out zeros and skip what they do not know", () => {
    const small = new Message({ name: { no: 2, type: "string" } });
    expect(MemberMessage.encode({ id: 0n, name: "", isLearner: false }).length).toBe(0);
    expect(small.decode(MemberMessage.encode({ id: 7n, name: "n", peerUrls: ["u"] }))).toEqual({ name: "n" });
  });

  it("are refused when they are broken, and nothing worse", () => {
    const decode = (bytes: Uint8Array) => {
      try {
        MembersResponse.decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), decode));
    const whole = MembersResponse.encode({ members: [{ id: 1n, name: "abc" }] });
    for (let at = 1; at < whole.length; at++)
      expect(() => MembersResponse.decode(whole.subarray(0, at))).toThrow(Error);
    // The name's number with the wire type of a fixed64.
    expect(() => MemberMessage.decode(Uint8Array.of(0x11, 0, 0, 0, 0, 0, 0, 0, 0))).toThrow("wrong wire type");
  });
});
