import { PRESETS, PROXY_WAYS, REACHES } from "../cluster/spec.js";
import { list, object, type Schema, text, texts } from "./route.js";

const pem = (what: string) => text(`${what}, PEM.`, { minLength: 1, maxLength: 65_536 });

const keyPair = (what: string): Schema => ({
  ...object({ certificate: pem("Certificate"), key: pem("Private key, RSA or EC") }, ["certificate", "key"]),
  description: what,
});

const endpoint: Schema = {
  ...object({
    host: text("What kubeconfigs and certificates say."),
    port: { type: "integer", minimum: 1, maximum: 65_535 },
    serverName: text("The name in the TLS ClientHello, where clusters share a port."),
  }),
  description: "Where clients reach the cluster, where it is not the fleet's own choice.",
};

const process = {
  preset: text("Its flags. By default the fleet's.", { enum: [...PRESETS] }),
  flags: { ...list(text('More flags: "--v=4".'), "They come after the fleet's."), maxItems: 100 },
  start: text("Whether it runs before anybody asks. Default: ahead.", { enum: ["ahead", "demand"] }),
};

const runtime = {
  type: "object",
  required: ["type"],
  oneOf: [
    object(
      {
        type: text("A kube-apiserver of its own, on the shared etcd.", { enum: ["process"] }),
        ...process,
      },
      ["type"],
    ),
    object(
      {
        type: text("A kube-apiserver in a Kubernetes cluster that the fleet has for that.", { enum: ["kubernetes"] }),
        backing: text("The name of that cluster. By default one with room."),
        image: text("Of kube-apiserver. By default the fleet's.", { minLength: 1 }),
        preset: text("Its flags. By default the fleet's.", { enum: [...PRESETS] }),
        flags: { ...list(text('More flags: "--v=4".'), "They come after the fleet's."), maxItems: 100 },
        reach: text("How it is reached. By default as that cluster's others.", { enum: [...REACHES] }),
        resources: {
          ...object({ cpu: text('"100m"'), memory: text('"400Mi"') }),
          description: "What it asks of its node. Defaults go by the preset.",
        },
      },
      ["type"],
    ),
    object(
      {
        type: text("A server that somebody else runs.", { enum: ["external"] }),
        server: text("https://host:port"),
        ca: pem("The CA of its serving certificate"),
        client: keyPair("Of somebody who may do everything there."),
        frontProxy: keyPair("Of somebody who may speak for others there. Needed to terminate."),
      },
      ["type", "server", "ca"],
    ),
  ],
};

const proxy = text("pipe: TLS leads to it. terminate: TLS ends here, requests are passed on.", {
  enum: [...PROXY_WAYS],
});

const backend: Schema = {
  type: "object",
  required: ["type"],
  description: "What is behind the endpoint. Default: emulated.",
  oneOf: [
    object({ type: text("This program itself.", { enum: ["emulated"] }) }, ["type"]),
    object(
      {
        type: text("A real kube-apiserver.", { enum: ["passthrough"] }),
        proxy,
        runtime,
      },
      ["type", "proxy", "runtime"],
    ),
  ],
};

/** Of a cluster that gets a kube-apiserver of its own. */
export const PROMOTION = {
  ...object({ proxy, ...process }),
  description: "By default terminate, and the fleet's flags.",
};

export const CLUSTER_SPEC = object({
  name: text('By default the next of the row. With a namespace: "namespace.name".', { minLength: 1 }),
  ca: keyPair("The CA that clients trust and that signs their certificates. Made if it is not given."),
  caComesLater: {
    type: "boolean",
    description: "Nobody can connect until the CA is given, by asking for the cluster once more.",
  },
  etcdCa: keyPair("The CA of the cluster's etcd. Made when it is needed if it is not given."),
  serviceAccountKey: pem("Private key that signs the tokens of ServiceAccounts, RSA or EC P-256"),
  endpoint,
  backend,
});

export const CLUSTER = object(
  {
    name: text("Its name in the fleet."),
    server: text("https://host:port"),
    tlsServerName: text("The name to send in the TLS ClientHello, where clusters share a port."),
    state: text(
      "waiting: its CA is yet to be given; idle: nobody has asked anything of it yet; active: it holds objects.",
      { enum: ["waiting", "idle", "active"] },
    ),
    lastActivity: text("When a client last asked.", { format: "date-time" }),
    backend: object(
      {
        type: text("emulated or passthrough."),
        proxy: text("How clients get to a real server.", { enum: [...PROXY_WAYS] }),
        runtime: text("Where the real server comes from."),
        phase: text("How the real server does.", { enum: ["stopped", "starting", "ready", "failed"] }),
        message: text("Why it is not ready, or not well, and what can be done."),
        restarts: { type: "integer", description: "How often it has been started again." },
        pid: { type: "integer", description: "Of its process." },
        url: text("Where it is reached from here."),
      },
      ["type"],
    ),
    moving: {
      ...object(
        {
          to: text("What is to be behind it.", { enum: ["emulated", "passthrough"] }),
          step: text("What is being done: for people."),
        },
        ["to", "step"],
      ),
      description: "It is on its way to or from a real server; until it has come there, backend is what it was.",
    },
    objects: { type: "integer", description: "Of all kinds, those that every cluster begins with among them." },
    nodes: { type: "integer" },
  },
  ["name", "server", "state"],
);

export const CLUSTER_LIST = object({ clusters: list(CLUSTER) }, ["clusters"]);

export const IMPORTED = object(
  {
    cluster: CLUSTER,
    imported: { type: "integer", description: "How many objects came with it." },
    own: list(text("resource namespace/name"), "What only the server that it comes from has a use for: left out."),
    unknownFields: list(text("apiVersion Kind: path"), "Fields that this version does not have: lost. At most 100."),
    otherServiceRange: text("The address of the other cluster's Service kubernetes, where it has another range."),
  },
  ["cluster", "imported", "own", "unknownFields"],
);

const secret = (what: string) => object({ certificate: pem(what), key: pem("Private key, if asked for") });

export const CREDENTIALS = object({
  ca: secret("The CA of the cluster"),
  etcdCa: secret("The CA of its etcd"),
  serviceAccount: object({
    publicKey: pem("Verifies the tokens of ServiceAccounts"),
    key: pem("Private key, if asked for"),
  }),
});

const taint = object({ key: text("Key."), value: text("Value."), effect: text("Effect.") }, ["key", "effect"]);

/** The most nodes that one request may add. */
export const MOST_NODES = 5_000;

const role = text("What the node is.", { enum: ["worker", "control-plane"] });

export const NODE_TEMPLATE = object({
  count: { type: "integer", minimum: 1, maximum: MOST_NODES, default: 1 },
  start: {
    type: "integer",
    minimum: 0,
    description:
      "The first {{index}}. By default the first whose name is free; given, nodes of these names are updated.",
  },
  name: text('By default "{{cluster}}-worker-{{index}}", or control-plane.', { minLength: 1 }),
  role,
  version: text('Of the kubelet: "v1.34.4". By default that of the API server.', { pattern: "^v?1\\.\\d+\\.\\d+" }),
  etcd: text("Whether each control-plane node runs a member of etcd. By default: stacked.", {
    enum: ["stacked", "external"],
  }),
  labels: texts("In addition to what a kubelet sets."),
  annotations: texts("Annotations."),
  taints: list(taint, "By default a control-plane node has its NoSchedule taint."),
  providerID: text("By default none."),
  capacity: texts('Resources: {"cpu": "8"}.'),
});

export const NODE = object(
  {
    name: text("Name."),
    role,
    version: text("Of the kubelet."),
    ready: { type: "boolean" },
    providerID: text("Provider ID."),
  },
  ["name", "role", "version", "ready"],
);

export const NODE_LIST = object({ nodes: list(NODE) }, ["nodes"]);

export const NODE_CHANGE = object(
  { ready: { type: "boolean", description: "false: its kubelet falls silent; true: it is heard of again." } },
  ["ready"],
);

export const FLEET = object({
  clusters: { type: "integer" },
  kubernetesVersion: text("Emulated version."),
  pid: { type: "integer" },
  memoryMiB: { type: "integer", description: "Resident memory of the process." },
});

export const ERROR = object(
  {
    error: object({ code: text("For programs."), message: text("For people."), field: text("What is to blame.") }, [
      "code",
      "message",
    ]),
  },
  ["error"],
);
