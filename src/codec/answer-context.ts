import type { StructType } from "../schema/model.js";
import type { SchemaTables } from "../schema/tables.js";
import { DerivedCache } from "./derived.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
const MIB = 1024 * 1024;

/** What answers are made with; one for all clusters that emulate the same Kubernetes version. */
export interface AnswerContext {
  readonly status: StructType;
  readonly objectMeta: StructType;
  readonly listMeta: StructType;
  readonly derived: DerivedCache;
  /** Watch frames apart from the rest: they are short-lived and many. */
  readonly frames: DerivedCache;
  /** What the emulated release says of a type's field, "" where its text is not at hand. */
  describe(type: string, field: string): string;
  /** Milliseconds since the epoch, for ages. */
  now(): number;
}

export interface AnswerLimits {
  /** Bytes of forms kept beside the stored objects. */
  readonly derivedBytes?: number;
  readonly frameBytes?: number;
}

export function answerContext(tables: SchemaTables, now: () => number, limits: AnswerLimits = {}): AnswerContext {
  return {
    status: tables.struct(`${META}Status`),
    objectMeta: tables.struct(`${META}ObjectMeta`),
    listMeta: tables.struct(`${META}ListMeta`),
    derived: new DerivedCache(limits.derivedBytes ?? 32 * MIB),
    frames: new DerivedCache(limits.frameBytes ?? 8 * MIB),
    describe: (type, field) => tables.descriptions.fieldText(tables.struct(type), field),
    now,
  };
}
