import { type Answer, type Handler, isStream, type KubeRequest } from "../kube/handler.js";
import { parseRequestInfo } from "../kube/request-info.js";
import { ApiError } from "../kube/status.js";
import { collectionPath } from "../schema/collection-path.js";
import type { ResourceDef } from "../schema/model.js";
import type { Registry } from "../schema/registry.js";
import { fillIn, type Manifest, ManifestError, type Placeholders } from "./manifests.js";

/** As a cluster's own administrator: loading goes the way of every request, so that nothing unchecked gets in. */
const LOADER = { name: "system:apiserver", groups: ["system:masters", "system:authenticated"] };

/**
 * Creates the objects of the manifests in one cluster, in order. A status that the create left out (as the API does
 * for most kinds) is written after it. @throws ManifestError naming the document and what the API said
 */
export async function loadManifests(
  handler: Handler,
  registry: () => Registry,
  manifests: readonly Manifest[],
  values: Placeholders,
): Promise<void> {
  for (const manifest of manifests) {
    const object = fillIn(manifest, values);
    try {
      await loadObject(handler, registry, object, manifest.origin);
    } catch (error) {
      if (error instanceof ApiError) throw new ManifestError(`${manifest.origin}: ${error.message}`);
      throw error;
    }
  }
}

async function loadObject(
  handler: Handler,
  registry: () => Registry,
  object: Record<string, unknown>,
  origin: string,
): Promise<void> {
  const items = object.kind === "List" && object.apiVersion === "v1" ? object.items : undefined;
  if (Array.isArray(items)) {
    for (const item of items) await loadObject(handler, registry, item as Record<string, unknown>, origin);
    return;
  }
  const def = resourceOf(registry(), object, origin);
  const metadata = (object.metadata ?? {}) as { name?: string; namespace?: string };
  const collection = collectionPath(def, metadata.namespace ?? "default");
  const created = await send(handler, "POST", collection, "application/json", object);
  if (!def.subresources.has("status") || sameStatus(object.status, created.status)) return;
  const name = (created.metadata as { name: string }).name;
  await send(handler, "PATCH", `${collection}/${name}/status`, "application/merge-patch+json", {
    status: object.status,
  });
}

/** Whether the create took every part of the status that was given. */
function sameStatus(given: unknown, taken: unknown): boolean {
  if (given === undefined) return true;
  return json(given) === json(taken);
}

function resourceOf(registry: Registry, object: Record<string, unknown>, origin: string): ResourceDef {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  const def = registry.byKind({ group: group!, version: version!, kind });
  if (!def) throw new ManifestError(`${origin}: no resource of kind ${kind} in ${apiVersion}`);
  return def;
}

async function send(
  handler: Handler,
  method: string,
  path: string,
  type: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const query = new URLSearchParams();
  const request: KubeRequest = {
    method,
    path,
    query,
    headers: { "content-type": type, accept: "application/json" },
    body: Buffer.from(json(body)),
    info: parseRequestInfo(method, path, query),
    user: LOADER,
    signal: new AbortController().signal,
  };
  return parseAnswer(await handler(request));
}

function parseAnswer(answer: Answer): Record<string, unknown> {
  if (isStream(answer)) return {};
  return JSON.parse(Buffer.concat(answer.chunks as Buffer[]).toString("utf8")) as Record<string, unknown>;
}

/** YAML integers come as bigint, so that those beyond 2^53 stay whole. */
function json(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${json(field)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
