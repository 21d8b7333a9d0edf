const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** A namespace, a dot and a name. */
const LONGEST = 63 + 1 + 63;

/** Names go into host names, file names and certificates. Undefined: fine. */
export function nameProblem(name: string): string | undefined {
  if (name.length <= LONGEST && name.split(".").every((label) => label.length <= 63 && LABEL.test(label))) {
    return undefined;
  }
  return (
    `${JSON.stringify(name)} can't name a cluster: use lower-case letters, digits and "-", none at the ends, ` +
    `at most 63; a namespace may stand before it, with a dot between`
  );
}

/** What the names of a row begin with has no dots: it is no namespace. */
export function rowProblem(name: string): string | undefined {
  if (name.length <= 63 && LABEL.test(name)) return undefined;
  return `${JSON.stringify(name)} can't name a cluster: use at most 63 lower-case letters, digits and "-", none at the ends`;
}

/** What goes into a ClientHello and a certificate. */
export function isServerName(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => label.length <= 63 && LABEL.test(label));
}
