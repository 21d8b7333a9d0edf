import { type FieldError, invalidValue } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import { compareUtf8, goJson, goQuote } from "../../kube/go-text.js";
import { apiVersionOf } from "../../kube/gvr.js";
import type { Json, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain, isQualifiedName } from "../../kube/names.js";
import type { Strategy, UpdateStrategy } from "../strategy/strategy.js";
import { validateObjectMeta, validateObjectMetaUpdate } from "../validation/object-meta.js";
import { Correlation } from "./correlation.js";
import type { DefinedVersion } from "./definition.js";
import { validateEmbedded } from "./embedded.js";
import { validateListTypes } from "./list-type.js";
import { fieldErrors, ROOT } from "./result.js";
import type { RuleSet } from "./rules.js";
import { validateScaleSpec, validateScaleStatus } from "./scale-paths.js";
import type { CustomShape } from "./shape.js";
import { validateValue } from "./validate-value.js";

/** What a version of a custom resource is checked with. */
export interface CustomParts {
  readonly shape: CustomShape;
  readonly version: DefinedVersion;
  readonly namespaced: boolean;
  /** Undefined: the schema has no rules. */
  readonly rules: RuleSet | undefined;
  /** Values of selectable fields, by their names without the leading dot. */
  fields(object: KubeObject): Record<string, string>;
}

/** Upstream: apiextensions-apiserver/pkg/registry/customresource/{strategy,status_strategy,validator}.go. */
export function customStrategy(parts: CustomParts): Strategy {
  const { version, shape } = parts;
  return {
    allowCreateOnUpdate: false,
    allowUnconditionalUpdate: false,
    defaultPropagation: "background",
    returnsDeletedObject: false,
    prepareForCreate(object) {
      if (version.status) delete object.status;
      object.metadata.generation = 1;
    },
    prepareForUpdate(object, old) {
      if (version.status) {
        if (old.status !== undefined) object.status = old.status;
        else delete object.status;
      }
      if (goJson(withoutMetadata(object)) !== goJson(withoutMetadata(old))) {
        object.metadata.generation = Number(old.metadata.generation ?? 0) + 1;
      }
    },
    validateCreate(object) {
      const wrongType = typeMetaErrors(object, shape);
      const errors = wrongType.length > 0 ? wrongType : createErrors(object, parts);
      errors.push(...validateEmbedded(object, shape.own.schema, shape.reader, ROOT));
      errors.push(...validateListTypes(object, shape.own.schema, ROOT));
      return [...errors, ...ruleErrors(errors, parts, object, undefined)];
    },
    validateUpdate(object, old) {
      const wrongType = typeMetaErrors(object, shape);
      const errors = wrongType.length > 0 ? wrongType : updateErrors(object, old, parts);
      errors.push(...validateEmbedded(object, shape.own.schema, shape.reader, ROOT));
      if (validateListTypes(old, shape.own.schema, ROOT).length === 0) {
        errors.push(...validateListTypes(object, shape.own.schema, ROOT));
      }
      return [...errors, ...ruleErrors(errors, parts, object, old)];
    },
    createWarnings: (object) => finalizerWarnings(object.metadata.finalizers ?? []),
    updateWarnings(object, old) {
      const had = new Set(old.metadata.finalizers ?? []);
      const added = (object.metadata.finalizers ?? []).filter((name) => !had.has(name));
      return [...(tolerated.get(object) ?? []), ...finalizerWarnings(added)];
    },
    refusalWarnings: (object) => tolerated.get(object) ?? [],
    subresources: version.status ? { status: statusStrategy(parts) } : {},
    fields: parts.fields,
  };
}

function withoutMetadata({ metadata: _, ...rest }: KubeObject): Json {
  return rest as Json;
}

/** /status takes the status and nothing else. */
function statusStrategy(parts: CustomParts): UpdateStrategy {
  const { shape, version } = parts;
  return {
    prepareForUpdate(object, old) {
      const { status } = object;
      const { managedFields } = object.metadata;
      for (const name of Object.keys(object)) delete object[name];
      Object.assign(object, old, { metadata: { ...old.metadata } });
      if (managedFields === undefined) delete object.metadata.managedFields;
      else object.metadata.managedFields = managedFields;
      if (status === undefined) delete object.status;
      else object.status = status;
    },
    validateUpdate(object, old) {
      const errors = typeMetaErrors(object, shape);
      if (errors.length === 0) {
        errors.push(...validateObjectMetaUpdate(object, old), ...statusErrors(object, old, shape));
        errors.push(...validateScaleStatus(object, version.scale));
      }
      const lists = validateListTypes(object, shape.own.schema, ROOT);
      if (validateListTypes(old, shape.own.schema, ROOT).length === 0) errors.push(...lists);
      return [...errors, ...ruleErrors(errors, parts, object, old)];
    },
    updateWarnings: (object) => [...(tolerated.get(object) ?? [])],
    refusalWarnings: (object) => tolerated.get(object) ?? [],
  };
}

/** Only the schema of the status counts, and messages call it the root. */
function statusErrors(object: KubeObject, old: KubeObject, shape: CustomShape): FieldError[] {
  const schema = shape.own.schema?.properties.get("status");
  const { status } = object;
  if (!schema || status === undefined) return [];
  const before = new Correlation(object, old, shape.own.schema).key("status");
  return fieldErrors(validateValue(schema, status, "", before), FieldPath.of("status"));
}

function typeMetaErrors(object: KubeObject, { own }: CustomShape): FieldError[] {
  const errors: FieldError[] = [];
  const { kind } = own.gvk;
  const apiVersion = apiVersionOf(own.gvk);
  if (object.kind !== kind) errors.push(invalidValue("kind", object.kind, `must be ${kind}`));
  if (object.apiVersion !== apiVersion) {
    errors.push(invalidValue("apiVersion", object.apiVersion, `must be ${apiVersion}`));
  }
  return errors;
}

function createErrors(object: KubeObject, { shape, version, namespaced }: CustomParts): FieldError[] {
  const { schema } = shape.own;
  return [
    ...validateObjectMeta(object, namespaced, isDns1123Subdomain),
    ...(schema ? fieldErrors(validateValue(schema, object), ROOT) : []),
    ...validateScaleSpec(object, version.scale),
    ...validateScaleStatus(object, version.scale),
  ];
}

function updateErrors(object: KubeObject, old: KubeObject, { shape, version }: CustomParts): FieldError[] {
  const { schema } = shape.own;
  const before = new Correlation(object, old, schema);
  return [
    ...validateObjectMetaUpdate(object, old),
    ...(schema ? fieldErrors(validateValue(schema, object, "", before), ROOT) : []),
    ...validateScaleSpec(object, version.scale),
    ...validateScaleStatus(object, version.scale),
  ];
}

/** Rules are about objects of the right types; otherwise they are not asked at all. */
const BLOCKING: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const UNCHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** Rules that objects go on breaking, from when they are validated until their warnings are asked for. */
const tolerated = new WeakMap<KubeObject, readonly string[]>();

function ruleErrors(
  errors: readonly FieldError[],
  { rules }: CustomParts,
  object: KubeObject,
  old: KubeObject | undefined,
): FieldError[] {
  if (!rules) return [];
  if (errors.some((error) => BLOCKING.has(error.type))) return [invalidValue(ROOT, null, UNCHECKED)];
  const found = rules.validate(object, old, ROOT, true);
  if (found.warnings.length > 0) tolerated.set(object, found.warnings);
  return found.errors;
}

const KNOWN_FINALIZERS: ReadonlySet<string> = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

function finalizerWarnings(names: readonly string[]): string[] {
  return [...new Set(names)].sort(compareUtf8).flatMap((name) => {
    const head = `metadata.finalizers: ${goQuote(name)}:`;
    const warnings = isQualifiedName(name).map((reason) => `${head} ${reason}`);
    if (!name.includes("/") && !KNOWN_FINALIZERS.has(name)) {
      const path = name.includes(".") ? " including a path (/)" : "";
      const why = "to avoid accidental conflicts with other finalizer writers";
      warnings.push(`${head} prefer a domain-qualified finalizer name${path} ${why}`);
    }
    return warnings;
  });
}
