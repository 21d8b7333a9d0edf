/** The part of an operation id that names a group-version ("RbacAuthorizationV1"), and the tag ("rbacAuthorization_v1"). */
export function groupVersionNames(group: string, version?: string): { readonly id: string; readonly tag: string } {
  const name = group === "" ? "core" : group.replace(/\.k8s\.io$/, "");
  const id = camel(name, true) + (version === undefined ? "" : camel(version, true));
  const tag = camel(name, false) + (version === undefined ? "" : `_${camel(version, false)}`);
  return { id, tag };
}

/** First letter in upper case. */
export function title(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Drops what an identifier can't hold and capitalises what follows it; upstream: apiserver/pkg/endpoints/openapi/openapi.go. */
function camel(text: string, capitalFirst: boolean): string {
  const joined = text.replace(/[^\p{L}\p{Nd}_]+(.?)/gu, (_match, next: string) => next.toUpperCase());
  return capitalFirst ? title(joined) : joined;
}
