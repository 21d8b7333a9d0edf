import type { Sources } from "../../kube/clock.js";
import type { FieldError } from "../../kube/field-errors.js";
import type { UserInfo } from "../../kube/handler.js";
import type { KubeObject } from "../../kube/json.js";
import type { Surroundings } from "../validation/checks.js";

/** What preparing an object may look at besides the object. */
export interface StrategyContext extends Surroundings {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly sources: Sources;
  /** Who writes: a CertificateSigningRequest records it. */
  readonly user?: UserInfo;
  /** Adds a Warning header to the answer. */
  warn(message: string): void;
}

/** How one endpoint (the resource itself or a subresource) takes an update. */
export interface UpdateStrategy {
  /** Puts back what this endpoint may not change and counts the generation up. Changes `object` only. */
  prepareForUpdate(object: KubeObject, old: KubeObject, ctx: StrategyContext): void;
  validateUpdate(object: KubeObject, old: KubeObject): FieldError[];
  authorize?(object: KubeObject, old: KubeObject | undefined, around: Surroundings): FieldError[];
  updateWarnings?(object: KubeObject, old: KubeObject): string[];
  /** What is warned of although the update is refused for other reasons; asked after `validateUpdate`. */
  refusalWarnings?(object: KubeObject): readonly string[];
}

export interface GracefulOptions {
  readonly gracePeriodSeconds?: number;
}

/**
 * What Kubernetes does in code, not in schema, for one resource; upstream: pkg/registry/<group>/<resource>/strategy.go.
 * Objects are decoded, defaulted and in their storage version. A scale subresource writes through the main strategy.
 */
export interface Strategy extends UpdateStrategy {
  /** PUT of a name that does not exist creates it. */
  readonly allowCreateOnUpdate: boolean;
  /** PUT without resourceVersion is accepted. */
  readonly allowUnconditionalUpdate: boolean;
  prepareForCreate(object: KubeObject, ctx: StrategyContext): void;
  validateCreate(object: KubeObject): FieldError[];
  createWarnings?(object: KubeObject): string[];
  /** Brings an object that passed validation into its common form. */
  canonicalize?(object: KubeObject): void;
  /** status, finalize, approval, ephemeralcontainers, resize: those that are updated with the parent's kind. */
  readonly subresources: Readonly<Record<string, UpdateStrategy>>;
  /** Selectable fields beyond metadata.name and metadata.namespace. */
  fields(object: KubeObject): Record<string, string>;
  /** The grace period of a delete, for kinds that are deleted gracefully; undefined: deleted at once. */
  graceful?(object: KubeObject, options: GracefulOptions): { gracePeriodSeconds: number } | undefined;
  /** What a delete without propagationPolicy does with dependents; upstream: DefaultGarbageCollectionPolicy. */
  readonly defaultPropagation: "background" | "orphan";
  /** DELETE answers with the deleted object instead of a Status; upstream: ReturnDeletedObject. */
  readonly returnsDeletedObject: boolean;
}
