import { type CallCost, regexCost } from "./calls.js";
import type { CostNode } from "./nodes.js";
import { add, fixed, type Range, TRAVERSAL, times, UNKNOWN, union } from "./range.js";

/** Sizes without what the schema says, which the language's own functions do not ask for. */
const own = (node: CostNode): Range => node.size ?? UNKNOWN;

const COMPARISONS = /^(less|greater|less_equals|greater_equals)_(string|bytes)$|^(not_)?equals$/;

/** What the language's own functions cost, their arguments included; upstream: cel-go/checker/cost.go, functionCost. */
export function standardCost(
  id: string,
  target: CostNode | undefined,
  args: readonly CostNode[],
  costs: readonly Range[],
): CallCost {
  const sum = add(...costs);
  const [first, second, third] = args;
  switch (id) {
    case "string_format":
      return { cost: add(times(own(target!), TRAVERSAL), sum) };
    case "string_to_bytes": {
      const { min, max } = own(first!);
      return { cost: add(times({ min, max }, TRAVERSAL), sum), size: { min, max: max * 4 } };
    }
    case "bytes_to_string": {
      const { min, max } = own(first!);
      return { cost: add(times({ min, max }, TRAVERSAL), sum), size: { min: Math.floor(min / 4), max } };
    }
    case "strings_quote": {
      const { min, max } = own(first!);
      return { cost: add(times({ min, max }, TRAVERSAL), sum), size: { min: min + 2, max: max * 2 + 2 } };
    }
    case "starts_with_string":
    case "ends_with_string":
      return { cost: add(times(own(first!), TRAVERSAL), sum) };
    case "in_list":
      return { cost: add(own(second!), sum) };
    case "matches_string":
      return { cost: add(regexCost(own(target!), own(first!)), sum) };
    case "contains_string": {
      const [text, part] = [times(own(target!), TRAVERSAL), times(own(first!), TRAVERSAL)];
      return { cost: add({ min: text.min * part.min, max: text.max * part.max }, sum) };
    }
    case "logical_and":
    case "logical_or":
      return { cost: { min: costs[0]!.min, max: sum.max } };
    case "conditional":
      return { cost: add(costs[0]!, union(costs[1]!, costs[2]!)), size: union(own(second!), own(third!)) };
    case "add_list":
    case "add_string":
    case "add_bytes": {
      const size = add(own(first!), own(second!));
      return { cost: add(id === "add_list" ? fixed(1) : times(size, TRAVERSAL), sum), size };
    }
  }
  if (!COMPARISONS.test(id)) return { cost: add(fixed(1), sum) };
  const max = Math.min(own(first!).max, own(second!).max);
  return { cost: add(times({ min: max > 0 ? 1 : 0, max }, TRAVERSAL), sum) };
}
