import type { Reach } from "../../cluster/spec.js";
import { numberAt, objectsAt, stringAt } from "../../kube/access.js";
import type { Address } from "../forward/address.js";
import { SERVER_PORT } from "./apiserver.js";
import type { BackingCluster } from "./backing-cluster.js";

/** A name that is in every serving certificate. */
const SERVER_NAME = "kubernetes.default.svc";

/** Where an instance is reached, trusted by `ca`; or why that is not known yet. */
export function addressOf(backing: BackingCluster, instance: string, reach: Reach, ca: string): Address | string {
  const { namespace, connection, host = connection.server.hostname } = backing.settings;
  const common = { ca, serverName: SERVER_NAME };
  if (reach === "port-forward") {
    const connect = () => backing.forward(instance, SERVER_PORT);
    return { ...common, host: `${instance}.${namespace}.svc`, port: SERVER_PORT, connect };
  }
  const service = backing.service(instance);
  if (service === undefined) return "its Service is not there yet";
  switch (reach) {
    case "service": {
      const ip = stringAt(service, "spec", "clusterIP");
      return ip === "" || ip === "None" ? "its Service has no address yet" : { ...common, host: ip, port: SERVER_PORT };
    }
    case "node-port": {
      const port = numberAt(objectsAt(service, "spec", "ports")[0], "nodePort");
      return port === 0 ? "its Service has no node port yet" : { ...common, host: host.replace(/^\[|\]$/g, ""), port };
    }
    case "load-balancer": {
      const [ingress] = objectsAt(service, "status", "loadBalancer", "ingress");
      const found = stringAt(ingress, "ip") || stringAt(ingress, "hostname");
      return found === "" ? "its Service waits for a load balancer" : { ...common, host: found, port: SERVER_PORT };
    }
  }
}
