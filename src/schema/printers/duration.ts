const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Go's durations end at about 292 years. */
const LONGEST = 9_223_372_036_854;

/**
 * A duration in milliseconds as kubectl shows ages: two or three significant figures.
 * Upstream: apimachinery/pkg/util/duration/duration.go, HumanDuration.
 */
export function humanDuration(ms: number): string {
  const length = Math.min(ms, LONGEST);
  const seconds = Math.trunc(length / SECOND);
  // A clock that is a little off counts as now.
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  if (length < 10 * MINUTE) return pair(length, MINUTE, "m", SECOND, "s");
  if (length < 3 * HOUR) return `${Math.floor(length / MINUTE)}m`;
  if (length < 8 * HOUR) return pair(length, HOUR, "h", MINUTE, "m");
  if (length < 2 * DAY) return `${Math.floor(length / HOUR)}h`;
  if (length < 8 * DAY) return pair(length, DAY, "d", HOUR, "h");
  if (length < 2 * 365 * DAY) return `${Math.floor(length / DAY)}d`;
  if (length < 8 * 365 * DAY) return pair(length, 365 * DAY, "y", DAY, "d");
  return `${Math.floor(length / (365 * DAY))}y`;
}

/** "5m30s"; "5m" when nothing of the smaller unit is left. */
function pair(length: number, unit: number, suffix: string, smaller: number, smallerSuffix: string): string {
  const whole = `${Math.floor(length / unit)}${suffix}`;
  const rest = Math.floor((length % unit) / smaller);
  return rest === 0 ? whole : `${whole}${rest}${smallerSuffix}`;
}
