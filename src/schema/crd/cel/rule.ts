import { fieldAt } from "../checks/field-path.js";
import type { Schema, ValidationRule } from "../schema.js";
import { worstCost } from "./cost/estimate.js";
import { type Compiled, compile } from "./lang/compile.js";
import { type Program, plan } from "./lang/plan.js";
import { type CelType, isNamed, isWrapper, optionalOf } from "./lang/types.js";
import type { DeclaredType } from "./objects/declared.js";

/** A rule made ready, or what is wrong with it. */
export interface CompiledRule {
  readonly source: ValidationRule;
  readonly problem: string | undefined;
  readonly program: Program | undefined;
  /** At most, for one value. */
  readonly cost: number;
  readonly usesOldSelf: boolean;
  readonly message: CompiledMessage | undefined;
  /** Below the value; undefined: the value itself. */
  readonly fieldPath: string | undefined;
}

export interface CompiledMessage {
  readonly problem: string | undefined;
  readonly program: Program | undefined;
  readonly cost: number;
}

const VARIABLES = ["self", "oldSelf"];

/** Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go, compileRule. */
export function compileRule(source: ValidationRule, schema: Schema, declared: DeclaredType): CompiledRule {
  const none = { problem: undefined, program: undefined, cost: 0 };
  const empty = { source, ...none, usesOldSelf: false, message: undefined, fieldPath: undefined };
  if (source.rule.trim() === "") return empty;
  const oldSelf = source.optionalOldSelf === true ? optionalOf(declared.type) : declared.type;
  const variables = new Map<string, CelType>([
    ["self", declared.type],
    ["oldSelf", oldSelf],
  ]);
  const compiled = compile(source.rule, variables);
  if ("problem" in compiled) return { ...empty, problem: `compilation failed: ${told(compiled.problem, declared)}` };
  if (!isExactly(compiled.checked.type, "bool")) return { ...empty, problem: "cel expression must evaluate to a bool" };
  if (compiled.misfit !== undefined) return { ...empty, problem: `program instantiation failed: ${compiled.misfit}` };
  const usesOldSelf = compiled.checked.used.has("oldSelf");
  return {
    ...{ source, problem: undefined, usesOldSelf },
    ...ready(compiled, declared),
    message: source.messageExpression === "" ? undefined : compileMessage(source, variables, declared),
    fieldPath: fieldPathOf(source, schema),
  };
}

/** Types are told from the rule's own value on. */
function told(problem: string, { name }: DeclaredType): string {
  return problem.replaceAll(name, "selfType");
}

function ready(compiled: Compiled, declared: DeclaredType): { program: Program; cost: number } {
  return { program: plan(compiled.expr, compiled.checked, VARIABLES), cost: worstCost(compiled, declared) };
}

function compileMessage(
  { messageExpression }: ValidationRule,
  variables: ReadonlyMap<string, CelType>,
  declared: DeclaredType,
): CompiledMessage {
  const none = { program: undefined, cost: 0 };
  const compiled = compile(messageExpression, variables);
  if ("problem" in compiled) {
    return { ...none, problem: `messageExpression compilation failed: ${told(compiled.problem, declared)}` };
  }
  if (compiled.misfit !== undefined)
    return { ...none, problem: `messageExpression instantiation failed: ${compiled.misfit}` };
  if (isExactly(compiled.checked.type, "string")) return { problem: undefined, ...ready(compiled, declared) };
  return { ...none, problem: "messageExpression must evaluate to a string" };
}

/** What wraps a value of the type does not do. */
function isExactly(type: CelType, name: string): boolean {
  return isNamed(type, name) && !isWrapper(type);
}

function fieldPathOf({ fieldPath }: ValidationRule, schema: Schema): string | undefined {
  if (fieldPath === "") return undefined;
  const found = fieldAt(fieldPath, schema, true);
  return "problem" in found ? undefined : found.path.toString();
}
