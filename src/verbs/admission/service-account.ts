import { boolAt, ensureList, ensureObject, objectAt, objectsAt, stringAt, valueAt } from "../../kube/access.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { type AdmissionPlugin, type AdmissionView, type Attributes, isFor, refuse } from "./attributes.js";

const MIRROR = "kubernetes.io/config.mirror";
const ENFORCE = "kubernetes.io/enforce-mountable-secrets";
const VOLUME_PREFIX = "kube-api-access-";
const MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** An hour and seven seconds tell upstream's token issuer that clients may be old (pkg/serviceaccount/claims.go). */
const EXPIRATION_SECONDS = 3607;

/** strconv.ParseBool's ways to say true. */
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];

/**
 * Pods run as an account that is there, and get its token and pull secrets. Upstream, which looks for a missing
 * "default" for a second or two before it refuses: plugin/pkg/admission/serviceaccount/admission.go.
 */
export const serviceAccount: AdmissionPlugin = {
  name: "ServiceAccount",
  operations: ["CREATE", "UPDATE"],
  mutate(attributes, view) {
    const { object } = attributes;
    if (!object || !isCreate(attributes)) return;
    if (!isMirror(object)) {
      const spec = ensureObject(object, "spec");
      if (stringAt(spec, "serviceAccountName") === "") spec.serviceAccountName = "default";
      // The deprecated name of the same field.
      spec.serviceAccount = spec.serviceAccountName!;
      const account = accountOf(attributes, view, spec);
      if (automounts(account, spec)) mountToken(spec, view);
      const secrets = objectsAt(account, "imagePullSecrets");
      if (objectsAt(spec, "imagePullSecrets").length === 0 && secrets.length > 0) {
        spec.imagePullSecrets = secrets.map((secret) => ({ name: stringAt(secret, "name") }));
      }
    }
    check(attributes, view, object);
  },
  validate(attributes, view) {
    const { object } = attributes;
    if (!object) return;
    if (isCreate(attributes)) check(attributes, view, object);
    else if (isFor(attributes, "", "pods", "ephemeralcontainers")) checkEphemeral(attributes, view, object);
  },
};

function isCreate(attributes: Attributes): boolean {
  return attributes.operation === "CREATE" && isFor(attributes, "", "pods");
}

function isMirror(pod: KubeObject): boolean {
  return pod.metadata.annotations?.[MIRROR] !== undefined;
}

function check(attributes: Attributes, view: AdmissionView, pod: KubeObject): void {
  const spec = objectAt(pod, "spec") ?? {};
  if (isMirror(pod)) {
    if (stringAt(spec, "serviceAccountName") !== "") {
      throw refuse(attributes, "a mirror pod may not reference service accounts");
    }
    if (namesSecrets(spec)) throw refuse(attributes, "a mirror pod may not reference secrets");
    const sources = objectsAt(spec, "volumes").flatMap((volume) => objectsAt(volume, "projected", "sources"));
    if (sources.some((source) => objectAt(source, "serviceAccountToken"))) {
      throw refuse(attributes, "a mirror pod may not use ServiceAccountToken volume projections");
    }
    return;
  }
  const account = accountOf(attributes, view, spec);
  if (!enforces(account)) return;
  limitVolumes(attributes, account, spec);
  limitContainers(attributes, account, spec, "initContainers", "init container");
  limitContainers(attributes, account, spec, "containers", "container");
  limitPullSecrets(attributes, account, spec);
}

function checkEphemeral(attributes: Attributes, view: AdmissionView, pod: KubeObject): void {
  const spec = objectAt(pod, "spec") ?? {};
  const account = accountOf(attributes, view, spec);
  if (enforces(account)) limitContainers(attributes, account, spec, "ephemeralContainers", "ephemeral container");
}

function accountOf(attributes: Attributes, view: AdmissionView, spec: JsonObject): KubeObject {
  const { namespace, object } = attributes;
  const name = stringAt(spec, "serviceAccountName");
  if (name === "") {
    throw refuse(attributes, `no service account specified for pod ${namespace}/${object?.metadata.name ?? ""}`);
  }
  const account = view.get("", "serviceaccounts", namespace, name);
  if (account) return account;
  const missing = `serviceaccount "${name}" not found`;
  throw refuse(attributes, `error looking up service account ${namespace}/${name}: ${missing}`);
}

function automounts(account: KubeObject, spec: JsonObject): boolean {
  for (const owner of [spec, account]) {
    if (valueAt(owner, "automountServiceAccountToken") !== undefined) {
      return boolAt(owner, "automountServiceAccountToken");
    }
  }
  return true;
}

/** Every container without a mount at the token's place gets one, of one volume. */
function mountToken(spec: JsonObject, view: AdmissionView): void {
  const volumes = objectsAt(spec, "volumes").map((volume) => stringAt(volume, "name"));
  const there = volumes.find((name) => name.startsWith(VOLUME_PREFIX));
  const name = there ?? `${VOLUME_PREFIX}${view.suffix()}`;
  const containers = [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")].filter(
    (container) => !objectsAt(container, "volumeMounts").some((mount) => mount.mountPath === MOUNT_PATH),
  );
  for (const container of containers) {
    ensureList(container, "volumeMounts").push({ name, readOnly: true, mountPath: MOUNT_PATH });
  }
  if (there === undefined && containers.length > 0) ensureList(spec, "volumes").push(tokenVolume(name));
}

function tokenVolume(name: string): JsonObject {
  const namespace = { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [namespace] } },
      ],
      defaultMode: 0o644,
    },
  };
}

function enforces(account: KubeObject): boolean {
  return TRUE.includes(account.metadata.annotations?.[ENFORCE] ?? "");
}

function names(account: KubeObject, field: "secrets" | "imagePullSecrets"): ReadonlySet<string> {
  return new Set(objectsAt(account, field).map((secret) => stringAt(secret, "name")));
}

function limitVolumes(attributes: Attributes, account: KubeObject, spec: JsonObject): void {
  const allowed = names(account, "secrets");
  for (const volume of objectsAt(spec, "volumes")) {
    if (!objectAt(volume, "secret")) continue;
    const secret = stringAt(volume, "secret", "secretName");
    if (allowed.has(secret)) continue;
    throw refuse(attributes, `volume with secret.secretName="${secret}" ${unlisted(account, "secret")}`);
  }
}

function limitContainers(
  attributes: Attributes,
  account: KubeObject,
  spec: JsonObject,
  field: string,
  what: string,
): void {
  const allowed = names(account, "secrets");
  for (const container of objectsAt(spec, field)) {
    const called = `${what} ${stringAt(container, "name")}`;
    const refused = (how: string, secret: string) =>
      refuse(
        attributes,
        `${called} with ${how} referencing secret.secretName="${secret}" ${unlisted(account, "secret")}`,
      );
    for (const variable of objectsAt(container, "env")) {
      const reference = objectAt(variable, "valueFrom", "secretKeyRef");
      const secret = stringAt(reference, "name");
      if (reference && !allowed.has(secret)) throw refused(`envVar ${stringAt(variable, "name")}`, secret);
    }
    for (const { secretRef } of objectsAt(container, "envFrom")) {
      const secret = stringAt(secretRef, "name");
      if (secretRef && !allowed.has(secret)) throw refused("envFrom", secret);
    }
  }
}

function limitPullSecrets(attributes: Attributes, account: KubeObject, spec: JsonObject): void {
  const allowed = names(account, "imagePullSecrets");
  for (const [index, secret] of objectsAt(spec, "imagePullSecrets").entries()) {
    const name = stringAt(secret, "name");
    if (allowed.has(name)) continue;
    throw refuse(attributes, `imagePullSecrets[${index}].name="${name}" ${unlisted(account, "imagePullSecret")}`);
  }
}

function unlisted(account: KubeObject, what: string): string {
  return `is not allowed because service account ${account.metadata.name} does not reference that ${what}`;
}

/** Upstream: pkg/api/pod/util.go, VisitPodSecretNames. */
function namesSecrets(spec: JsonObject): boolean {
  if (objectsAt(spec, "imagePullSecrets").length > 0) return true;
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => objectsAt(spec, field));
  const inContainers = containers.some(
    (container) =>
      objectsAt(container, "env").some((variable) => objectAt(variable, "valueFrom", "secretKeyRef")) ||
      objectsAt(container, "envFrom").some((source) => objectAt(source, "secretRef")),
  );
  return inContainers || objectsAt(spec, "volumes").some(volumeNamesSecret);
}

function volumeNamesSecret(volume: JsonObject): boolean {
  if (objectsAt(volume, "projected", "sources").some((source) => objectAt(source, "secret"))) return true;
  if (stringAt(volume, "secret", "secretName") !== "" || stringAt(volume, "azureFile", "secretName") !== "")
    return true;
  if (objectAt(volume, "csi", "nodePublishSecretRef")) return true;
  const kinds = ["cephfs", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos", "cinder"];
  return kinds.some((kind) => objectAt(volume, kind, "secretRef"));
}
