import type { KubeClient } from "../../client/client.js";
import { ConfigError } from "../../config/resolve.js";
import { qualifiedResource } from "../../kube/gvr.js";
import { ApiError } from "../../kube/status.js";
import type { Registry } from "../../schema/registry.js";
import { discover, type Listable, type Unread } from "./discovery.js";
import type { Item } from "./items.js";
import { planReadings } from "./plan.js";
import { selectResources, type Wishes } from "./select.js";
import { type Scope, Source, unreadOf } from "./source.js";

export interface Content {
  /** Definitions first, then in the order in which they were last changed. */
  readonly items: readonly Item[];
  /** The highest revision that the source has told. */
  readonly revision: bigint;
  /** What is there and is not among the items. */
  readonly unread: readonly Unread[];
  /** What others answer for. */
  readonly elsewhere: readonly Unread[];
}

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const API_SERVICES = "apiservices.apiregistration.k8s.io";
const NAMESPACES = "namespaces";

/**
 * Reads what is wanted of a cluster, and what goes with it: the namespaces that objects are in, the definitions of
 * custom resources. @throws ConfigError for wishes that can't be met, ApiError where nothing can be read at all
 */
export async function readCluster(
  api: KubeClient,
  known: { readonly registry: Registry; readonly strangers?: boolean },
  wishes: Wishes & Scope,
): Promise<Content> {
  return new Reader(new Source(api), wishes).read(api, known);
}

class Reader {
  readonly #source: Source;
  readonly #wishes: Wishes & Scope;
  readonly #unread: Unread[] = [];
  #all: readonly Listable[] = [];

  constructor(source: Source, wishes: Wishes & Scope) {
    this.#source = source;
    this.#wishes = wishes;
  }

  async read(api: KubeClient, known: Parameters<typeof readCluster>[1]): Promise<Content> {
    const { resources, silent } = await discover(api);
    this.#all = resources;
    const wanted = selectResources(resources, this.#wishes);
    const titles = new Set(wanted.map(qualifiedResource));
    // These first: all else is read as of the same moment, and in the way that they tell.
    const foreign = wanted.some(({ group, resource }) => known.registry.versionsOf(group, resource).length === 0);
    const definitions = foreign || titles.has(DEFINITIONS) ? await this.#list(DEFINITIONS) : [];
    const apiServices = foreign || titles.has(API_SERVICES) ? await this.#list(API_SERVICES) : [];
    const placed = wanted.some(({ namespaced }) => namespaced);
    const namespaces = placed || titles.has(NAMESPACES) ? await this.#namespaces() : [];
    const { readings, elsewhere, unfit } = planReadings(
      wanted.filter((resource) => ![DEFINITIONS, API_SERVICES, NAMESPACES].includes(qualifiedResource(resource))),
      { ...known, definitions, apiServices },
    );
    const items: Item[] = [];
    const custom = new Set<string>();
    for (const { resource, version, custom: isCustom } of readings) {
      const found = await this.#attempt(resource, () => this.#source.list(resource, version, this.#wishes));
      items.push(...found);
      if (isCustom && found.length > 0) custom.add(qualifiedResource(resource));
    }
    const used = new Set(items.map(({ metadata }) => metadata.namespace ?? ""));
    const whole = this.#wishes.selector === undefined;
    items.push(
      ...namespaces.filter(({ metadata }) => (whole && titles.has(NAMESPACES)) || used.has(metadata.name ?? "")),
    );
    if (titles.has(API_SERVICES) && whole) items.push(...apiServices);
    const defined = definitions.filter(
      ({ metadata }) => (whole && titles.has(DEFINITIONS)) || custom.has(metadata.name ?? ""),
    );
    const away = silent.filter(({ group }) => !isAnsweredElsewhere(group, apiServices)).map(({ unread }) => unread);
    return {
      items: [...defined.sort(byRevision), ...items.sort(byRevision)],
      revision: this.#source.revision,
      unread: [...this.#unread, ...unfit, ...(this.#wishes.resources === undefined ? away : [])],
      elsewhere,
    };
  }

  async #list(title: string): Promise<Item[]> {
    const resource = this.#all.find((each) => qualifiedResource(each) === title);
    if (resource === undefined) return [];
    return this.#attempt(resource, () => this.#source.list(resource, resource.versions[0]!));
  }

  /** Who may read some namespaces may often not list them. */
  async #namespaces(): Promise<Item[]> {
    const { namespaces: names } = this.#wishes;
    const resource = this.#all.find((each) => qualifiedResource(each) === NAMESPACES);
    if (names === undefined || resource === undefined) return this.#list(NAMESPACES);
    return this.#attempt(resource, async () => {
      const found: Item[] = [];
      for (const name of names) {
        const item = await this.#source.get(resource, resource.versions[0]!, name);
        if (item === undefined) throw new ConfigError(`--namespace: there is no namespace ${JSON.stringify(name)}`);
        found.push(item);
      }
      return found;
    });
  }

  async #attempt(resource: Listable, read: () => Promise<Item[]>): Promise<Item[]> {
    try {
      return await read();
    } catch (error) {
      // Without a connection, or as nobody, the rest would not be read either.
      if (!(error instanceof ApiError) || error.status.code === 401) throw error;
      this.#unread.push(unreadOf(resource, error));
      return [];
    }
  }
}

function isAnsweredElsewhere(group: string, apiServices: readonly Item[]): boolean {
  return apiServices.some(({ text }) => {
    const { spec } = JSON.parse(text) as { spec?: { group?: string; service?: unknown } };
    return spec?.group === group && spec.service !== undefined && spec.service !== null;
  });
}

/** Revisions that are no numbers, which none should be, stay where they are. */
function byRevision(a: Item, b: Item): number {
  const [left, right] = [a, b].map(({ metadata: { resourceVersion = "" } }) =>
    /^[0-9]+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n,
  ) as [bigint, bigint];
  return left < right ? -1 : left > right ? 1 : 0;
}
