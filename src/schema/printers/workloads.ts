import type { Json, JsonObject } from "../../kube/json.js";
import { age, type Cell, Elapsed, type Printer, since, timeOf } from "./cells.js";
import { humanDuration } from "./duration.js";
import { count, field, integer, isBeingDeleted, items, name, text, textOr } from "./fields.js";
import { formatLabels, formatSelector, selectorText } from "./labels.js";

/** Names and images of a pod template's containers: two cells. */
function containers(template: Json | undefined): [string, string] {
  const list = items(template, "spec", "containers");
  const join = (key: string) => list.map((container) => text(container, key)).join(",");
  return [join("name"), join("image")];
}

const template = (object: JsonObject) => field(object, "spec", "template");
const selector = (object: JsonObject) => field(object, "spec", "selector");

const printPodTemplate: Printer = (object) => [
  name(object),
  ...containers(field(object, "template")),
  formatLabels(field(object, "template", "metadata", "labels")),
];

const printReplicationController: Printer = (object) => [
  ...replicaCells(object),
  ...containers(template(object)),
  formatLabels(selector(object)),
];

const printReplicaSet: Printer = (object) => [
  ...replicaCells(object),
  ...containers(template(object)),
  formatSelector(selector(object)),
];

function replicaCells(object: JsonObject): Cell[] {
  return [
    name(object),
    integer(object, "spec", "replicas"),
    integer(object, "status", "replicas"),
    integer(object, "status", "readyReplicas"),
    age(object),
  ];
}

function readyOfDesired(object: JsonObject): string {
  return `${integer(object, "status", "readyReplicas")}/${integer(object, "spec", "replicas")}`;
}

const printDeployment: Printer = (object) => [
  name(object),
  readyOfDesired(object),
  integer(object, "status", "updatedReplicas"),
  integer(object, "status", "availableReplicas"),
  age(object),
  ...containers(template(object)),
  selectorText(selector(object)) ?? "<invalid>",
];

const printStatefulSet: Printer = (object) => [
  name(object),
  readyOfDesired(object),
  age(object),
  ...containers(template(object)),
];

const printDaemonSet: Printer = (object) => [
  name(object),
  integer(object, "status", "desiredNumberScheduled"),
  integer(object, "status", "currentNumberScheduled"),
  integer(object, "status", "numberReady"),
  integer(object, "status", "updatedNumberScheduled"),
  integer(object, "status", "numberAvailable"),
  formatLabels(field(template(object), "spec", "nodeSelector")),
  age(object),
  ...containers(template(object)),
  formatSelector(selector(object)),
];

const printJob: Printer = (object) => [
  name(object),
  jobStatus(object),
  jobCompletions(object),
  jobDuration(object),
  age(object),
  ...containers(template(object)),
  formatSelector(selector(object)),
];

/** In order of precedence; deletion comes between the two. */
const ENDED = ["Complete", "Failed"];
const ONGOING = ["Suspended", "FailureTarget", "SuccessCriteriaMet"];

function jobStatus(job: JsonObject): string {
  const shown = (types: readonly string[]) =>
    types.find((type) => {
      const condition = items(job, "status", "conditions").find((each) => text(each, "type") === type);
      return text(condition, "status") === "True";
    });
  return shown(ENDED) ?? (isBeingDeleted(job) ? "Terminating" : (shown(ONGOING) ?? "Running"));
}

function jobCompletions(job: JsonObject): string {
  const succeeded = integer(job, "status", "succeeded");
  const completions = field(job, "spec", "completions");
  if (completions !== undefined) return `${succeeded}/${completions}`;
  const parallelism = integer(job, "spec", "parallelism");
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: JsonObject): Cell {
  const start = timeOf(job, "status", "startTime");
  if (start === undefined) return "";
  const end = timeOf(job, "status", "completionTime");
  return end === undefined ? new Elapsed(start) : humanDuration(end - start);
}

const printCronJob: Printer = (object) => {
  const jobSpec = field(object, "spec", "jobTemplate", "spec");
  const lastSchedule = field(object, "status", "lastScheduleTime");
  return [
    name(object),
    text(object, "spec", "schedule"),
    textOr("<none>", object, "spec", "timeZone"),
    optionalBool(field(object, "spec", "suspend")),
    count(object, "status", "active"),
    lastSchedule === undefined ? "<none>" : since(object, "status", "lastScheduleTime"),
    age(object),
    ...containers(field(jobSpec, "template")),
    formatSelector(field(jobSpec, "selector")),
  ];
};

function optionalBool(value: Json | undefined): string {
  if (value === undefined) return "<unset>";
  return value === true ? "True" : "False";
}

const printControllerRevision: Printer = (object) => {
  const owner = items(object, "metadata", "ownerReferences").find((each) => field(each, "controller") === true);
  return [name(object), owner ? ownerName(owner) : "<none>", integer(object, "revision"), age(object)];
};

function ownerName(owner: JsonObject): string {
  const version = text(owner, "apiVersion");
  const group = version.includes("/") ? `.${version.slice(0, version.indexOf("/"))}` : "";
  return `${`${text(owner, "kind")}${group}`.toLowerCase()}/${text(owner, "name")}`;
}

const printScale: Printer = (object) => [
  name(object),
  integer(object, "spec", "replicas"),
  integer(object, "status", "replicas"),
  age(object),
];

export const workloadPrinters: Readonly<Record<string, Printer>> = {
  "/PodTemplate": printPodTemplate,
  "/ReplicationController": printReplicationController,
  "apps/ReplicaSet": printReplicaSet,
  "apps/Deployment": printDeployment,
  "apps/StatefulSet": printStatefulSet,
  "apps/DaemonSet": printDaemonSet,
  "apps/ControllerRevision": printControllerRevision,
  "batch/Job": printJob,
  "batch/CronJob": printCronJob,
  "autoscaling/Scale": printScale,
};
