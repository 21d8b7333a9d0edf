import { type FieldError, invalidValue } from "../../../kube/field-errors.js";
import { FieldPath } from "../../../kube/field-path.js";
import { BASELINE } from "./baseline.js";
import type { PodParts, Violation } from "./check.js";
import { OVERRIDDEN, RESTRICTED } from "./restricted.js";

/** Least strict first. */
const LEVELS = ["privileged", "baseline", "restricted"] as const;
/** The newest version that has rules of its own; later ones and "latest" are the same. */
const NEWEST_MINOR = 34;

export interface LevelVersion {
  readonly level: (typeof LEVELS)[number];
  /** "latest", or "v1.N". */
  readonly version: string;
}

/** What a namespace's labels ask for; upstream: pod-security-admission/api/helpers.go (PolicyToEvaluate). */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly warn: LevelVersion;
  readonly errors: readonly FieldError[];
}

export const shown = ({ level, version }: LevelVersion): string => `${level}:${version}`;
export const compareLevels = (a: LevelVersion, b: LevelVersion): number =>
  LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);

const PREFIX = "pod-security.kubernetes.io/";
const LABELS = FieldPath.of("metadata", "labels");

export function policyOf(labels: Readonly<Record<string, string>>): Policy {
  const errors: FieldError[] = [];
  const level = (mode: string, otherwise: LevelVersion["level"]): LevelVersion["level"] | undefined => {
    const value = labels[`${PREFIX}${mode}`];
    const found = LEVELS.find((each) => each === value);
    if (value === undefined || found) return found;
    const why = `must be one of ${LEVELS.join(", ")}`;
    errors.push(invalidValue(LABELS.key(`${PREFIX}${mode}`), value, why));
    return otherwise;
  };
  const version = (mode: string): string | undefined => {
    const key = `${PREFIX}${mode}-version`;
    const value = labels[key];
    if (value === undefined || value === "latest" || /^v1\.([0-9]|[1-9][0-9]*)$/.test(value)) return value;
    errors.push(invalidValue(LABELS.key(key), value, 'must be "latest" or "v1.x"'));
    return "latest";
  };
  const enforced = level("enforce", "restricted");
  const wellFormed = enforced !== undefined && errors.length === 0;
  const enforce = { level: enforced ?? "privileged", version: version("enforce") ?? "latest" };
  level("audit", "privileged");
  version("audit");
  const [warnLevel, warnVersion] = [level("warn", "privileged"), version("warn")];
  const warn = { level: warnLevel ?? "privileged", version: warnVersion ?? "latest" };
  // Who enforces more than nothing is warned of it, too.
  if (warnLevel !== undefined || !wellFormed || enforce.level === "privileged") return { enforce, warn, errors };
  return { enforce, warn: { level: enforce.level, version: warnVersion ?? enforce.version }, errors };
}

/** Every rule of a level that a pod breaks, in upstream's order; upstream: policy/registry.go. */
export function violations({ level, version }: LevelVersion, pod: PodParts): Violation[] {
  if (level === "privileged") return [];
  const minor = version === "latest" ? NEWEST_MINOR : Math.min(Number(version.slice(3)), NEWEST_MINOR);
  const restricted = level === "restricted";
  const baseline = BASELINE.filter(
    (check) => !restricted || minor < (OVERRIDDEN.get(check) ?? Number.POSITIVE_INFINITY),
  );
  return [...baseline, ...(restricted ? RESTRICTED : [])].flatMap((check) => check(pod, minor) ?? []);
}

export function detailOf(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");
}
