import { ensureObject, objectAt, objectsAt, stringAt } from "../../kube/access.js";
import { goJson } from "../../kube/go-text.js";
import { FloatLiteral, isObject, type Json, type JsonObject, RawJson } from "../../kube/json.js";
import { hasField, setField } from "../../kube/json-access.js";
import { expandRaw } from "../../kube/raw-json.js";
import { dropCarriers } from "../convert/hpa.js";
import type { StructType } from "../model.js";
import { orAbsent, type Rules, rulesFor } from "./rule.js";
import { Walk } from "./walk.js";

const INIT_CONTAINER_ANNOTATIONS = [
  "pod.beta.kubernetes.io/init-containers",
  "pod.alpha.kubernetes.io/init-containers",
  "pod.beta.kubernetes.io/init-container-statuses",
  "pod.alpha.kubernetes.io/init-container-statuses",
];

/** Upstream: pkg/apis/core/v1/conversion.go, pkg/apis/apps/v1/conversion.go, apiextensions/v1/conversion.go. */
const RULES: Rules = {
  ...rulesFor("io.k8s.api.core.v1", {
    NodeSpec: (spec) => mirrorFirst(spec, "podCIDR", "podCIDRs", (cidr) => cidr, textOf),
    Pod: pod,
    PodSpec: serviceAccountAlias,
    PodStatus: (status) =>
      mirrorFirst(
        status,
        "podIP",
        "podIPs",
        (ip) => ({ ip }),
        (item) => stringAt(item, "ip"),
      ),
    PodTemplateSpec: dropInitContainerAnnotations,
    Secret: secret,
  }),
  ...rulesFor("io.k8s.api.apps.v1", {
    DaemonSet: templateGeneration,
    // Pointers in v1 that are none inside.
    RollingUpdateDaemonSet: (rolling) => orAbsent(rolling, { maxUnavailable: 0, maxSurge: 0 }),
    RollingUpdateDeployment: (rolling) => orAbsent(rolling, { maxUnavailable: 0, maxSurge: 0 }),
    RollingUpdateStatefulSetStrategy: (rolling) => orAbsent(rolling, { partition: 0 }),
    StatefulSetSpec: claimTemplates,
  }),
  ...rulesFor("io.k8s.api.autoscaling.v2", { HorizontalPodAutoscaler: dropCarriers }),
  ...rulesFor("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1", { CustomResourceDefinitionSpec: definition }),
};

const walk = new Walk(RULES);

/**
 * Does what a pass through Kubernetes' internal version does to an object: fields that say the same are brought into
 * line, and what exists for input only is moved. Doing it again changes nothing. Changes `object`. Admission that sets
 * one of such fields (a pod's service account) calls this afterwards. autoscaling/v1 is left alone: it is never stored,
 * and what it can't hold gets lost on a way back that no request takes.
 */
export function normalize(type: StructType, object: JsonObject): void {
  walk.run(object, type);
}

function pod(value: JsonObject): void {
  dropInitContainerAnnotations(value);
  const spec = objectAt(value, "spec");
  const grace = spec?.terminationGracePeriodSeconds;
  if (spec && (typeof grace === "number" || typeof grace === "bigint") && grace < 0) {
    spec.terminationGracePeriodSeconds = 1;
  }
}

/** serviceAccount is the old name of serviceAccountName, which wins. */
function serviceAccountAlias(spec: JsonObject): void {
  const name = stringAt(spec, "serviceAccountName") || stringAt(spec, "serviceAccount");
  if (name === "") return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

function dropInitContainerAnnotations(value: JsonObject): void {
  const annotations = objectAt(value, "metadata", "annotations");
  for (const name of annotations ? INIT_CONTAINER_ANNOTATIONS : []) delete annotations?.[name];
}

/** A field that repeats the first item of a list: the single one wins where they differ. */
function mirrorFirst(
  value: JsonObject,
  single: string,
  list: string,
  item: (text: string) => Json,
  text: (item: Json) => string,
): void {
  const first = stringAt(value, single);
  const items = value[list];
  const [known] = Array.isArray(items) ? items : [];
  if (first !== "" && (known === undefined || text(known) !== first)) value[list] = [item(first)];
  else if (known !== undefined && text(known) !== "") value[single] = text(known);
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : "";
}

/** stringData is for writing only. */
function secret(value: JsonObject): void {
  const texts = objectAt(value, "stringData");
  delete value.stringData;
  if (!texts || Object.keys(texts).length === 0) return;
  const data = objectAt(value, "data") ?? {};
  for (const [name, text] of Object.entries(texts)) {
    setField(data, name, Buffer.from(typeof text === "string" ? text : "").toString("base64"));
  }
  value.data = data;
}

/** The internal version counts in a field, which apps/v1 shows as an annotation; the strategy does the counting. */
function templateGeneration(daemonSet: JsonObject): void {
  const annotations = ensureObject(ensureObject(daemonSet, "metadata"), "annotations");
  annotations["deprecated.daemonset.template.generation"] ??= "0";
}

function claimTemplates(spec: JsonObject): void {
  for (const claim of objectsAt(spec, "volumeClaimTemplates")) {
    claim.apiVersion = "v1";
    claim.kind = "PersistentVolumeClaim";
  }
}

/** Free JSON in schemas (defaults, enums, examples) is decoded and encoded again; null is none, and so is an empty webhook. */
function definition(spec: JsonObject): void {
  for (const version of objectsAt(spec, "versions")) {
    const schema = objectAt(version, "schema");
    if (schema) recode(schema);
  }
  const webhook = objectAt(spec, "conversion", "webhook");
  if (webhook?.clientConfig === undefined && webhook?.conversionReviewVersions === undefined) {
    delete objectAt(spec, "conversion")?.webhook;
  }
}

function recode(value: Json): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (item instanceof RawJson) value[index] = recoded(item);
      else recode(item);
    });
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const field = value[name];
      if (field instanceof RawJson && field.text === "null") delete value[name];
      else if (field instanceof RawJson) setField(value, name, recoded(field));
      else if (hasField(value, name)) recode(field ?? null);
    }
  }
}

function recoded(raw: RawJson): RawJson {
  return new RawJson(goJson(asGoNumbers(expandRaw(raw))));
}

/** Numbers as int64 or float64 hold them. */
function asGoNumbers(value: Json): Json {
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? value : Number(value);
  if (value instanceof FloatLiteral) return value.value;
  if (Array.isArray(value)) return value.map(asGoNumbers);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const name of Object.keys(value)) setField(out, name, asGoNumbers(value[name] ?? null));
  return out;
}
