import type { Fleet } from "../cluster/fleet.js";
import { type Promotion, promoted } from "../cluster/spec.js";
import { view } from "./clusters.js";
import { json, type Route } from "./route.js";
import { CLUSTER, PROMOTION } from "./schemas.js";

/** What is behind a cluster's endpoint changes; endpoint, credentials and objects stay. */
export function moveRoutes(fleet: Fleet): Route[] {
  return [
    {
      ...{ method: "POST", path: "/v1/clusters/{name}/promote", id: "promoteCluster", body: PROMOTION },
      summary:
        "Have a kube-apiserver take an emulated cluster's place. Answered when it has, or when all is as before.",
      answers: { 200: { description: "It answers.", content: json(CLUSTER) } },
      handle: async ({ params, body }) => {
        await fleet.promote(params.name!, promoted((body ?? {}) as Promotion));
        return { status: 200, body: view(fleet.cluster(params.name!)) };
      },
    },
    {
      ...{ method: "POST", path: "/v1/clusters/{name}/demote", id: "demoteCluster" },
      summary: "Emulate a cluster that has a kube-apiserver. Answered when it is, or when all is as before.",
      answers: { 200: { description: "It is emulated.", content: json(CLUSTER) } },
      handle: async ({ params }) => {
        await fleet.demote(params.name!);
        return { status: 200, body: view(fleet.cluster(params.name!)) };
      },
    },
  ];
}
