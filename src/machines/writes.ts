import type { JsonObject, KubeObject } from "../kube/json.js";
import { type LocalClient, unless } from "../kube/local-client.js";

export interface NamedObject extends JsonObject {
  metadata: JsonObject & { name: string };
}

/** Creates what is not there; what is there stays as it is. Undefined: it was there. */
export async function createMissing(
  client: LocalClient,
  collection: string,
  object: NamedObject,
): Promise<KubeObject | undefined> {
  if ((await client.find(`${collection}/${object.metadata.name}`)) !== undefined) return undefined;
  return unless(409, client.create(collection, object));
}

/** Deletes at once and without grace; what is gone already is no error. */
export async function deleteNow(client: LocalClient, path: string): Promise<void> {
  await unless(404, client.delete(path, { gracePeriodSeconds: 0 }));
}
