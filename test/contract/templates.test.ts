import { type Case, c, given, scenario } from "./case.js";
import { contract } from "./contract.js";

type Fields = Readonly<Record<string, unknown>>;

/** Creates nothing that others would notice. */
const create =
  (path: string) =>
  (name: string, more: Fields): Case =>
    c(name, `POST ${path}?dryRun=All`, { json: { metadata: { name: "x-{run}" }, ...more } });

const containers = [{ name: "c", image: "i" }];
const OLD_ZONE = "failure-domain.beta.kubernetes.io/zone";
const pod = (name: string, spec: Fields) => create("{core}/pods")(name, { spec });
const volume = (name: string, spec: Fields) => create("/api/v1/persistentvolumes")(name, { spec });
const source = (more: Fields) => ({ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...more });
const aJob = (name: string, spec: Fields) => ({
  metadata: { name },
  spec: {
    completions: 3,
    completionMode: "Indexed",
    template: { spec: { restartPolicy: "Never", containers } },
    ...spec,
  },
});
const job = (name: string, spec: Fields) =>
  c(name, "POST /apis/batch/v1/namespaces/{ns}/jobs?dryRun=All", { json: aJob("x", spec) });
const changed = (name: string, spec: Fields) =>
  c(name, "PATCH /apis/batch/v1/namespaces/{ns}/jobs/job", {
    type: "strategic",
    json: { spec },
  });

contract("templates", [
  scenario("volumes", [
    volume("recycled with old labels", {
      ...source({ hostPath: { path: "/a" } }),
      persistentVolumeReclaimPolicy: "Recycle",
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: OLD_ZONE, operator: "Exists" }] }] },
      },
    }),
    volume("quobyte without ports", source({ quobyte: { registry: "a,b:1", volume: "v" } })),
    volume("flocker twice", source({ flocker: { datasetName: "a/b", datasetUUID: "u" } })),
    volume("iscsi names", source({ iscsi: { targetPortal: "p", iqn: "x", lun: 300, initiatorName: "eui.1" } })),
    volume("storageos", source({ storageos: { volumeName: "A", volumeNamespace: "B", secretRef: {} } })),
    pod("overlapping paths", {
      containers,
      volumes: [
        { name: "m", configMap: { name: "c", items: ["a", "a/", "a/b"].map((path) => ({ key: "k", path })) } },
        {
          name: "p",
          projected: { sources: ["p", "p/q"].map((path) => ({ secret: { name: "s", items: [{ key: "k", path }] } })) },
        },
      ],
    }),
    pod("two sources", {
      containers,
      volumes: [{ name: "v", emptyDir: {}, downwardAPI: {}, cephfs: { monitors: [] } }],
    }),
  ]),
  scenario("jobs", [
    job("indexes out of order", { successPolicy: { rules: [{ succeededIndexes: "2,1", succeededCount: 9 }] } }),
    job("index too large", { successPolicy: { rules: [{ succeededIndexes: "0-9", succeededCount: -1 }] } }),
    job("success without indexes", { completionMode: "NonIndexed", successPolicy: { rules: [{}] } }),
    job("many completions", { completions: 200000, parallelism: 20000, backoffLimitPerIndex: 1 }),
    given("/apis/batch/v1/namespaces/{ns}/jobs", aJob("job", { suspend: true })),
    changed("another failure policy", { podFailurePolicy: { rules: [{ action: "FailJob" }] } }),
    changed("empty affinity", { template: { spec: { affinity: {} } } }),
    changed("empty lifecycle", { template: { spec: { containers: [{ name: "c", lifecycle: {} }] } } }),
  ]),
  scenario("windows", [
    pod("options", {
      containers: [{ ...containers[0], securityContext: { windowsOptions: { runAsUserName: "a.\\.. ." } } }],
      securityContext: { windowsOptions: { hostProcess: true, gmsaCredentialSpecName: "A", gmsaCredentialSpec: "" } },
    }),
    pod("a system without users", {
      containers,
      os: { name: "windows" },
      hostPID: true,
      securityContext: { runAsUser: 1, fsGroup: 1, sysctls: [] },
    }),
  ]),
]);
