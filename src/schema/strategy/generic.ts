import { assign } from "../../kube/access.js";
import type { FieldError } from "../../kube/field-errors.js";
import type { KubeObject } from "../../kube/json.js";
import { bumpGeneration, type GenerationRule } from "./generation.js";
import type { Strategy, StrategyContext, UpdateStrategy } from "./strategy.js";

/** How the parts of a kind behave; from these a strategy is made. Whatever is left out is the common case. */
export interface KindRules {
  /** The kind has a /status endpoint: the resource itself ignores status, /status ignores spec. */
  readonly status?: boolean;
  /** There is /status, but the resource itself takes a status, too. */
  readonly statusOnly?: boolean;
  /** `onCreate` says what becomes of a new object's status. */
  readonly readsNewStatus?: boolean;
  /** What of metadata /status leaves as it was. "reset": all that ResetObjectMetaForStatus names. */
  readonly statusMetadata?: "writable" | "reset" | "replaced" | "labels";
  /** Generation is 1 on create, unless "fromZero", and counts up by the rule. */
  readonly generation?: GenerationRule;
  readonly generationFromZero?: boolean;
  readonly createOnUpdate?: boolean;
  readonly unconditionalUpdate?: boolean;
  readonly propagation?: "background" | "orphan";
  readonly returnsDeletedObject?: boolean;
  /** Beyond the above, after the status has been put aside and before the generation is counted. */
  readonly onCreate?: (object: KubeObject, ctx: StrategyContext) => void;
  readonly onUpdate?: (object: KubeObject, old: KubeObject, ctx: StrategyContext) => void;
  readonly onStatusUpdate?: (object: KubeObject, old: KubeObject, ctx: StrategyContext) => void;
  readonly canonicalize?: (object: KubeObject) => void;
  readonly subresources?: Readonly<Record<string, UpdateStrategy>>;
  readonly fields?: (object: KubeObject) => Record<string, string>;
  readonly graceful?: Strategy["graceful"];
}

/** Validation is added from its own registry. */
export const NOTHING = (): FieldError[] => [];

export function strategyOf(rules: KindRules): Strategy {
  const status = rules.status || rules.statusOnly ? { status: statusStrategy(rules) } : {};
  return {
    allowCreateOnUpdate: rules.createOnUpdate ?? false,
    allowUnconditionalUpdate: rules.unconditionalUpdate ?? true,
    prepareForCreate(object, ctx) {
      if (rules.status && !rules.readsNewStatus) delete object.status;
      if (rules.generation && !rules.generationFromZero) object.metadata.generation = 1;
      rules.onCreate?.(object, ctx);
    },
    prepareForUpdate(object, old, ctx) {
      if (rules.status) assign(object, "status", old.status);
      rules.onUpdate?.(object, old, ctx);
      if (rules.generation?.(object, old)) bumpGeneration(object, old);
    },
    validateCreate: NOTHING,
    validateUpdate: NOTHING,
    ...(rules.canonicalize && { canonicalize: rules.canonicalize }),
    ...(rules.graceful && { graceful: rules.graceful }),
    subresources: { ...status, ...rules.subresources },
    fields: rules.fields ?? (() => ({})),
    defaultPropagation: rules.propagation ?? "background",
    returnsDeletedObject: rules.returnsDeletedObject ?? false,
  };
}

function statusStrategy(rules: KindRules): UpdateStrategy {
  return {
    prepareForUpdate(object, old, ctx) {
      assign(object, "spec", old.spec);
      keepMetadata(object, old, rules.statusMetadata ?? "writable");
      rules.onStatusUpdate?.(object, old, ctx);
    },
    validateUpdate: NOTHING,
  };
}

const RESET = ["deletionTimestamp", "generation", "labels", "annotations", "finalizers", "ownerReferences"] as const;

/** Puts back metadata; upstream: apimachinery/pkg/apis/meta/v1/helpers.go (ResetObjectMetaForStatus). */
export function resetMetadata(object: KubeObject, old: KubeObject, names: readonly string[] = RESET): void {
  for (const name of names) assign(object.metadata, name, old.metadata[name]);
}

function keepMetadata(object: KubeObject, old: KubeObject, rule: NonNullable<KindRules["statusMetadata"]>): void {
  if (rule === "reset") resetMetadata(object, old);
  if (rule === "labels") resetMetadata(object, old, ["labels"]);
  if (rule === "replaced") {
    const managedFields = object.metadata.managedFields;
    object.metadata = { ...old.metadata };
    assign(object.metadata, "managedFields", managedFields);
  }
}
