import type { GroupVersionKind } from "../kube/gvr.js";
import { compareVersions } from "./api-version.js";
import type { ResourceDef } from "./model.js";

/** A group as discovery shows it. The core group is "". */
export interface ApiGroup {
  readonly name: string;
  /** The preferred version first. */
  readonly versions: readonly string[];
  /** A group that has custom resources only. */
  readonly custom?: boolean;
}

/** The rows of one group-version, in the order in which discovery lists them. */
export interface GroupVersionRows {
  readonly group: string;
  readonly version: string;
  readonly rows: readonly ResourceDef[];
}

/**
 * The resources that a server has. Immutable: {@link overlay} gives a registry of one cluster that adds rows to the
 * built-in ones without copying them, so that a thousand clusters share one set.
 */
export class Registry {
  readonly #below: Registry | undefined;
  readonly #groupVersions = new Map<string, readonly ResourceDef[]>();
  readonly #byResource = new Map<string, ResourceDef>();
  readonly #byKind = new Map<string, ResourceDef>();
  readonly #groups: readonly ApiGroup[];

  private constructor(own: readonly GroupVersionRows[], below?: Registry) {
    this.#below = below;
    for (const { group, version, rows } of own) {
      this.#groupVersions.set(`${group}/${version}`, rows);
      for (const row of rows) {
        this.#byResource.set(`${group}/${version}/${row.gvr.resource}`, row);
        const kind = `${row.gvk.group}/${row.gvk.version}/${row.gvk.kind}`;
        if (!this.#byKind.has(kind)) this.#byKind.set(kind, row);
      }
    }
    this.#groups = below ? mergeGroups(below.groups, own) : orderedGroups(own);
  }

  /** @param groupVersions in the order of group priority, then version priority */
  static of(groupVersions: readonly GroupVersionRows[]): Registry {
    return new Registry(groupVersions);
  }

  /**
   * A registry that has these rows, too. Rows of a group-version that is already there replace nothing: they are
   * listed after its own. An overlay of an overlay is possible but makes each lookup longer; prefer one overlay of the
   * built-in registry with all rows.
   */
  overlay(rows: readonly ResourceDef[]): Registry {
    const byGroupVersion = new Map<string, ResourceDef[]>();
    for (const row of rows) {
      const key = `${row.gvr.group}/${row.gvr.version}`;
      const list = byGroupVersion.get(key) ?? [...this.resources(row.gvr.group, row.gvr.version)];
      list.push(row);
      byGroupVersion.set(key, list);
    }
    const own = [...byGroupVersion.values()].map((list) => {
      const { group, version } = list[0]!.gvr;
      return { group, version, rows: list };
    });
    return new Registry(own, this);
  }

  /** All groups in the real server's order, the core group first. */
  get groups(): readonly ApiGroup[] {
    return this.#groups;
  }

  group(name: string): ApiGroup | undefined {
    return this.#groups.find((group) => group.name === name);
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.#groupVersions.has(`${group}/${version}`) || (this.#below?.hasGroupVersion(group, version) ?? false);
  }

  /** The resources of a group-version in discovery's order; empty when it isn't served. */
  resources(group: string, version: string): readonly ResourceDef[] {
    return this.#groupVersions.get(`${group}/${version}`) ?? this.#below?.resources(group, version) ?? [];
  }

  lookup(group: string, version: string, resource: string): ResourceDef | undefined {
    return this.#byResource.get(`${group}/${version}/${resource}`) ?? this.#below?.lookup(group, version, resource);
  }

  /** The resource whose objects have this kind. */
  byKind(gvk: GroupVersionKind): ResourceDef | undefined {
    return this.#byKind.get(`${gvk.group}/${gvk.version}/${gvk.kind}`) ?? this.#below?.byKind(gvk);
  }

  /** Every version in which a resource is served, the preferred first. */
  versionsOf(group: string, resource: string): readonly ResourceDef[] {
    const versions = this.group(group)?.versions ?? [];
    return versions.flatMap((version) => this.lookup(group, version, resource) ?? []);
  }
}

function orderedGroups(own: readonly GroupVersionRows[]): ApiGroup[] {
  const groups = new Map<string, string[]>();
  for (const { group, version } of own) {
    const versions = groups.get(group);
    if (versions) versions.push(version);
    else groups.set(group, [version]);
  }
  return [...groups].map(([name, versions]) => ({ name, versions }));
}

/**
 * Groups of custom resources have the lowest priority of all, so they follow the built-in ones by name, their versions
 * by Kubernetes' own order. Upstream: kube-apiserver registers them with priorities 1000 and 100
 * (pkg/controlplane/controller/crdregistration/crdregistration_controller.go).
 */
function mergeGroups(below: readonly ApiGroup[], own: readonly GroupVersionRows[]): ApiGroup[] {
  const added = new Map(orderedGroups(own).map((group) => [group.name, group.versions]));
  const known = new Set(below.map((group) => group.name));
  const all = below.map((group) => extended(group, added.get(group.name) ?? []));
  for (const [name, versions] of added) {
    if (!known.has(name)) all.push(extended({ name, versions: [], custom: true }, versions));
  }
  const custom = all.filter((group) => group.custom).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...all.filter((group) => !group.custom), ...custom];
}

function extended(group: ApiGroup, more: readonly string[]): ApiGroup {
  const fresh = more.filter((version) => !group.versions.includes(version)).sort(compareVersions);
  if (fresh.length === 0) return group;
  const versions = [...group.versions, ...fresh];
  return { ...group, versions: group.custom ? versions.sort(compareVersions) : versions };
}
