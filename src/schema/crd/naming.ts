import { objectAt, stringAt } from "../../kube/access.js";
import { aggregateText } from "../../kube/field-errors.js";
import { goJson, goQuote } from "../../kube/go-text.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { type Condition, conditionOf, isTrue, sameCondition, setCondition } from "./conditions.js";
import { type Names, readNames } from "./definition.js";

/**
 * Gives a definition the names that are free in its group and says so in its status; undefined when there is nothing
 * to say. `others` are what the group's other definitions have been given. Upstream: controller/status/naming_controller.go.
 */
export function acceptNames(crd: KubeObject, others: readonly Names[], now: number): KubeObject | undefined {
  const wanted = readNames(objectAt(crd, "spec", "names"));
  const accepted = readNames(objectAt(crd, "status", "acceptedNames"));
  if (sameNames(wanted, accepted)) return undefined;
  const { names, condition } = chooseNames(wanted, accepted, [accepted, ...others]);
  if (sameNames(names, accepted) && sameCondition(condition, conditionOf(crd, "NamesAccepted"))) return undefined;
  const next = { ...crd, status: { ...objectAt(crd, "status"), acceptedNames: namesObject(names) } } as KubeObject;
  setCondition(next, condition, now);
  setCondition(next, establishedSoFar(crd, condition), now);
  return next;
}

export function sameNames(a: Names, b: Names): boolean {
  return goJson(namesObject(a)) === goJson(namesObject(b));
}

/** Whether its names are accepted but it is not served yet; then the definition as established. */
export function establish(crd: KubeObject, now: number): KubeObject | undefined {
  if (!isTrue(crd, "NamesAccepted") || isTrue(crd, "Established")) return undefined;
  const next = { ...crd, status: { ...objectAt(crd, "status") } } as KubeObject;
  const message = "the initial names have been accepted";
  setCondition(next, { type: "Established", status: "True", reason: "InitialNamesAccepted", message }, now);
  return next;
}

function establishedSoFar(crd: KubeObject, names: Condition): Condition {
  const old = conditionOf(crd, "Established");
  const type = "Established";
  if (old?.status !== "True" && names.status === "True") {
    return { type, status: "False", reason: "Installing", message: "the initial names have been accepted" };
  }
  if (!old) return { type, status: "False", reason: "NotAccepted", message: "not all names are accepted" };
  const [status, reason, message] = [old.status as "True", stringAt(old, "reason"), stringAt(old, "message")];
  return { type, status, reason, message };
}

/** The last conflict that is found names the reason. */
function chooseNames(wanted: Names, accepted: Names, group: readonly Names[]) {
  const taken = takenNames(group);
  const names = { ...accepted, categories: wanted.categories };
  let condition: Condition = {
    type: "NamesAccepted",
    status: "True",
    reason: "NoConflicts",
    message: "no conflicts found",
  };
  const refuse = (reason: string, message: string) => {
    condition = { type: "NamesAccepted", status: "False", reason, message };
  };
  const choose = (field: "plural" | "singular" | "kind" | "listKind", used: ReadonlySet<string>) => {
    if (wanted[field] === accepted[field] || !used.has(wanted[field])) names[field] = wanted[field];
    else refuse(`${field[0]!.toUpperCase()}${field.slice(1)}Conflict`, inUse(wanted[field]));
  };
  choose("plural", taken.resources);
  choose("singular", taken.resources);
  const own = new Set(accepted.shortNames);
  const clashes = wanted.shortNames.filter((name) => !own.has(name) && name !== "" && taken.resources.has(name));
  if (clashes.length > 0) refuse("ShortNamesConflict", aggregateText(clashes.map(inUse)));
  else names.shortNames = wanted.shortNames;
  choose("kind", taken.kinds);
  choose("listKind", taken.kinds);
  return { names: names as Names, condition };
}

function inUse(name: string): string {
  return `${goQuote(name)} is already in use`;
}

/** What the definitions of a group have been given so far. */
function takenNames(group: readonly Names[]) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const names of group) {
    for (const name of [names.plural, names.singular, ...names.shortNames]) resources.add(name);
    for (const name of [names.kind, names.listKind]) kinds.add(name);
  }
  return { resources, kinds };
}

/** Names as the API has them. */
function namesObject(names: Names): JsonObject {
  return {
    plural: names.plural,
    kind: names.kind,
    ...(names.singular === "" ? {} : { singular: names.singular }),
    ...(names.shortNames.length === 0 ? {} : { shortNames: [...names.shortNames] }),
    ...(names.listKind === "" ? {} : { listKind: names.listKind }),
    ...(names.categories.length === 0 ? {} : { categories: [...names.categories] }),
  };
}
