import type { Fleet } from "../cluster/fleet.js";
import type { Preset, ProcessSpec, ProxyWay } from "../cluster/spec.js";
import { view } from "./clusters.js";
import { json, type Route } from "./route.js";
import { CLUSTER, PROMOTION } from "./schemas.js";

/** How a cluster is to have a kube-apiserver. */
export interface Promotion {
  /** Default "terminate". */
  readonly proxy?: ProxyWay;
  readonly preset?: Preset;
  readonly flags?: readonly string[];
  readonly start?: NonNullable<ProcessSpec["start"]>;
}

/** What is behind a cluster's endpoint changes; endpoint, credentials and objects stay. */
export function moveRoutes(fleet: Fleet): Route[] {
  return [
    {
      ...{ method: "POST", path: "/v1/clusters/{name}/promote", id: "promoteCluster", body: PROMOTION },
      summary:
        "Have a kube-apiserver take an emulated cluster's place. Answered when it has, or when all is as before.",
      answers: { 200: { description: "It answers.", content: json(CLUSTER) } },
      handle: async ({ params, body }) => {
        const { proxy = "terminate", ...process } = (body ?? {}) as Promotion;
        await fleet.promote(params.name!, { type: "passthrough", proxy, runtime: { type: "process", ...process } });
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
