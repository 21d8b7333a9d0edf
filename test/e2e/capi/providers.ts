import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** One of Cluster API's managers, run as a local process. */
export interface Provider {
  /** Also the name of its program. */
  readonly name: string;
  /** Its folder of CRDs and webhooks below the module's: the first of these that is there. */
  readonly config: readonly string[];
  /** The pod that it takes itself for; it asks each workload cluster for it. */
  readonly namespace: string;
  /** Whether its CRDs are found by the labels of a contract; the core ones are known. */
  readonly contract: boolean;
}

export const PROVIDERS: readonly Provider[] = [
  { name: "core", config: ["core/config", "config"], namespace: "capi-system", contract: false },
  {
    name: "bootstrap",
    config: ["bootstrap/kubeadm/config"],
    namespace: "capi-kubeadm-bootstrap-system",
    contract: true,
  },
  {
    name: "control-plane",
    config: ["controlplane/kubeadm/config"],
    namespace: "capi-kubeadm-control-plane-system",
    contract: true,
  },
];

export interface ManagedObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests reach deep into objects of many kinds
  [key: string]: any;
}

/**
 * What a provider wants in the management cluster: its CRDs, and its webhooks, which answer on a local port instead of
 * behind a Service. `ca`: PEM, of the webhooks' certificate.
 */
export function providerObjects(module: string, provider: Provider, port: number, ca: string): ManagedObject[] {
  const config = provider.config.map((folder) => join(module, folder)).find((folder) => existsSync(folder));
  if (config === undefined) throw new Error(`${module} has no CRDs of ${provider.name}`);
  const at = (path: string) => ({
    url: `https://127.0.0.1:${port}${path}`,
    caBundle: Buffer.from(ca).toString("base64"),
  });
  const converted = new Set(
    readdirSync(join(config, "crd/patches"))
      .filter((file) => file.startsWith("webhook_in_"))
      .flatMap((file) => documents(join(config, "crd/patches", file)).map(({ metadata }) => metadata.name)),
  );
  const definitions = readdirSync(join(config, "crd/bases")).flatMap((file) =>
    documents(join(config, "crd/bases", file)),
  );
  for (const definition of definitions) {
    const { metadata, spec } = definition;
    delete definition.status;
    metadata.labels = { ...metadata.labels, "cluster.x-k8s.io/provider": provider.name };
    if (provider.contract) Object.assign(metadata.labels, contractLabels());
    spec.conversion = converted.has(metadata.name)
      ? { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"], clientConfig: at("/convert") } }
      : { strategy: "None" };
  }
  const manifests = join(config, "webhook/manifests.yaml");
  const webhooks = existsSync(manifests) ? documents(manifests) : [];
  for (const configuration of webhooks) {
    // All providers give theirs the same name.
    configuration.metadata.name = `${provider.name}-${configuration.metadata.name}`;
    for (const webhook of configuration.webhooks) webhook.clientConfig = at(webhook.clientConfig.service.path);
  }
  return [...definitions, ...webhooks];
}

/** Which versions of a CRD keep which version of the contract between providers. */
export function contractLabels(): Record<string, string> {
  return { "cluster.x-k8s.io/v1beta1": "v1beta1", "cluster.x-k8s.io/v1beta2": "v1beta2" };
}

export function documents(file: string): ManagedObject[] {
  return parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => {
    const value = document.toJS() as ManagedObject | null;
    return value === null ? [] : [value];
  });
}
