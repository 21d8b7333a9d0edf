import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { ApiError } from "../../../src/kube/status.js";
import type { AdmissionView } from "../../../src/verbs/admission/attributes.js";
import { admit, PLUGINS } from "../../../src/verbs/admission/plugins.js";

const ACCOUNTS: Readonly<Record<string, JsonObject>> = {
  default: { imagePullSecrets: [{ name: "pull" }] },
  strict: {
    metadata: { annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } },
    secrets: [{ name: "ok" }],
    automountServiceAccountToken: false,
  },
};
const view: AdmissionView = {
  get: (_group, resource, _namespace, name) => {
    const account = resource === "serviceaccounts" ? ACCOUNTS[name] : undefined;
    const kind = resource === "serviceaccounts" ? "ServiceAccount" : "Namespace";
    if (kind === "ServiceAccount" && !account) return undefined;
    return { apiVersion: "v1", kind, ...account, metadata: { ...(account?.metadata as JsonObject), name } };
  },
  list: () => [],
  authorize: () => true,
  suffix: () => "x7k2m",
};
const PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const mount = (name: string) => ({ name, readOnly: true, mountPath: PATH });

function admitted(spec: JsonObject, annotations: Record<string, string> = {}, off: readonly string[] = []): JsonObject {
  const containers = [{ name: "c", image: "i" }];
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "t", annotations },
    spec: { containers, ...spec },
  } as KubeObject;
  const attributes = {
    operation: "CREATE",
    resource: {
      gvr: { group: "", version: "v1", resource: "pods" },
      gvk: { group: "", version: "v1", kind: "Pod" },
    },
    subresource: "",
    namespace: "t",
    name: "p",
    object: pod,
    user: { name: "u", groups: [] },
    dryRun: false,
  } as const;
  const others = PLUGINS.map(({ name }) => name).filter((name) => name !== "ServiceAccount");
  for (const phase of ["mutate", "validate"] as const) admit(phase, attributes, view, new Set([...others, ...off]));
  return pod.spec as JsonObject;
}

function refusal(spec: JsonObject, annotations?: Record<string, string>): string {
  try {
    admitted(spec, annotations);
  } catch (error) {
    if (error instanceof ApiError && error.status.code === 403) return error.status.message;
    throw error;
  }
  throw new Error("admitted");
}

describe("ServiceAccount", () => {
  test("gives a pod the default account, its token and its pull secrets", () => {
    const { volumes, ...spec } = admitted({});
    expect(spec).toEqual({
      serviceAccountName: "default",
      serviceAccount: "default",
      imagePullSecrets: [{ name: "pull" }],
      containers: [{ name: "c", image: "i", volumeMounts: [mount("kube-api-access-x7k2m")] }],
    });
    expect(volumes).toMatchObject([
      {
        name: "kube-api-access-x7k2m",
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt" } },
            { downwardAPI: {} },
          ],
        },
      },
    ]);
  });

  test("mounts nothing where the pod or its account says no, or something is there", () => {
    expect(admitted({ automountServiceAccountToken: false }).volumes).toBeUndefined();
    expect(admitted({ serviceAccountName: "strict" }).volumes).toBeUndefined();
    const containers = [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: PATH }] }];
    expect(admitted({ containers, volumes: [{ name: "v", emptyDir: {} }] }).volumes).toHaveLength(1);
  });

  test("takes a token's volume that is there", () => {
    const spec = admitted({
      volumes: [{ name: "kube-api-access-mine", emptyDir: {} }],
      initContainers: [{ name: "i", image: "i" }],
    });
    expect(spec.volumes).toHaveLength(1);
    expect(spec.initContainers).toEqual([{ name: "i", image: "i", volumeMounts: [mount("kube-api-access-mine")] }]);
  });

  // Messages as a kube-apiserver 1.34 gives them.
  test.each<[string, JsonObject, string]>([
    [
      "an account that is not there",
      { serviceAccountName: "absent" },
      'error looking up service account t/absent: serviceaccount "absent" not found',
    ],
    [
      "a secret's volume that a strict account does not list",
      { serviceAccountName: "strict", volumes: [{ name: "v", secret: { secretName: "no" } }] },
      'volume with secret.secretName="no" is not allowed because service account strict does not reference that secret',
    ],
    [
      "a variable from such a secret",
      {
        serviceAccountName: "strict",
        containers: [{ name: "c", env: [{ name: "E", valueFrom: { secretKeyRef: { name: "no", key: "k" } } }] }],
      },
      'container c with envVar E referencing secret.secretName="no" is not allowed because service account strict ' +
        "does not reference that secret",
    ],
    [
      "variables from such a secret",
      { serviceAccountName: "strict", initContainers: [{ name: "i", envFrom: [{ secretRef: { name: "no" } }] }] },
      'init container i with envFrom referencing secret.secretName="no" is not allowed because service account strict ' +
        "does not reference that secret",
    ],
    [
      "a pull secret that it does not list",
      { serviceAccountName: "strict", imagePullSecrets: [{ name: "q" }] },
      'imagePullSecrets[0].name="q" is not allowed because service account strict does not reference that imagePullSecret',
    ],
  ])("refuses %s", (_what, spec, why) => {
    expect(refusal(spec)).toBe(`pods "p" is forbidden: ${why}`);
  });

  test("leaves a mirror pod as it is, and refuses one that names accounts or secrets", () => {
    const mirror = { "kubernetes.io/config.mirror": "x" };
    expect(admitted({}, mirror)).toEqual({ containers: [{ name: "c", image: "i" }] });
    const why = (spec: JsonObject) => refusal(spec, mirror).replace('pods "p" is forbidden: a mirror pod may not ', "");
    expect(why({ serviceAccountName: "default" })).toBe("reference service accounts");
    expect(why({ imagePullSecrets: [{ name: "z" }] })).toBe("reference secrets");
    expect(why({ volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] })).toBe(
      "use ServiceAccountToken volume projections",
    );
  });
});
