import { objectAt, objectsAt, stringAt, stringMapAt } from "../../kube/access.js";
import type { Json, JsonObject, KubeObject } from "../../kube/json.js";
import { selectorOfLabels } from "../../kube/label-selector.js";
import type { SimulatedCluster } from "../follow.js";
import { finished, isReady } from "../pod-status.js";
import { groupBy, ownedBy, type Seen, same, type Workload, Workspace } from "./workspace.js";

const SERVICES = "services/specs/";
const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER = "endpointslice-controller.k8s.io";
/** Endpoints in one slice. */
const SLICE = 100;

/** Where the pods of Services with selectors are. Upstream: pkg/controller/endpoint, pkg/controller/endpointslice. */
export class Endpoints implements Workload {
  readonly prefixes = [SERVICES, "pods/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:endpointslice-controller");
  }

  *keys({ key, index }: Seen): Iterable<string> {
    if (key.startsWith(SERVICES)) return yield key;
    const { store } = this.#space.cluster;
    for (const service of store.snapshot()!.range(`${SERVICES}${index.namespace}/`)) yield service.key;
  }

  async reconcile(key: string): Promise<undefined> {
    const service = this.#space.get(key);
    if (service === undefined) {
      const [namespace, name] = key.slice(SERVICES.length).split("/");
      const known = this.#space.get(`services/endpoints/${namespace}/${name}`);
      if (known !== undefined) await this.#space.delete(`/api/v1/namespaces/${namespace}/endpoints/${name}`, known);
      return;
    }
    const selector = stringMapAt(service, "spec", "selector");
    const external = stringAt(service, "spec", "type") === "ExternalName";
    if (Object.keys(selector).length === 0 || external || service.metadata.deletionTimestamp !== undefined) return;
    const selects = selectorOfLabels(selector);
    const pods = [...this.#space.all(`pods/${service.metadata.namespace}/`)].filter(
      (pod) => selects.matches(pod.metadata.labels) && !finished(pod) && stringAt(pod, "status", "podIP") !== "",
    );
    await this.#endpoints(service, pods);
    await this.#slices(service, pods);
  }

  async #endpoints(service: KubeObject, pods: readonly KubeObject[]): Promise<void> {
    const { name, namespace, labels = {} } = service.metadata;
    const subsets = subsetsOf(service, pods);
    const known = this.#space.get(`services/endpoints/${namespace}/${name}`);
    const path = `/api/v1/namespaces/${namespace}/endpoints`;
    if (known === undefined) {
      const metadata = {
        name: name!,
        labels: { ...labels, "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
      };
      await this.#space.create(path, { apiVersion: "v1", kind: "Endpoints", metadata, subsets });
    } else if (!same(known.subsets, subsets)) {
      await this.#space.patch(`${path}/${name}`, { subsets });
    }
  }

  async #slices(service: KubeObject, pods: readonly KubeObject[]): Promise<void> {
    const { name, namespace, labels = {} } = service.metadata;
    const groups = groupBy(pods, (pod) => JSON.stringify(portsOf(service, pod)));
    if (groups.size === 0) groups.set(JSON.stringify(portsOf(service, undefined)), []);
    const wanted: JsonObject[] = [];
    for (const [ports, members] of groups) {
      for (let from = 0; from === 0 || from < members.length; from += SLICE) {
        const endpoints = members.slice(from, from + SLICE).map((pod) => endpointOf(service, pod));
        wanted.push({ endpoints, ports: JSON.parse(ports) as Json });
      }
    }
    const known = [...this.#space.all(`endpointslices/${namespace}/`)].filter(
      ({ metadata }) => metadata.labels?.[SERVICE_NAME] === name && metadata.labels?.[MANAGED_BY] === CONTROLLER,
    );
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    for (const [at, slice] of wanted.entries()) {
      const before = known[at];
      if (before === undefined) {
        const ownerReferences = ownedBy(service, "v1", "Service");
        const own = { [SERVICE_NAME]: name!, [MANAGED_BY]: CONTROLLER };
        const metadata = { generateName: `${name}-`, labels: { ...labels, ...own }, ownerReferences };
        const [kind, apiVersion, addressType] = ["EndpointSlice", "discovery.k8s.io/v1", "IPv4"];
        await this.#space.create(path, { kind, apiVersion, metadata, addressType, ...slice });
      } else if (!same({ endpoints: before.endpoints!, ports: before.ports! }, slice)) {
        await this.#space.patch(`${path}/${before.metadata.name}`, slice);
      }
    }
    for (const extra of known.slice(wanted.length)) await this.#space.delete(`${path}/${extra.metadata.name}`, extra);
  }
}

/** A port's number may be the name of one of the containers' ports. */
function portsOf(service: KubeObject, pod: KubeObject | undefined): JsonObject[] {
  const named = objectsAt(pod, "spec", "containers").flatMap((each) => objectsAt(each, "ports"));
  return objectsAt(service, "spec", "ports").flatMap(({ name = "", protocol = "TCP", port, targetPort = port! }) => {
    const found = named.find((each) => each.name === targetPort && (each.protocol ?? "TCP") === protocol);
    const number = typeof targetPort === "string" ? found?.containerPort : targetPort || port;
    return number === undefined ? [] : [{ name, port: number, protocol }];
  });
}

function endpointOf(service: KubeObject, pod: KubeObject): JsonObject {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const early = objectAt(service, "spec")?.publishNotReadyAddresses === true;
  return {
    addresses: [stringAt(pod, "status", "podIP")],
    conditions: { ready: early || (serving && !terminating), serving, terminating },
    ...hostnameOf(service, pod),
    nodeName: stringAt(pod, "spec", "nodeName"),
    targetRef: targetOf(pod),
  };
}

function hostnameOf(service: KubeObject, pod: KubeObject): JsonObject {
  const hostname = stringAt(pod, "spec", "hostname");
  return hostname !== "" && stringAt(pod, "spec", "subdomain") === service.metadata.name ? { hostname } : {};
}

function targetOf({ metadata }: KubeObject): JsonObject {
  return { kind: "Pod", namespace: metadata.namespace!, name: metadata.name!, uid: metadata.uid! };
}

function subsetsOf(service: KubeObject, pods: readonly KubeObject[]): JsonObject[] {
  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const groups = groupBy(living, (pod) => JSON.stringify(portsOf(service, pod)));
  const early = objectAt(service, "spec")?.publishNotReadyAddresses === true;
  return [...groups].map(([ports, members]) => {
    const addresses = (ready: boolean) =>
      members
        .filter((pod) => (early || isReady(pod)) === ready)
        .map(
          (pod): JsonObject => ({
            ip: stringAt(pod, "status", "podIP"),
            ...hostnameOf(service, pod),
            nodeName: stringAt(pod, "spec", "nodeName"),
            targetRef: targetOf(pod),
          }),
        )
        .sort((a, b) => (String(a.ip) < String(b.ip) ? -1 : 1));
    const [ready, waiting] = [addresses(true), addresses(false)];
    return {
      ...(ready.length > 0 && { addresses: ready }),
      ...(waiting.length > 0 && { notReadyAddresses: waiting }),
      ports: JSON.parse(ports) as Json,
    };
  });
}
