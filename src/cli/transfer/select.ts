import { ConfigError } from "../../config/resolve.js";
import { qualifiedResource } from "../../kube/gvr.js";
import type { Listable } from "./discovery.js";

export interface Wishes {
  /** As kubectl takes them: "pods", "deploy", "deployments.apps". Undefined: all. */
  readonly resources?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Which of a server's resources are meant. @throws ConfigError for a name that is none of them */
export function selectResources(all: readonly Listable[], { resources, exclude = [] }: Wishes): Listable[] {
  const named = (flag: string, names: readonly string[]) => new Set(names.flatMap((name) => called(all, flag, name)));
  const wanted = resources === undefined ? all : [...named("resources", resources)];
  const unwanted = named("exclude", exclude);
  return wanted.filter((resource) => !unwanted.has(resource));
}

/** A name may stand for resources of several groups: "events". */
function called(all: readonly Listable[], flag: string, name: string): Listable[] {
  const lower = name.toLowerCase();
  const found = all.filter((each) =>
    [each.resource, ...each.aliases].some(
      (alias) => alias === lower || qualifiedResource({ group: each.group, resource: alias }) === lower,
    ),
  );
  if (found.length === 0) throw new ConfigError(`--${flag}: the server has no resource ${JSON.stringify(name)}`);
  return found;
}
