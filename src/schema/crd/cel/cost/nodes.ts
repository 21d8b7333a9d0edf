import type { Expr } from "../lang/ast.js";
import type { CelType } from "../lang/types.js";
import type { DeclaredType } from "../objects/declared.js";
import { MAX, type Range } from "./range.js";

/** An argument as far as costs depend on it. */
export interface CostNode {
  readonly expr: Expr | undefined;
  readonly type: CelType;
  /** From the variable on: names of fields, "@items", "@values", "@keys". */
  readonly path: readonly string[] | undefined;
  /** What the expression itself tells. */
  readonly size: Range | undefined;
}

/** What bounds the size of an object's part; upstream: schema/cel/compilation.go, sizeEstimator. */
export function declaredSize(root: DeclaredType, path: readonly string[] | undefined): Range | undefined {
  if (!path || path.length === 0) return undefined;
  let part: DeclaredType | undefined = root;
  for (const name of path.slice(1)) {
    if (name === "@items" || name === "@values") part = part.item;
    else part = name === "@keys" ? part.key : part.fields?.get(name);
    if (!part) return undefined;
  }
  return { min: 0, max: part.maxElements };
}

export class Sizes {
  constructor(readonly root: DeclaredType) {}

  of(node: CostNode): Range {
    return node.size ?? declaredSize(this.root, node.path) ?? { min: 0, max: MAX };
  }

  /** Elements of a list that is an argument. */
  elementsOf({ type, path }: CostNode): CostNode | undefined {
    if (type.kind === "param" || type.params.length === 0) return undefined;
    return { expr: undefined, type: type.params[0]!, path: path && [...path, "@items"], size: undefined };
  }
}
