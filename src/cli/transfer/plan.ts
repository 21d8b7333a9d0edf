import { boolAt, objectsAt, stringAt } from "../../kube/access.js";
import { qualifiedResource } from "../../kube/gvr.js";
import type { JsonObject } from "../../kube/json.js";
import type { Registry } from "../../schema/registry.js";
import type { Listable, Unread } from "./discovery.js";
import type { Item } from "./items.js";

/** A resource to be read, and in which version. */
export interface Reading {
  readonly resource: Listable;
  readonly version: string;
  /** Whether a definition in the source adds it. */
  readonly custom: boolean;
}

export interface Plan {
  readonly readings: readonly Reading[];
  /** Nothing that a server keeps: another server answers for it. */
  readonly elsewhere: readonly Unread[];
  /** What is kept there and could not be kept here. */
  readonly unfit: readonly Unread[];
}

export interface Known {
  /** Of the version that the fleet emulates. */
  readonly registry: Registry;
  /** The source's CustomResourceDefinitions and APIServices. */
  readonly definitions: readonly Item[];
  readonly apiServices: readonly Item[];
  /** Whether resources that the registry does not have are read all the same. */
  readonly strangers?: boolean;
}

/** How each resource is to be read so that it can be kept here: what is built in in a version that both have. */
export function planReadings(wanted: readonly Listable[], known: Known): Plan {
  const definitions = new Map(
    known.definitions.map((item) => [item.metadata.name, JSON.parse(item.text) as JsonObject]),
  );
  const aggregated = new Map(known.apiServices.flatMap(answeredElsewhere));
  const readings: Reading[] = [];
  const elsewhere: Unread[] = [];
  const unfit: Unread[] = [];
  const stored = new Set<string>();
  for (const resource of wanted) {
    const what = qualifiedResource(resource);
    const by = resource.versions.map((version) => aggregated.get(`${version}.${resource.group}`)).find((each) => each);
    const definition = definitions.get(what);
    const rows = known.registry.versionsOf(resource.group, resource.resource);
    if (by !== undefined) elsewhere.push({ what, why: `it is served by ${by}, not by the API server` });
    else if (rows.length > 0) {
      const { storage } = rows[0]!;
      if (storage === undefined || stored.has(storage.prefix)) continue; // made up when asked for; the same objects again
      const version = [storage.gvk.version, ...rows.map(({ gvr }) => gvr.version)].find((each) =>
        resource.versions.includes(each),
      );
      stored.add(storage.prefix);
      if (version !== undefined) readings.push({ resource, version, custom: false });
      else
        unfit.push({
          what,
          why: `it is served in ${resource.versions.join(", ")} only, which the fleet does not have`,
        });
    } else if (definition !== undefined) {
      const version = customVersion(definition, resource.versions);
      if (version !== undefined) readings.push({ resource, version, custom: true });
      else unfit.push({ what, why: "its storage version is not served, and a webhook converts it" });
    } else if (known.strangers) readings.push({ resource, version: resource.versions[0]!, custom: false });
    else unfit.push({ what, why: "the version that the fleet emulates has no such resource" });
  }
  return { readings, elsewhere, unfit };
}

/** The storage version; another one says the same unless a webhook converts. */
function customVersion(definition: JsonObject, served: readonly string[]): string | undefined {
  const storage = objectsAt(definition, "spec", "versions").find((each) => boolAt(each, "storage"));
  const version = stringAt(storage, "name");
  if (served.includes(version)) return version;
  return stringAt(definition, "spec", "conversion", "strategy") === "Webhook" ? undefined : served[0];
}

/** "v1beta1.metrics.k8s.io" and who answers for it. */
function answeredElsewhere({ text }: Item): (readonly [string, string])[] {
  const spec = (JSON.parse(text) as JsonObject).spec;
  const service = `${stringAt(spec, "service", "namespace")}/${stringAt(spec, "service", "name")}`;
  return service === "/" ? [] : [[`${stringAt(spec, "version")}.${stringAt(spec, "group")}`, `the Service ${service}`]];
}
