import { describe, expect, it } from "vitest";
import { type LogSelection, selectLog } from "../../src/streams/log.js";

const START = "2024-05-01T00:00:00Z";
const ALL: LogSelection = { timestamps: false, since: undefined, tailLines: undefined, limitBytes: undefined };

async function select(lines: Iterable<string> | AsyncIterable<string>, wanted: Partial<LogSelection>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of selectLog(lines, { ...ALL, ...wanted }, START)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const LINES = ["2024-01-01T00:00:00Z old", "2024-06-01T00:00:00.5Z new", "plain"];

describe("logs", () => {
  it("come line by line, without their times unless asked for", async () => {
    expect(await select(LINES, {})).toBe("old\nnew\nplain\n");
    expect(await select(LINES, { timestamps: true })).toBe(
      "2024-01-01T00:00:00Z old\n2024-06-01T00:00:00.5Z new\n2024-05-01T00:00:00Z plain\n",
    );
  });

  it("begin with the last lines, or with those since a time", async () => {
    expect(await select(LINES, { tailLines: 2 })).toBe("new\nplain\n");
    expect(await select(LINES, { tailLines: 0 })).toBe("");
    expect(await select(LINES, { since: Date.parse("2024-04-01T00:00:00Z") })).toBe("new\nplain\n");
    expect(await select(LINES, { since: Date.parse("2024-05-15T00:00:00Z"), tailLines: 3 })).toBe("new\n");
  });

  it("end where there are too many bytes", async () => {
    expect(await select(LINES, { limitBytes: 6 })).toBe("old\nne");
    expect(await select(LINES, { limitBytes: 4 })).toBe("old\n");
  });

  it("tell the last lines of a source that waits, then what follows", async () => {
    let go = () => {};
    async function* source() {
      yield "a";
      yield "b";
      yield "c";
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      yield "d";
      yield "e";
    }
    const pieces = selectLog(source(), { ...ALL, tailLines: 1 }, START);
    expect(String((await pieces.next()).value)).toBe("c\n");
    const next = pieces.next();
    go();
    expect(String((await next).value)).toBe("d\n");
    expect(String((await pieces.next()).value)).toBe("e\n");
    expect((await pieces.next()).done).toBe(true);
  });
});
