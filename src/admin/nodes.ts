import { setImmediate } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.js";
import type { Fleet } from "../cluster/fleet.js";
import { objectsAt, optionalStringAt, stringAt, stringMapAt } from "../kube/access.js";
import type { KubeObject } from "../kube/json.js";
import type { LocalClient } from "../kube/local-client.js";
import { ApiError } from "../kube/status.js";
import { initControlPlane, isInitialized } from "../machines/control-plane.js";
import { joinNode, removeNode, startNode, stopNode } from "../machines/nodes.js";
import { CONTROL_PLANE_ROLE, type NodeSpec } from "../machines/spec.js";
import { withV } from "../machines/versions.js";
import { AdminError, refusalOf } from "./errors.js";
import { expand, type NodeTemplate } from "./node-template.js";
import { json, type Route, type RouteAnswer, type RouteRequest } from "./route.js";
import { NODE, NODE_CHANGE, NODE_LIST, NODE_TEMPLATE } from "./schemas.js";

const NODES = "/api/v1/nodes";
const ALL = "/v1/clusters/{name}/nodes";
const ONE = `${ALL}/{node}`;

/** As whom nodes are written. */
export const USER = "fake-apiserver";

/** Machines that join a cluster, fall silent and go. `version`: "v1.34.4", for nodes that ask for none. */
export function nodeRoutes(fleet: Fleet, version: string): Route[] {
  const clientOf = ({ params }: RouteRequest) => fleet.cluster(params.name!).localClient(USER);
  return [
    {
      ...{ method: "POST", path: ALL, id: "addNodes", body: NODE_TEMPLATE },
      summary:
        "Add nodes by a template, whose texts may hold {{cluster}}, {{index}} and {{node}}. The first control-plane " +
        "node brings what `kubeadm init` leaves in a cluster.",
      answers: { 201: { description: "They have joined.", content: json(NODE_LIST) } },
      handle: ({ params, body }) => addNodes(fleet.cluster(params.name!), (body ?? {}) as NodeTemplate, version),
    },
    {
      ...{ method: "GET", path: ALL, id: "listNodes", summary: "All nodes of a cluster." },
      answers: { 200: { description: "By name.", content: json(NODE_LIST) } },
      handle: async (request) => {
        const nodes = await (await clientOf(request)).list(NODES);
        return { status: 200, body: { nodes: nodes.map(view) } };
      },
    },
    {
      ...{ method: "PATCH", path: ONE, id: "changeNode", body: NODE_CHANGE, summary: "Switch a machine off or on." },
      answers: { 200: { description: "The node.", content: json(NODE) } },
      handle: async (request) => {
        const client = await clientOf(request);
        const name = request.params.node!;
        await existing(client, name);
        await ((request.body as { ready: boolean }).ready ? startNode : stopNode)(client, name);
        return { status: 200, body: view(await existing(client, name)) };
      },
    },
    {
      ...{ method: "DELETE", path: ONE, id: "removeNode", summary: "Take a node away, with its lease and its pods." },
      answers: { 204: { description: "It is gone." } },
      handle: async (request) => {
        const client = await clientOf(request);
        await existing(client, request.params.node!);
        await removeNode(client, request.params.node!);
        return { status: 204 };
      },
    },
  ];
}

async function existing(client: LocalClient, name: string): Promise<KubeObject> {
  const node = await client.find(`${NODES}/${name}`);
  if (node === undefined) throw new AdminError(404, "unknown", `there is no node ${JSON.stringify(name)}`, "node");
  return node;
}

async function addNodes(cluster: Cluster, template: NodeTemplate, version: string): Promise<RouteAnswer> {
  const client = await cluster.localClient(USER);
  const there = new Set((await client.list(NODES)).map(({ metadata }) => metadata.name ?? ""));
  const specs = expand({ ...template, version: withV(template.version ?? version) }, cluster.name, there);
  const nodes: Record<string, unknown>[] = [];
  for (const spec of specs) {
    try {
      nodes.push(view(await join(cluster, client, spec)));
    } catch (error) {
      const refusal = error instanceof ApiError ? refusalOf(error) : undefined;
      if (refusal === undefined) throw error;
      const done = nodes.length === 0 ? "" : `; before it ${nodes.length} were added`;
      throw new AdminError(refusal.status, refusal.code, `node ${spec.name}: ${refusal.message}${done}`);
    }
    await setImmediate(); // for the requests that have come meanwhile
  }
  return { status: 201, body: { nodes } };
}

/** What happens when a machine boots: the first of the control plane runs `kubeadm init`. */
export async function join(cluster: Cluster, client: LocalClient, spec: NodeSpec): Promise<KubeObject> {
  if (spec.controlPlane !== undefined && !(await isInitialized(client))) {
    const { authority } = await cluster.identity();
    await initControlPlane(client, {
      clusterName: cluster.name.slice(cluster.name.indexOf(".") + 1),
      version: spec.version,
      endpoint: cluster.url.slice("https://".length),
      caCertificate: authority.certificate,
    });
  }
  return joinNode(client, spec);
}

function view(node: KubeObject): Record<string, unknown> {
  const ready = objectsAt(node, "status", "conditions").find(({ type }) => type === "Ready");
  const providerID = optionalStringAt(node, "spec", "providerID");
  return {
    name: node.metadata.name,
    role: CONTROL_PLANE_ROLE in stringMapAt(node, "metadata", "labels") ? "control-plane" : "worker",
    version: stringAt(node, "status", "nodeInfo", "kubeletVersion"),
    ready: ready?.status === "True",
    ...(providerID === undefined || providerID === "" ? {} : { providerID }),
  };
}
