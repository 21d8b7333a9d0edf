import { badRequest } from "../kube/errors.js";
import { parseFieldSelector, resolveFieldLabels } from "../kube/field-selector.js";
import { parseLabelSelector } from "../kube/label-selector-parser.js";
import type { ObjectIndex } from "../store/store.js";
import type { ListOptions } from "./options.js";
import type { Scope } from "./scope.js";

/** Which objects of a collection a request is about. */
export interface Selection {
  /** Lets every object pass. */
  readonly empty: boolean;
  /** The one name that can match: such a list is read by its key. */
  readonly onlyName: string | undefined;
  /** The one namespace that can match. Upstream: ListPredicate in registry/generic/registry/store.go. */
  readonly onlyNamespace: string | undefined;
  matches(index: ObjectIndex): boolean;
}

/** @throws ApiError 400 for a selector that does not parse, or a field that the kind can't be selected by */
export function selectionOf(scope: Scope, options: ListOptions): Selection {
  const labels = parseLabelSelector(options.labelSelector);
  const fields = resolveFieldLabels(parseFieldSelector(fieldSelector(scope, options)), scope.def);
  return {
    empty: labels.empty && fields.empty,
    onlyName: fields.exactMatch("metadata.name"),
    onlyNamespace: namespaceName(fields.exactMatch("metadata.namespace")),
    matches: (index) => labels.matches(index.labels) && fields.matches(index),
  };
}

function namespaceName(value: string | undefined): string | undefined {
  return value !== undefined && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value) ? value : undefined;
}

/** The old path of a watch on one object names it (endpoints/handlers/get.go, ListResource). */
function fieldSelector({ request: { info } }: Scope, { fieldSelector: given }: ListOptions): string {
  const [, name] = info.parts;
  if (info.verb !== "watch" || !name) return given;
  if (given === "") return `metadata.name=${name}`;
  if (info.name === name && parseFieldSelector(given).exactMatch("metadata.name") === name) return given;
  throw badRequest("fieldSelector metadata.name doesn't match requested name");
}
