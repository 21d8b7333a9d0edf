import type { Fleet } from "../cluster/fleet.js";
import { importedContent } from "../cluster/import-objects.js";
import { view } from "./clusters.js";
import { AdminError } from "./errors.js";
import { json, type Route, type RouteRequest, text } from "./route.js";
import { IMPORTED } from "./schemas.js";

/** Some ten times what a cluster of a thousand nodes holds. */
const LIMIT = 1024 * 1024 * 1024;

/** Another cluster's objects become a new cluster here. */
export function importRoute(fleet: Fleet): Route {
  return {
    ...{ method: "POST", path: "/v1/import", id: "importCluster" },
    summary: "Add a cluster that holds the objects of another. It is there with all of them or not at all.",
    query: {
      name: text("By default the next of the row.", { minLength: 1 }),
      revision: text("One that the other cluster has reached: the new one begins above it.", {
        pattern: "^[0-9]{1,16}$",
      }),
    },
    lines: {
      description:
        "Each line an object in JSON as its server keeps it, with apiVersion, kind and uid; definitions of custom " +
        "resources before their objects.",
      limit: LIMIT,
    },
    answers: { 201: { description: "Added.", content: json(IMPORTED) } },
    handle: (request) => importCluster(fleet, request),
  };
}

async function importCluster(fleet: Fleet, { query, body }: RouteRequest) {
  if (!Buffer.isBuffer(body)) throw new AdminError(400, "invalid", "the body holds no objects");
  const revision = Number(query.revision ?? 0);
  if (!Number.isSafeInteger(revision)) {
    throw new AdminError(400, "invalid", `revision: ${query.revision} is beyond what a cluster can have`, "revision");
  }
  const { content, report } = importedContent(body, revision);
  const cluster = await fleet.create(query.name === undefined ? {} : { name: query.name }, content);
  const headers = { Location: `/v1/clusters/${cluster.name}` };
  return { status: 201, headers, body: { cluster: view(cluster), ...report() } };
}
