import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { INFRASTRUCTURE } from "./infrastructure.js";
import { contractLabels, documents, type ManagedObject } from "./providers.js";

export const HOSTS = "metal3.io";

/** The real CRDs may lie beside the project. */
const BESIDE = fileURLToPath(new URL("../../../../shared/crds/metal3", import.meta.url));

const NEEDED = ["Metal3Cluster", "Metal3Machine", "Metal3MachineTemplate", "BareMetalHost"];

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const truth: Schema = { type: "boolean" };
const count: Schema = { type: "integer" };
const object = (properties: Record<string, Schema>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const list = (items: Schema): Schema => ({ type: "array", items });
const texts: Schema = { type: "object", additionalProperties: text };

const named = object({ name: text, namespace: text });
const image = object({ url: text, checksum: text, checksumType: text, format: text, diskFormat: text }, ["url"]);
const time: Schema = { type: "string", format: "date-time" };
const conditions = list(
  object({ type: text, status: text, reason: text, message: text, lastTransitionTime: time }, ["type", "status"]),
);
const initialization = object({ provisioned: truth });

const cluster = object({
  spec: object({ controlPlaneEndpoint: object({ host: text, port: count }), cloudProviderEnabled: truth }),
  status: object({ initialization, conditions }),
});
const machineSpec = object({
  providerID: text,
  image,
  userData: named,
  hostSelector: object({ matchLabels: texts }),
});
const machine = object({
  spec: machineSpec,
  status: object({
    initialization,
    conditions,
    userData: named,
    addresses: list(object({ type: text, address: text })),
  }),
});
const template = object({ spec: object({ template: object({ spec: machineSpec }, ["spec"]) }, ["template"]) }, [
  "spec",
]);
const consumer = object({ apiVersion: text, kind: text, name: text, namespace: text });
const hardware = object({
  hostname: text,
  ramMebibytes: count,
  nics: list(object({ name: text, mac: text, ip: text })),
});
const host = object({
  spec: object(
    {
      online: truth,
      bootMACAddress: text,
      bmc: object({ address: text, credentialsName: text }, ["address", "credentialsName"]),
      consumerRef: consumer,
      image,
      userData: named,
    },
    ["online"],
  ),
  status: object({
    errorCount: count,
    errorMessage: text,
    operationalStatus: text,
    poweredOn: truth,
    provisioningFailCount: count,
    provisioning: object({ ID: text, state: text, image: object({ url: text }) }, ["ID", "state"]),
    hardware,
  }),
});

/**
 * The CRDs of Metal3 that a cluster's life needs: those in a folder, where there is one (METAL3_CRDS; empty: none), or
 * else our own, with the fields that matter.
 */
export function metal3Definitions(folder = process.env.METAL3_CRDS ?? BESIDE): ManagedObject[] {
  return folder !== "" && existsSync(folder) ? given(folder) : own();
}

function own(): ManagedObject[] {
  return [
    definition(INFRASTRUCTURE, "v1beta2", "Metal3Cluster", cluster),
    definition(INFRASTRUCTURE, "v1beta2", "Metal3Machine", machine),
    definition(INFRASTRUCTURE, "v1beta2", "Metal3MachineTemplate", template),
    definition(HOSTS, "v1alpha1", "BareMetalHost", host),
  ];
}

function given(folder: string): ManagedObject[] {
  const found = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .flatMap((file) => documents(join(folder, file)))
    .filter(({ kind, spec }) => kind === "CustomResourceDefinition" && NEEDED.includes(spec.names.kind));
  for (const { metadata, spec } of found) {
    if (spec.group === INFRASTRUCTURE) metadata.labels = { ...metadata.labels, ...contractLabels() };
  }
  const missing = NEEDED.filter((kind) => !found.some(({ spec }) => spec.names.kind === kind));
  if (missing.length > 0) throw new Error(`${folder} has no CRD of ${missing.join(", ")}`);
  return found;
}

function definition(group: string, version: string, kind: string, openAPIV3Schema: Schema): ManagedObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const labels = group === INFRASTRUCTURE ? { "cluster.x-k8s.io/v1beta2": "v1beta2" } : {};
  const subresources = kind.endsWith("Template") ? {} : { subresources: { status: {} } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [{ name: version, served: true, storage: true, ...subresources, schema: { openAPIV3Schema } }],
    },
  };
}
