import { numberAt, objectAt, optionalNumberAt, stringAt } from "../../kube/access.js";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "../../kube/field-errors.js";
import { FieldPath } from "../../kube/field-path.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { isDns1123Subdomain } from "../../kube/names.js";
import { semanticEqual } from "../strategy/equality.js";
import type { KindChecks } from "./checks.js";
import { validateCoreMeta } from "./core-meta.js";
import { validateConditions } from "./flow-schemas.js";
import { internalJson } from "./internal-json.js";

/** upstream: apis/flowcontrol/validation (ValidatePriorityLevelConfiguration and below). */

const SPEC = FieldPath.of("spec");
const SPEC_TYPE = "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec";
const METADATA = FieldPath.of("metadata");
const ROUND_TRIP = "flowcontrol.k8s.io/concurrency-shares-defaults-to-zero";
const MAX_QUEUES = 10_000_000;
const MAX_HASH_BITS = 60;

const CATCH_ALL = {
  type: "Limited",
  limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" }, lendablePercent: 0 },
};

function validateLevel(level: KubeObject): FieldError[] {
  const spec = objectAt(level, "spec") ?? {};
  const name = level.metadata.name ?? "";
  const errors = validateCoreMeta(level, false, isDns1123Subdomain);
  if (level.metadata.annotations?.[ROUND_TRIP] !== undefined) {
    errors.push(forbiddenField(METADATA.child("annotations"), `annotation '${ROUND_TRIP}' is forbidden`));
  }
  errors.push(...validateSpec(spec, name));
  const { exempt: _, ...rest } = spec;
  const shown = () => internalJson(spec, SPEC_TYPE);
  if (name === "exempt" && !semanticEqual(rest, { type: "Exempt" })) {
    const why = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
    errors.push(invalidValue(SPEC, shown(), why));
  }
  if (name === "catch-all" && !semanticEqual(spec, CATCH_ALL)) {
    errors.push(invalidValue(SPEC, shown(), "spec of 'catch-all' must equal the fixed value"));
  }
  return [...errors, ...validateConditions(level)];
}

function validateSpec(spec: JsonObject, name: string): FieldError[] {
  const type = stringAt(spec, "type");
  const [limited, exempt] = [objectAt(spec, "limited"), objectAt(spec, "exempt")];
  const [limitedAt, exemptAt] = [SPEC.child("limited"), SPEC.child("exempt")];
  const errors: FieldError[] = [];
  if ((name === "exempt") !== (type === "Exempt")) {
    errors.push(invalidValue(SPEC.child("type"), type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  if (type === "Exempt") {
    if (limited) errors.push(forbiddenField(limitedAt, "must be nil if the type is not Limited"));
    if (exempt) errors.push(...validateShares(exemptAt, exempt), ...validateLendable(exemptAt, exempt));
    return errors;
  }
  if (type !== "Limited") return [...errors, notSupported(SPEC.child("type"), type, ["Exempt", "Limited"])];
  if (exempt) errors.push(forbiddenField(exemptAt, "must be nil if the type is Limited"));
  if (!limited) return [...errors, required(limitedAt, "must not be empty when type is Limited")];
  const borrowed = optionalNumberAt(limited, "borrowingLimitPercent");
  const negative = borrowed !== undefined && borrowed < 0;
  const why = "if specified, must be a non-negative integer";
  return [
    ...errors,
    ...validateShares(limitedAt, limited),
    ...validateResponse(limitedAt.child("limitResponse"), objectAt(limited, "limitResponse")),
    ...validateLendable(limitedAt, limited),
    ...(negative ? [invalidValue(limitedAt.child("borrowingLimitPercent"), borrowed, why)] : []),
  ];
}

function validateShares(path: FieldPath, limits: JsonObject): FieldError[] {
  const shares = numberAt(limits, "nominalConcurrencyShares");
  if (shares >= 0) return [];
  return [invalidValue(path.child("nominalConcurrencyShares"), shares, "must be a non-negative integer")];
}

function validateLendable(path: FieldPath, limits: JsonObject): FieldError[] {
  const percent = numberAt(limits, "lendablePercent");
  if (percent >= 0 && percent <= 100) return [];
  return [invalidValue(path.child("lendablePercent"), percent, "must be between 0 and 100, inclusive")];
}

function validateResponse(path: FieldPath, response: JsonObject | undefined): FieldError[] {
  const type = stringAt(response, "type");
  const queuing = objectAt(response, "queuing");
  const at = path.child("queuing");
  if (type === "Reject") {
    return queuing ? [forbiddenField(at, "must be nil if limited.limitResponse.type is not Limited")] : [];
  }
  if (type !== "Queue") return [notSupported(path.child("type"), type, ["Queue", "Reject"])];
  if (queuing) return validateQueuing(at, queuing);
  return [required(at, "must not be empty if limited.limitResponse.type is Limited")];
}

function validateQueuing(path: FieldPath, queuing: JsonObject): FieldError[] {
  const [limit, queues, hand] = ["queueLengthLimit", "queues", "handSize"].map((field) => numberAt(queuing, field)) as [
    number,
    number,
    number,
  ];
  const errors: FieldError[] = [];
  if (limit <= 0) errors.push(invalidValue(path.child("queueLengthLimit"), limit, "must be positive"));
  const queuesAt = path.child("queues");
  if (queues <= 0) errors.push(invalidValue(queuesAt, queues, "must be positive"));
  else if (queues > MAX_QUEUES) errors.push(invalidValue(queuesAt, queues, `must not be greater than ${MAX_QUEUES}`));
  const handAt = path.child("handSize");
  if (hand <= 0) errors.push(invalidValue(handAt, hand, "must be positive"));
  else if (hand > queues) errors.push(invalidValue(handAt, hand, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * hand) > MAX_HASH_BITS) {
    const sizes = `deckSize ${queues} and handSize ${hand}`;
    const why = `required entropy bits of ${sizes} should not be greater than ${MAX_HASH_BITS}`;
    errors.push(invalidValue(handAt, hand, why));
  }
  return errors;
}

export const priorityLevelChecks: KindChecks = {
  validateCreate: validateLevel,
  validateUpdate: validateLevel,
  subresources: { status: { validateUpdate: validateConditions } },
};
