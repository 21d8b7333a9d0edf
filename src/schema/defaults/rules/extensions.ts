import { ensureObject, listAt, objectsAt, stringAt } from "../../../kube/access.js";
import type { JsonObject } from "../../../kube/json.js";
import { orAbsent, orZero, rulesFor } from "../rule.js";

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go. */
export const EXTENSION_RULES = rulesFor("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1", {
  CustomResourceDefinition: definition,
});

function definition(value: JsonObject): void {
  const spec = ensureObject(value, "spec");
  const names = ensureObject(spec, "names");
  const kind = stringAt(names, "kind");
  orZero(names, { singular: kind.toLowerCase() });
  if (kind !== "") orZero(names, { listKind: `${kind}List` });
  orAbsent(spec, { conversion: { strategy: "None" } });
  if (listAt(value, "status", "storedVersions").length > 0) return;
  const stored = objectsAt(spec, "versions").find((version) => version.storage === true);
  if (stored) ensureObject(value, "status").storedVersions = [stringAt(stored, "name")];
}
