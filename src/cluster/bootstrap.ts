import { readTyped } from "../codec/json/decode.js";
import { encodeStored } from "../codec/json/encode.js";
import { timestamp } from "../kube/clock.js";
import { formatIp, parseCidr } from "../kube/ip.js";
import type { KubeObject } from "../kube/json.js";
import type { ResourceDef } from "../schema/model.js";
import type { Registry } from "../schema/registry.js";
import { strategyFor } from "../schema/strategy/registry.js";
import type { SchemaTables } from "../schema/tables.js";
import { type BaseIdentity, BaseLayer, type BaseMarkers, type BaseObject } from "../store/base-layer.js";

/**
 * What a fresh kube-apiserver holds, as a base layer that all clusters share. Where clusters differ the recorded
 * objects have a placeholder, `${time}`; each is given a text that its field's type accepts, and that the layer
 * replaces when it makes the object.
 */
const MARKERS = {
  time: "2001-02-03T04:05:06Z",
  microTime: "2001-02-03T04:05:06.000007Z",
  date: "=date of creation=",
  uid: "00000000-0000-4000-8000-000000000001",
  port: "1999999999",
  advertiseAddress: "198.51.100.199",
  certificate: "=certificate of the authority=",
} as const;

const HOLES: BaseMarkers = {
  [MARKERS.time]: { is: "created" },
  [MARKERS.microTime]: { is: "value", name: "microTime" },
  [MARKERS.date]: { is: "value", name: "date" },
  [MARKERS.uid]: { is: "uid" },
  [MARKERS.port]: { is: "value", name: "port" },
  [MARKERS.advertiseAddress]: { is: "value", name: "advertiseAddress" },
  [MARKERS.certificate]: { is: "value", name: "certificate" },
};

/** The server's identity, as its Lease shows it. One process is one server. */
const IDENTITY = "apiserver-fake";

export interface BootstrapSettings {
  readonly serviceCidr: string;
  /** The `kubernetes` Service's cluster IP. */
  readonly serviceIp: string;
}

interface BootstrapFile {
  readonly objects: readonly unknown[];
}

export function bootstrapLayer(tables: SchemaTables, registry: Registry, settings: BootstrapSettings): BaseLayer {
  const file = tables.file("bootstrap.json") as BootstrapFile;
  return new BaseLayer(
    file.objects.map((object) => baseObject(object, registry, settings)),
    HOLES,
  );
}

function baseObject(recorded: unknown, registry: Registry, settings: BootstrapSettings): BaseObject {
  const text = fillConstants(JSON.stringify(recorded), settings);
  const { apiVersion, kind } = JSON.parse(text) as { apiVersion: string; kind: string };
  const def = definitionOf(registry, apiVersion, kind);
  const object = readTyped(text, def.storage!.type) as KubeObject;
  const { metadata } = object;
  metadata.uid = MARKERS.uid;
  metadata.creationTimestamp = MARKERS.time;
  const index = {
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    uid: MARKERS.uid,
    labels: metadata.labels,
    fields: strategyFor(def.gvr.group, def.gvr.resource).fields(object),
  };
  const place = def.namespaced ? `${index.namespace}/${index.name}` : index.name;
  return { key: `${def.storage!.prefix}/${place}`, object: encodeStored(object, def.storage!.type, index) };
}

function fillConstants(text: string, settings: BootstrapSettings): string {
  const values: Readonly<Record<string, string>> = {
    ...{ time: MARKERS.time, microTime: MARKERS.microTime, microtime: MARKERS.microTime, date: MARKERS.date },
    ...{ advertiseAddress: MARKERS.advertiseAddress, serviceCIDR: settings.serviceCidr, serviceIP: settings.serviceIp },
    ...{ clientCA: MARKERS.certificate, requestheaderCA: MARKERS.certificate },
    ...{ identity: IDENTITY, hostname: "fake-apiserver", uuid: MARKERS.uid },
  };
  return text.replaceAll(/"\$\{port\}"/g, MARKERS.port).replace(/\$\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`bootstrap.json has a placeholder without a value: ${placeholder}`);
    return value;
  });
}

function definitionOf(registry: Registry, apiVersion: string, kind: string): ResourceDef {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  const def = registry.byKind({ group: group!, version: version!, kind });
  if (!def?.storage) throw new Error(`bootstrap.json has a kind that is not served: ${apiVersion} ${kind}`);
  return def;
}

export interface BootstrapValues {
  readonly seed: string;
  readonly cluster: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly address: string;
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
}

/** What one cluster puts in the placeholders. */
export function bootstrapIdentity(values: BootstrapValues): BaseIdentity {
  const created = timestamp(values.created);
  return {
    seed: values.seed,
    cluster: values.cluster,
    created,
    values: {
      microTime: created.replace("Z", ".000000Z"),
      date: created.slice(0, 10),
      port: String(values.port),
      advertiseAddress: values.address,
      certificate: JSON.stringify(values.certificate).slice(1, -1),
    },
  };
}

/** The first address of a range, which the `kubernetes` Service has. */
export function firstAddress(cidr: string): string {
  const range = parseCidr(cidr);
  if (!range) throw new Error(`not a range of addresses: ${cidr}`);
  return formatIp({ family: range.family, value: range.first + 1n });
}
