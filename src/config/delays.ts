/** How long something takes: any time between the two, in milliseconds. */
export interface Range {
  readonly minMs: number;
  readonly maxMs: number;
}

/** What machines take their time for: to be provisioned, to boot, and to join their cluster. */
export type Stage = (typeof STAGES)[number];

export type Delays = Readonly<Record<Stage, Range>>;

const STAGES = ["provisioning", "boot", "join"] as const;
const AT_ONCE: Range = { minMs: 0, maxMs: 0 };

export const NO_DELAYS: Delays = { provisioning: AT_ONCE, boot: AT_ONCE, join: AT_ONCE };

export const DELAYS_EXPECTED =
  "STAGE=TIME or STAGE=TIME..TIME, where STAGE is provisioning, boot or join and TIME is such as 500ms, 20s or 1m30s";

/** "provisioning=2m..5m", "boot=20s". Undefined when one of them does not fit. */
export function parseDelays(parts: readonly string[]): Delays | undefined {
  const delays: Record<Stage, Range> = { ...NO_DELAYS };
  for (const part of parts) {
    const [, name, times = ""] = /^(\w+)=(.*)$/.exec(part) ?? [];
    const stage = STAGES.find((each) => each === name);
    const range = parseRange(times);
    if (stage === undefined || range === undefined) return undefined;
    delays[stage] = range;
  }
  return delays;
}

function parseRange(text: string): Range | undefined {
  const [from = "", to = from, ...rest] = text.split("..");
  const [minMs, maxMs] = [parseDuration(from), parseDuration(to)];
  if (minMs === undefined || maxMs === undefined || minMs > maxMs || rest.length > 0) return undefined;
  return { minMs, maxMs };
}

/** Up to a day. */
const LONGEST = 86_400_000;

function parseDuration(text: string): number | undefined {
  const [all, h, m, s, ms] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text) ?? [];
  if (all === undefined || all === "") return undefined;
  const sum = Number(h ?? 0) * 3_600_000 + Number(m ?? 0) * 60_000 + Number(s ?? 0) * 1_000 + Number(ms ?? 0);
  return sum <= LONGEST ? sum : undefined;
}

/** A time within the range; `random` is from 0 to 1. */
export function draw({ minMs, maxMs }: Range, random: number): number {
  return minMs + (maxMs - minMs) * random;
}
