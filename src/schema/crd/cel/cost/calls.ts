import { isNamed, sameType } from "../lang/types.js";
import type { CostNode, Sizes } from "./nodes.js";
import { add, fixed, MAX, multiply, type Range, REGEX, TRAVERSAL, times, union } from "./range.js";

/** What a call costs beyond its arguments, and how large its result is. */
export interface CallCost {
  readonly cost: Range;
  readonly size?: Range;
}

type Estimate = (
  args: readonly CostNode[],
  target: CostNode | undefined,
  sizes: Sizes,
  id: string,
) => CallCost | undefined;

const ONE: CallCost = { cost: fixed(1) };
const nominal: Estimate = () => ONE;

/** Reading an argument once, or `factor` times. */
function reading(factor = 1): Estimate {
  return ([first], _, sizes) => first && { cost: times(sizes.of(first), factor * TRAVERSAL) };
}

const sameLength: Estimate = (_, target, sizes) => {
  if (!target) return undefined;
  const size = sizes.of(target);
  return { cost: times(size, TRAVERSAL), size };
};

/** Each element once, and its text, too. */
const overElements: Estimate = (_, target, sizes) => {
  if (!target) return undefined;
  const element = sizes.elementsOf(target);
  if (!element) return { cost: times(sizes.of(target), TRAVERSAL) };
  const isText = isNamed(element.type, "string") || isNamed(element.type, "bytes");
  const each = isText ? add(fixed(1), times(sizes.of(element), TRAVERSAL)) : fixed(1);
  return { cost: multiply(sizes.of(target), each) };
};

const replace: Estimate = ([old, by], target, sizes) => {
  if (!target || !old || !by) return undefined;
  const [size, oldSize, newSize] = [sizes.of(target), sizes.of(old), sizes.of(by)];
  const longest = replaced(size.max, oldSize.min, newSize.max <= oldSize.min);
  const shortest = replaced(size.min, oldSize.max, oldSize.max <= newSize.min);
  const count = { min: shortest.count, max: longest.count };
  const kept = { min: shortest.kept, max: longest.kept };
  return { cost: times(size, 2 * TRAVERSAL), size: add(multiply(count, newSize), kept) };
};

/** How often something of a length can be replaced in a text, and what is left of it. */
function replaced(length: number, old: number, unchanged: boolean): { count: number; kept: number } {
  if (old === 0) return { count: Math.min(length + 1, MAX), kept: length };
  return unchanged ? { count: 0, kept: length } : { count: Math.ceil(length / old), kept: 0 };
}

const split: Estimate = ([, limit], target, sizes) => {
  if (!target) return undefined;
  const size = sizes.of(target);
  const max = limit?.expr?.kind === "literal" && typeof limit.expr.value === "bigint" ? limit.expr.value : undefined;
  return {
    cost: times(size, 2 * TRAVERSAL),
    size: { min: 0, max: max === undefined ? size.max : Number(BigInt.asUintN(64, max)) },
  };
};

const join: Estimate = ([separator], target, sizes) => {
  if (!target) return undefined;
  const count = sizes.of(target);
  const element = sizes.elementsOf(target);
  let size = element ? multiply(count, sizes.of(element)) : fixed(0);
  if (separator) {
    const gaps = { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) };
    size = add(size, multiply(sizes.of(separator), gaps));
  }
  return { cost: times(size, TRAVERSAL), size };
};

const find: Estimate = ([pattern], target, sizes) => {
  if (!target || !pattern) return undefined;
  const size = sizes.of(target);
  return { cost: regexCost(size, sizes.of(pattern)), size: { min: 0, max: size.max } };
};

export function regexCost(text: Range, pattern: Range): Range {
  return multiply(times(add(text, fixed(1)), TRAVERSAL), times(pattern, REGEX));
}

const ADDRESS: Range = { min: 4, max: 16 };

function containment(textId: string, own: Range): Estimate {
  return ([other], _, sizes, id) => {
    if (!other) return undefined;
    const compared = add(times(add(ADDRESS, ADDRESS), TRAVERSAL), own);
    return { cost: id === textId ? add(compared, times(sizes.of(other), TRAVERSAL)) : compared };
  };
}

const EQUAL_AT_ONCE: ReadonlySet<string> = new Set(["net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"]);
const MAX_FORMAT_NAME = 64;
const MAX_FORMAT_REGEX = 128;

const equality: Estimate = ([left, right]) => {
  if (!left || !right || left.type.kind === "param" || !sameType(left.type, right.type)) return undefined;
  const { name } = left.type;
  if (EQUAL_AT_ONCE.has(name)) return ONE;
  if (name === "kubernetes.NamedFormat") return { cost: times({ min: 1, max: MAX_FORMAT_NAME }, TRAVERSAL) };
  if (name !== "kubernetes.URL") return undefined;
  const size = right.size ? union(right.size, right.size) : fixed(1);
  return { cost: times({ min: 1, max: size.max }, TRAVERSAL) };
};

/** Each element of one list may be compared with each of the other. */
function overlap(factor: number): Estimate {
  return ([left, right], _, sizes) =>
    left && right && { cost: add(times(multiply(sizes.of(left), sizes.of(right)), factor), fixed(1)) };
}

function named(names: string, estimate: Estimate): readonly (readonly [string, Estimate])[] {
  return names.split(" ").map((name) => [name, estimate] as const);
}

/** Functions whose costs Kubernetes says itself; upstream: apiserver/pkg/cel/library/cost.go. */
const ESTIMATES: ReadonlyMap<string, Estimate> = new Map([
  ...named("isSorted sum max min indexOf lastIndexOf", overElements),
  ...named("url", ([text], _, sizes) => text && { cost: times(sizes.of(text), TRAVERSAL), size: sizes.of(text) }),
  ...named("lowerAscii upperAscii substring trim", sameLength),
  ...named("replace", replace),
  ...named("split", split),
  ...named("join", join),
  ...named("find findAll", find),
  ...named("cidr isIP isCIDR quantity isQuantity semver isSemver", reading()),
  ...named("ip", (args, target, sizes, id) => (id === "cidr_ip" ? ONE : reading()(args, target, sizes, id))),
  ...named("ip.isCanonical", reading(2)),
  ...named("masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast", nominal),
  ...named("isGlobalUnicast format.named", nominal),
  ...named("containsIP", containment("cidr_contains_ip_string", fixed(0))),
  ...named("containsCIDR", containment("cidr_contains_cidr_string", add(times(ADDRESS, TRAVERSAL), fixed(1)))),
  ...named(
    "validate",
    ([text], _, sizes) => text && { cost: times(times(sizes.of(text), TRAVERSAL), MAX_FORMAT_REGEX * REGEX) },
  ),
  ...named("sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub", nominal),
  ...named("major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery", nominal),
  ...named("_==_", equality),
  ...named("sets.contains sets.intersects", overlap(1)),
  ...named("sets.equivalent", overlap(2)),
]);

export function kubernetesCost(
  name: string,
  id: string,
  target: CostNode | undefined,
  args: readonly CostNode[],
  sizes: Sizes,
): CallCost | undefined {
  return ESTIMATES.get(name)?.(args, target, sizes, id);
}
