import { Cron } from "croner";
import { objectAt, optionalNumberAt, stringAt, stringMapAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { unless } from "../../kube/local-client.js";
import type { SimulatedCluster } from "../follow.js";
import { saysTrue } from "./conditions.js";
import { isOver } from "./jobs.js";
import { controllerKey, ownedBy, type Seen, type Workload, Workspace } from "./workspace.js";

const PREFIX = "cronjobs/";
const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

export const cronJobs = (cluster: SimulatedCluster): Workload => new CronJobs(cluster);

/** Jobs at their times. Upstream: pkg/controller/cronjob/cronjob_controllerv2.go. */
class CronJobs implements Workload {
  readonly prefixes = [PREFIX, "jobs/"];
  readonly #space: Workspace;

  constructor(cluster: SimulatedCluster) {
    this.#space = new Workspace(cluster, "system:serviceaccount:kube-system:cronjob-controller");
  }

  *keys(seen: Seen): Iterable<string> {
    if (seen.key.startsWith(PREFIX)) yield* seen.gone ? [] : [seen.key];
    else yield* controllerKey(seen, "CronJob", PREFIX);
  }

  async reconcile(key: string): Promise<number | undefined> {
    const cron = this.#space.get(key);
    if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return undefined;
    await this.#clean(cron);
    const schedule = scheduleOf(cron);
    const suspended = objectAt(cron, "spec")?.suspend === true;
    const last = Date.parse(stringAt(cron, "status", "lastScheduleTime") || (cron.metadata.creationTimestamp ?? ""));
    const due = suspended ? undefined : latest(schedule, last, this.#space.now);
    if (due === undefined) await this.#tell(cron, undefined);
    else await this.#start(cron, due);
    const next = suspended ? null : schedule?.nextRun(new Date(this.#space.now));
    return next ? Math.max(1, next.getTime() - this.#space.now) : undefined;
  }

  async #start(cron: KubeObject, due: number): Promise<void> {
    const late = optionalNumberAt(cron, "spec", "startingDeadlineSeconds");
    const missed = late !== undefined && due + late * 1000 < this.#space.now;
    const active = this.#jobs(cron).filter((job) => !isOver(job));
    const policy = stringAt(cron, "spec", "concurrencyPolicy");
    if (missed || (policy === "Forbid" && active.length > 0)) return this.#tell(cron, undefined);
    if (policy === "Replace") for (const job of active) await this.#space.delete(jobPath(job), job);
    const { name, namespace } = cron.metadata;
    const template = objectAt(cron, "spec", "jobTemplate");
    const annotations = { ...stringMapAt(template, "metadata", "annotations"), [SCHEDULED]: timestamp(due) };
    const ownerReferences = ownedBy(cron, "batch/v1", "CronJob");
    const labels = stringMapAt(template, "metadata", "labels");
    const metadata = { name: `${name}-${Math.floor(due / 60_000)}`, labels, annotations, ownerReferences };
    const job = { apiVersion: "batch/v1", kind: "Job", metadata, spec: objectAt(template, "spec") ?? {} };
    await unless(409, this.#space.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, job));
    await this.#tell(cron, due);
  }

  #jobs(cron: KubeObject): KubeObject[] {
    return this.#space.owned("jobs", cron);
  }

  /** Keeps as many of those that are over as are asked for. */
  async #clean(cron: KubeObject): Promise<void> {
    const age = (job: KubeObject) => Date.parse(stringAt(job, "status", "startTime"));
    for (const [type, field, fallback] of [
      ["Complete", "successfulJobsHistoryLimit", 3],
      ["Failed", "failedJobsHistoryLimit", 1],
    ] as const) {
      const over = this.#jobs(cron)
        .filter((job) => saysTrue(job, type))
        .sort((a, b) => age(a) - age(b));
      const surplus = over.length - (optionalNumberAt(cron, "spec", field) ?? fallback);
      for (const job of over.slice(0, Math.max(0, surplus))) await this.#space.delete(jobPath(job), job);
    }
  }

  async #tell(cron: KubeObject, due: number | undefined): Promise<void> {
    const jobs = this.#jobs(cron);
    const ends = jobs
      .map((job) => stringAt(job, "status", "completionTime"))
      .filter((time) => time !== "")
      .sort();
    const active = jobs
      .filter((job) => !isOver(job))
      .map(({ metadata }): JsonObject => {
        const { name, namespace, uid, resourceVersion } = metadata;
        return {
          apiVersion: "batch/v1",
          kind: "Job",
          name: name!,
          namespace: namespace!,
          uid: uid!,
          resourceVersion: resourceVersion!,
        };
      });
    const known = (objectAt(cron, "status")?.active ?? []) as JsonObject[];
    const changed = active.length !== known.length || active.some(({ uid }, at) => known[at]?.uid !== uid);
    const { name, namespace } = cron.metadata;
    await this.#space.status(`/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}`, cron, {
      ...(changed && { active }),
      ...(due !== undefined && { lastScheduleTime: timestamp(due) }),
      ...(ends.length > 0 && { lastSuccessfulTime: ends.at(-1)! }),
    });
  }
}

/** In UTC where no zone is given. A schedule that this reader of schedules does not know is never due. */
function scheduleOf(cron: KubeObject): Cron | undefined {
  try {
    const timezone = stringAt(cron, "spec", "timeZone") || "UTC";
    return new Cron(stringAt(cron, "spec", "schedule"), { timezone, paused: true, mode: "5-part" });
  } catch {
    return undefined;
  }
}

/** The last time that has come since `after`; of several that were missed it is the last that counts. */
function latest(schedule: Cron | undefined, after: number, now: number): number | undefined {
  const next = schedule?.nextRun(new Date(after));
  if (!next || next.getTime() > now) return undefined;
  const [previous] = schedule?.previousRuns(1, new Date(now + 1000)) ?? [];
  const found = previous?.getTime() ?? next.getTime();
  return found > now ? next.getTime() : Math.max(found, next.getTime());
}

function jobPath({ metadata }: KubeObject): string {
  return `/apis/batch/v1/namespaces/${metadata.namespace}/jobs/${metadata.name}`;
}
