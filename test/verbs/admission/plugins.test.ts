import { describe, expect, test } from "vitest";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { ApiError, type StatusDetails } from "../../../src/kube/status.js";
import type { AdmissionView, Attributes, Operation } from "../../../src/verbs/admission/attributes.js";
import { admit, PLUGINS } from "../../../src/verbs/admission/plugins.js";

interface Request {
  readonly operation?: Operation;
  readonly group?: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly subresource?: string;
  readonly object?: JsonObject;
  readonly old?: JsonObject;
  readonly dryRun?: boolean;
}

/** What the cluster holds, by resource. */
type Stored = Readonly<Record<string, readonly JsonObject[]>>;

const asObject = (rest: JsonObject): KubeObject =>
  ({ apiVersion: "v1", kind: "X", ...rest, metadata: { name: "n", ...(rest.metadata as JsonObject) } }) as KubeObject;

function viewOf(stored: Stored, written: KubeObject[] = [], allowed = true): AdmissionView {
  const all = (resource: string): KubeObject[] =>
    (stored[resource] ?? (resource === "namespaces" ? [{ metadata: { name: "shop" } }] : [])).map(asObject);
  return {
    get: (_group, resource, _namespace, name) => all(resource).find(({ metadata }) => metadata.name === name),
    list: (_group, resource) => all(resource),
    suffix: () => "x7k2m",
    authorize: () => allowed,
    updateStatus: (_group, _resource, object) => void written.push(object),
  };
}

/** Runs both phases over the object and gives it back. */
function admitted(request: Request, view: AdmissionView = viewOf({}), disabled?: ReadonlySet<string>): KubeObject {
  const { group = "", resource, kind, operation = "CREATE", namespace = "shop", subresource = "" } = request;
  const object = asObject(request.object ?? {});
  const attributes: Attributes = {
    operation,
    resource: { gvr: { group, version: "v1", resource }, gvk: { group, version: "v1", kind } },
    subresource,
    namespace,
    name: "n",
    user: { name: "u", groups: [] },
    dryRun: request.dryRun ?? false,
    ...(operation !== "DELETE" && { object }),
    ...(request.old && { old: asObject(request.old) }),
  };
  for (const phase of ["mutate", "validate"] as const) admit(phase, attributes, view, disabled);
  return object;
}

function refusal(request: Request, view?: AdmissionView): { message: string; code: number; details: StatusDetails } {
  try {
    admitted(request, view);
  } catch (error) {
    if (error instanceof ApiError) return { ...error.status, details: error.status.details ?? {} };
    throw error;
  }
  throw new Error("was admitted");
}

const pod = (spec: JsonObject): Request => ({ resource: "pods", kind: "Pod", object: { spec } });
const claim = (spec: JsonObject, metadata: JsonObject = {}): Request => ({
  resource: "persistentvolumeclaims",
  kind: "PersistentVolumeClaim",
  object: { metadata, spec },
});
const specOf = (object: KubeObject): JsonObject => object.spec as JsonObject;

test("plugins have the names of a real server's flags, each once", () => {
  const names = PLUGINS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("NamespaceLifecycle");
  expect(names.at(-1)).toBe("ResourceQuota");
});

test("a plugin that is switched off does nothing", () => {
  const node = { resource: "nodes", kind: "Node", namespace: "" };
  expect(specOf(admitted(node)).taints).toHaveLength(1);
  expect(admitted(node, viewOf({}), new Set(["TaintNodesByCondition"])).spec).toBeUndefined();
});

describe("NamespaceLifecycle", () => {
  const map = { resource: "configmaps", kind: "ConfigMap" };

  test("misses the namespace", () => {
    expect(refusal({ ...map, namespace: "gone" })).toMatchObject({ code: 404, message: 'namespaces "gone" not found' });
  });

  test("makes nothing in a namespace that is going, but lets what is there change", () => {
    const view = viewOf({ namespaces: [{ metadata: { name: "shop" }, status: { phase: "Terminating" } }] });
    const why = "unable to create new content in namespace shop because it is being terminated";
    const { code, message, details } = refusal(map, view);
    expect([code, message]).toEqual([403, `configmaps "n" is forbidden: ${why}`]);
    expect(details.causes).toEqual([
      {
        reason: "NamespaceTerminating",
        message: "namespace shop is being terminated",
        field: "metadata.namespace",
      },
    ]);
    expect(() => admitted({ ...map, operation: "UPDATE", old: {} }, view)).not.toThrow();
  });
});

describe("Priority", () => {
  const classes = [
    { metadata: { name: "high" }, value: 100, preemptionPolicy: "Never" },
    { metadata: { name: "usual" }, value: 7, globalDefault: true },
    { metadata: { name: "more" }, value: 9, globalDefault: true },
  ];
  const view = viewOf({ priorityclasses: classes });

  test("resolves the class, or the lowest default", () => {
    expect(specOf(admitted(pod({ priorityClassName: "high" }), view))).toMatchObject({
      priority: 100,
      preemptionPolicy: "Never",
    });
    expect(specOf(admitted(pod({}), view))).toMatchObject({ priority: 7, priorityClassName: "usual" });
    expect(specOf(admitted(pod({})))).toMatchObject({ priority: 0, preemptionPolicy: "PreemptLowerPriority" });
  });

  test.each<[JsonObject, string]>([
    [{ priorityClassName: "none" }, "no PriorityClass with name none was found"],
    [
      { priorityClassName: "high", priority: 5 },
      "the integer value of priority (5) must not be provided in pod spec; " +
        "priority admission controller computed 100 from the given PriorityClass name",
    ],
  ])("refuses %j", (spec, why) => {
    expect(refusal(pod(spec), view)).toMatchObject({ code: 403, message: `pods "n" is forbidden: ${why}` });
  });

  test("allows one default", () => {
    const request = { resource: "priorityclasses", group: "scheduling.k8s.io", kind: "PriorityClass", namespace: "" };
    const why = "PriorityClass usual is already marked as default. Only one default can exist";
    expect(refusal({ ...request, object: { globalDefault: true } }, view).message).toContain(why);
  });
});

test("DefaultTolerationSeconds adds what the pod does not tolerate yet", () => {
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", tolerationSeconds: 5 };
  expect(specOf(admitted(pod({ tolerations: [own] }))).tolerations).toEqual([
    own,
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  ]);
});

describe("LimitRanger", () => {
  const limit = {
    type: "Container",
    default: { cpu: "500m" },
    defaultRequest: { cpu: "100m" },
    max: { cpu: "1" },
  };
  const view = viewOf({ limitranges: [{ spec: { limits: [limit] } }] });

  test("fills in defaults and says so", () => {
    const object = admitted(pod({ containers: [{ name: "c" }] }), view);
    expect(specOf(object).containers).toEqual([
      { name: "c", resources: { requests: { cpu: "100m" }, limits: { cpu: "500m" } } },
    ]);
    expect(object.metadata.annotations).toEqual({
      "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
    });
  });

  test("holds to the bounds", () => {
    const resources = { requests: { cpu: "1" }, limits: { cpu: "2" } };
    expect(refusal(pod({ containers: [{ name: "c", resources }] }), view).message).toBe(
      'pods "n" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });
});

describe("storage", () => {
  const classes = [
    {
      metadata: {
        name: "old",
        creationTimestamp: "2026-01-01T00:00:00Z",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
    },
    {
      metadata: {
        name: "new",
        creationTimestamp: "2026-01-02T00:00:00Z",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      allowVolumeExpansion: true,
    },
  ];
  const view = viewOf({ storageclasses: classes });

  test("claims get the newest default class and are protected", () => {
    const object = admitted(claim({}), view);
    expect(specOf(object).storageClassName).toBe("new");
    expect(object.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
    expect(specOf(admitted(claim({ storageClassName: "" }), view)).storageClassName).toBe("");
  });

  test.each<[string, string, string | undefined]>([
    ["new", "Bound", undefined],
    ["new", "Pending", "Only bound persistent volume claims can be expanded"],
    [
      "old",
      "Bound",
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
    ],
  ])("claims of class %s that are %s grow: %s", (storageClassName, phase, why) => {
    const sized = (storage: string) => ({ storageClassName, resources: { requests: { storage } } });
    const request: Request = {
      ...claim(sized("2Gi")),
      operation: "UPDATE",
      old: { spec: sized("1Gi"), status: { phase } },
    };
    if (why === undefined) expect(() => admitted(request, view)).not.toThrow();
    else expect(refusal(request, view).message).toBe(`persistentvolumeclaims "n" is forbidden: ${why}`);
  });
});

test("DefaultIngressClass is for ingresses that name none", () => {
  const annotations = { "ingressclass.kubernetes.io/is-default-class": "true" };
  const view = viewOf({ ingressclasses: [{ metadata: { name: "front", annotations } }] });
  const ingress: Request = { group: "networking.k8s.io", resource: "ingresses", kind: "Ingress", object: { spec: {} } };
  expect(specOf(admitted(ingress, view)).ingressClassName).toBe("front");
});

describe("RuntimeClass", () => {
  const view = viewOf({
    runtimeclasses: [
      { metadata: { name: "vm" }, overhead: { podFixed: { cpu: "1" } }, scheduling: { nodeSelector: { a: "b" } } },
    ],
  });

  test("brings overhead and scheduling", () => {
    expect(specOf(admitted(pod({ runtimeClassName: "vm", nodeSelector: { c: "d" } }), view))).toMatchObject({
      overhead: { cpu: "1" },
      nodeSelector: { a: "b", c: "d" },
    });
  });

  test.each<[JsonObject, string]>([
    [{ runtimeClassName: "none" }, 'pod rejected: RuntimeClass "none" not found'],
    [
      { runtimeClassName: "vm", nodeSelector: { a: "z" } },
      "conflict: runtimeClass.scheduling.nodeSelector[a] = b; pod.spec.nodeSelector[a] = z",
    ],
    [{ overhead: { cpu: "1" } }, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"],
  ])("refuses %j", (spec, why) => {
    expect(refusal(pod(spec), view).message).toBe(`pods "n" is forbidden: ${why}`);
  });
});

test("CertificateApproval asks whether the user may approve for the signer", () => {
  const request: Request = {
    group: "certificates.k8s.io",
    resource: "certificatesigningrequests",
    kind: "CertificateSigningRequest",
    namespace: "",
    operation: "UPDATE",
    subresource: "approval",
    old: { spec: { signerName: "a.b/c" } },
  };
  expect(() => admitted(request)).not.toThrow();
  expect(refusal(request, viewOf({}, [], false)).message).toBe(
    'certificatesigningrequests.certificates.k8s.io "n" is forbidden: user not permitted to approve requests with signerName "a.b/c"',
  );
});

describe("ResourceQuota", () => {
  const quota = (name: string, hard: JsonObject, used: JsonObject, spec: JsonObject = {}): JsonObject => ({
    metadata: { name },
    spec,
    status: { hard, used },
  });
  const limits = { cpu: "100m", memory: "2Gi" };
  const sized = pod({ containers: [{ name: "c", resources: { requests: { cpu: "600m" }, limits } }, { name: "d" }] });
  const nodePorts: Request = {
    resource: "services",
    kind: "Service",
    object: { spec: { type: "NodePort", ports: [{ port: 1 }, { port: 2 }] } },
  };

  test.each<[string, Request, JsonObject, string]>([
    [
      "a count",
      { group: "apps", resource: "deployments", kind: "Deployment" },
      quota("a", { "count/deployments.apps": "0" }, { "count/deployments.apps": "0" }),
      'deployments.apps "n" is forbidden: exceeded quota: a, ' +
        "requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: count/deployments.apps=0",
    ],
    [
      "a scope",
      pod({ containers: [{ name: "c" }] }),
      quota("b", { pods: "0" }, { pods: "0" }, { scopes: ["BestEffort"] }),
      'pods "n" is forbidden: exceeded quota: b, requested: pods=1, used: pods=0, limited: pods=0',
    ],
    [
      "containers without numbers",
      sized,
      quota("c", { cpu: "1", "limits.memory": "1Gi" }, { cpu: "0", "limits.memory": "0" }),
      'pods "n" is forbidden: failed quota: c: must specify cpu for: d; limits.memory for: d',
    ],
    [
      "usage that nobody has measured",
      pod({ activeDeadlineSeconds: 3 }),
      quota("d", { pods: "3", "count/pods": "1" }, {}, { scopes: ["Terminating"] }),
      'pods "n" is forbidden: status unknown for quota: d, resources: count/pods,pods',
    ],
    [
      "ports",
      nodePorts,
      quota("a", { "services.nodeports": "2", secrets: "1" }, { "services.nodeports": "1", secrets: "0" }),
      'services "n" is forbidden: exceeded quota: a, ' +
        "requested: services.nodeports=2, used: services.nodeports=1, limited: services.nodeports=2",
    ],
    [
      "storage of a class",
      claim({ storageClassName: "gold", resources: { requests: { storage: "5Gi" } } }),
      quota(
        "a",
        { "gold.storageclass.storage.k8s.io/requests.storage": "1Gi" },
        { "gold.storageclass.storage.k8s.io/requests.storage": "0" },
      ),
      'persistentvolumeclaims "n" is forbidden: exceeded quota: a, ' +
        "requested: gold.storageclass.storage.k8s.io/requests.storage=5Gi, " +
        "used: gold.storageclass.storage.k8s.io/requests.storage=0, " +
        "limited: gold.storageclass.storage.k8s.io/requests.storage=1Gi",
    ],
  ])("refuses by %s", (_, request, row, message) => {
    expect(refusal(request, viewOf({ resourcequotas: [row] }))).toMatchObject({ code: 403, message });
  });

  test("adds what is used, except in a dry run", () => {
    const stored = { resourcequotas: [quota("a", { secrets: "2", pods: "1" }, { secrets: "1", pods: "0" })] };
    const secret = { resource: "secrets", kind: "Secret" };
    const written: KubeObject[] = [];
    admitted({ ...secret, dryRun: true }, viewOf(stored, written));
    expect(written).toEqual([]);
    admitted(secret, viewOf(stored, written));
    expect(written.map(({ status }) => (status as JsonObject).used)).toEqual([{ secrets: "2", pods: "0" }]);
  });

  test("charges a change only for what it adds", () => {
    const view = viewOf({ resourcequotas: [quota("a", { "services.nodeports": "2" }, { "services.nodeports": "2" })] });
    const change: Request = { ...nodePorts, operation: "UPDATE" };
    expect(() => admitted({ ...change, old: nodePorts.object! }, view)).not.toThrow();
    const old = { spec: { type: "ClusterIP", ports: [{ port: 1 }] } };
    expect(refusal({ ...change, old }, view).message).toContain("requested: services.nodeports=2");
  });
});
