import { numberAt, objectAt, optionalNumberAt, stringAt, stringMapAt, stringsAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import type { SimulatedCluster } from "../follow.js";
import { finished, isReady } from "../pod-status.js";
import { conditionsWith, saysTrue, type Told } from "./conditions.js";
import { podOf, podsPath } from "./pods.js";
import { controllerKey, ownedBy, type Seen, type Workload, Workspace } from "./workspace.js";

const PREFIX = "jobs/";
const TRACKING = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";

/** Pods until enough of them have succeeded. Upstream: pkg/controller/job/job_controller.go. */
export class Jobs implements Workload {
  readonly prefixes = [PREFIX, "pods/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:job-controller");
  }

  *keys(seen: Seen): Iterable<string> {
    if (seen.key.startsWith(PREFIX)) {
      // Its pods still carry the finalizer when it is gone.
      yield seen.key;
      if (seen.gone)
        for (const pod of this.#space.owned("pods", seen.object))
          yield `pods/${pod.metadata.namespace}/${pod.metadata.name}`;
    } else {
      yield* controllerKey(seen, "Job", PREFIX);
      if (!seen.gone && seen.object.metadata.deletionTimestamp !== undefined) yield seen.key;
    }
  }

  async reconcile(key: string): Promise<number | undefined> {
    if (key.startsWith("pods/")) return this.#orphan(key);
    const job = this.#space.get(key);
    if (job === undefined) return undefined;
    if (job.metadata.deletionTimestamp !== undefined) return this.#release(job);
    const { managedBy } = objectAt(job, "spec") ?? {};
    if (managedBy !== undefined && managedBy !== "kubernetes.io/job-controller") return undefined;
    if (isOver(job)) return this.#over(job, key);
    await this.#account(job);
    return this.#act(this.#space.get(key) ?? job);
  }

  async #orphan(key: string): Promise<undefined> {
    const pod = this.#space.get(key);
    if (pod === undefined || !stringsAt(pod, "metadata", "finalizers").includes(TRACKING)) return;
    const [name] = [
      ...controllerKey(
        { key, index: { namespace: pod.metadata.namespace } as Seen["index"], gone: false, object: pod },
        "Job",
        PREFIX,
      ),
    ];
    if (name === undefined || this.#space.get(name) === undefined) await this.#untrack(pod);
  }

  async #release(job: KubeObject): Promise<undefined> {
    for (const pod of this.#space.owned("pods", job)) await this.#untrack(pod);
  }

  async #untrack(pod: KubeObject): Promise<void> {
    const finalizers = stringsAt(pod, "metadata", "finalizers");
    if (!finalizers.includes(TRACKING)) return;
    const { namespace, name, uid } = pod.metadata;
    const left = finalizers.filter((each) => each !== TRACKING);
    await this.#space.patch(podsPath(namespace, name), { metadata: { uid: uid!, finalizers: left } });
  }

  /** Ends are noted by uid, finalizers removed, and only then counted: none is lost, and none counted twice. */
  async #account(job: KubeObject): Promise<void> {
    const pods = this.#space
      .owned("pods", job)
      .filter((pod) => stringsAt(pod, "metadata", "finalizers").includes(TRACKING));
    const done = pods.filter((pod) => stringAt(pod, "status", "phase") === "Succeeded");
    const lost = pods.filter(
      (pod) => !done.includes(pod) && (finished(pod) || pod.metadata.deletionTimestamp !== undefined),
    );
    const noted = {
      succeeded: stringsAt(job, "status", "uncountedTerminatedPods", "succeeded"),
      failed: stringsAt(job, "status", "uncountedTerminatedPods", "failed"),
    };
    const uids = (known: readonly string[], found: readonly KubeObject[]) => [
      ...new Set([...known, ...found.map(({ metadata }) => metadata.uid ?? "")]),
    ];
    const uncounted = { succeeded: uids(noted.succeeded, done), failed: uids(noted.failed, lost) };
    if (uncounted.succeeded.length + uncounted.failed.length === 0) return;
    const path = jobPath(job);
    await this.#space.status(path, job, { uncountedTerminatedPods: uncounted });
    for (const pod of [...done, ...lost]) await this.#untrack(pod);
    const indexes = isIndexed(job) ? completedIndexes(job, done) : undefined;
    const succeeded = indexes?.length ?? numberAt(job, "status", "succeeded") + uncounted.succeeded.length;
    await this.#space.patch(`${path}/status`, {
      metadata: { uid: job.metadata.uid! },
      status: {
        uncountedTerminatedPods: { succeeded: null, failed: null },
        succeeded,
        failed: numberAt(job, "status", "failed") + uncounted.failed.length,
        ...(indexes !== undefined && { completedIndexes: indexText(indexes) }),
      },
    });
  }

  async #act(job: KubeObject): Promise<number | undefined> {
    const { now } = this.#space;
    // One that has ended since is counted before another one takes its place.
    if (this.#space.owned("pods", job).some(isUncounted)) return 1;
    const startTime = stringAt(job, "status", "startTime") || timestamp(now);
    const active = this.#space
      .owned("pods", job)
      .filter((pod) => !finished(pod) && pod.metadata.deletionTimestamp === undefined);
    const [succeeded, failed] = [numberAt(job, "status", "succeeded"), numberAt(job, "status", "failed")];
    const completions = optionalNumberAt(job, "spec", "completions");
    const suspended = objectAt(job, "spec")?.suspend === true;
    const deadline = optionalNumberAt(job, "spec", "activeDeadlineSeconds");
    const left = deadline === undefined ? undefined : Date.parse(startTime) + deadline * 1000 - now;
    const complete = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
    if (complete) return this.#finish(job, active, COMPLETE);
    if (failed > (optionalNumberAt(job, "spec", "backoffLimit") ?? 6)) return this.#finish(job, active, BACKOFF);
    if (left !== undefined && left <= 0 && !suspended) return this.#finish(job, active, DEADLINE);
    const parallelism = suspended ? 0 : (optionalNumberAt(job, "spec", "parallelism") ?? 1);
    // Without a number of completions the first success is the last start.
    const open = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
    const wanted = Math.min(parallelism, open);
    for (const pod of active.slice(wanted))
      await this.#space.delete(podsPath(pod.metadata.namespace, pod.metadata.name), pod);
    const indexes = isIndexed(job) ? openIndexes(job, active) : [];
    for (let made = active.length; made < wanted; made++)
      await this.#make(job, isIndexed(job) ? indexes[made - active.length] : undefined);
    await this.#tell(job, suspended ? undefined : startTime, suspended);
    return suspended ? undefined : left;
  }

  async #make(job: KubeObject, index: number | undefined): Promise<void> {
    const { name = "", namespace } = job.metadata;
    const template = objectAt(job, "spec", "template");
    const ownerReferences = ownedBy(job, "batch/v1", "Job");
    const metadata: JsonObject = { generateName: `${name}-`, ownerReferences, finalizers: [TRACKING] };
    if (index === undefined) return void (await this.#space.create(podsPath(namespace), podOf(template, metadata)));
    const note = { [INDEX]: String(index) };
    const annotations = { ...stringMapAt(template, "metadata", "annotations"), ...note };
    const own = { ...metadata, generateName: `${name}-${index}-`, annotations, labels: note };
    await this.#space.create(podsPath(namespace), podOf(template, own, { hostname: `${name}-${index}` }));
  }

  async #tell(job: KubeObject, startTime: string | undefined, suspended: boolean): Promise<void> {
    const active = this.#space
      .owned("pods", job)
      .filter((pod) => !finished(pod) && pod.metadata.deletionTimestamp === undefined);
    const was = saysTrue(job, "Suspended");
    const told: Told[] = suspended
      ? [{ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }]
      : was
        ? [{ type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" }]
        : [];
    await this.#space.status(jobPath(job), job, {
      active: active.length,
      ready: active.filter(isReady).length,
      terminating: 0,
      startTime: startTime ?? null,
      ...(told.length > 0 && { conditions: conditionsWith(job, told, this.#space.now) }),
    });
  }

  async #finish(job: KubeObject, active: readonly KubeObject[], told: readonly Told[]): Promise<undefined> {
    for (const pod of active) {
      await this.#space.delete(podsPath(pod.metadata.namespace, pod.metadata.name), pod);
      await this.#untrack(pod);
    }
    const { now } = this.#space;
    const time = timestamp(now);
    await this.#space.status(jobPath(job), job, {
      active: 0,
      ready: 0,
      terminating: 0,
      failed: numberAt(job, "status", "failed") + active.length,
      startTime: stringAt(job, "status", "startTime") || time,
      ...(told === COMPLETE && { completionTime: time }),
      conditions: conditionsWith(job, told, now).map((each) => ({
        ...each,
        lastProbeTime: each.lastProbeTime ?? time,
      })),
    });
  }

  /** One that is over goes after a while, if it is asked to. */
  async #over(job: KubeObject, key: string): Promise<number | undefined> {
    await this.#release(job);
    const seconds = optionalNumberAt(job, "spec", "ttlSecondsAfterFinished");
    if (seconds === undefined) return undefined;
    const ended = endOf(job);
    const left = ended + seconds * 1000 - this.#space.now;
    if (left > 0) return left;
    if (this.#space.get(key) !== undefined) await this.#space.delete(jobPath(job), job);
    return undefined;
  }
}

const REACHED = {
  status: "True",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
} as const;
const COMPLETE: readonly Told[] = [
  { type: "SuccessCriteriaMet", ...REACHED },
  { type: "Complete", ...REACHED },
];
const BACKOFF = failedBy("BackoffLimitExceeded", "Job has reached the specified backoff limit");
const DEADLINE = failedBy("DeadlineExceeded", "Job was active longer than specified deadline");

function failedBy(reason: string, message: string): readonly Told[] {
  return ["FailureTarget", "Failed"].map((type) => ({ type, status: "True", reason, message }));
}

export function isOver(job: KubeObject): boolean {
  return saysTrue(job, "Complete") || saysTrue(job, "Failed");
}

function endOf(job: KubeObject): number {
  const conditions = objectAt(job, "status")?.conditions;
  const found = (Array.isArray(conditions) ? conditions : []) as JsonObject[];
  return Date.parse(
    stringAt(
      found.find(({ type }) => type === "Complete" || type === "Failed"),
      "lastTransitionTime",
    ),
  );
}

function jobPath({ metadata }: KubeObject): string {
  return `/apis/batch/v1/namespaces/${metadata.namespace}/jobs/${metadata.name}`;
}

function isUncounted(pod: KubeObject): boolean {
  const ended = finished(pod) || pod.metadata.deletionTimestamp !== undefined;
  return ended && stringsAt(pod, "metadata", "finalizers").includes(TRACKING);
}

function isIndexed(job: KubeObject): boolean {
  return stringAt(job, "spec", "completionMode") === "Indexed";
}

function indexOf(pod: KubeObject): number {
  return Number(pod.metadata.annotations?.[INDEX] ?? -1);
}

function completedIndexes(job: KubeObject, done: readonly KubeObject[]): number[] {
  return [...new Set([...indexesOf(stringAt(job, "status", "completedIndexes")), ...done.map(indexOf)])].sort(
    (a, b) => a - b,
  );
}

function openIndexes(job: KubeObject, active: readonly KubeObject[]): number[] {
  const taken = new Set([...indexesOf(stringAt(job, "status", "completedIndexes")), ...active.map(indexOf)]);
  return Array.from({ length: numberAt(job, "spec", "completions") }, (_, at) => at).filter((at) => !taken.has(at));
}

/** From "1,3-5". */
function indexesOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    if (part === "") return [];
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}

function indexText(indexes: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const index of indexes) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else parts.push([index, index]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}${to === from + 1 ? "," : "-"}${to}`)).join(",");
}
