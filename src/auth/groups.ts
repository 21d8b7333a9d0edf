/**
 * The groups of somebody who has been authenticated; upstream: apiserver/pkg/authentication/group's
 * AuthenticatedGroupAdder.
 */
export function authenticatedGroups(name: string, groups: readonly string[]): readonly string[] {
  if (name === "system:anonymous" || groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)) return groups;
  return [...groups, AUTHENTICATED];
}

export const AUTHENTICATED = "system:authenticated";
export const UNAUTHENTICATED = "system:unauthenticated";
