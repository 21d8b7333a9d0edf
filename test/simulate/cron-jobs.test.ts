import { afterAll, beforeAll, expect, it } from "vitest";
import { owner, podSpec, Simulated } from "./simulated.js";

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not trusted
type Body = any;

let cluster: Simulated;
beforeAll(async () => {
  cluster = await Simulated.start("kubelet", "gc", "workloads");
  await cluster.node("n1");
});
afterAll(() => cluster.stop());

const BATCH = "/apis/batch/v1/namespaces/default";

/** Once a year, so that no second time comes while the test runs. */
const SCHEDULE = "0 0 1 1 *";
const DUE = new Date(Date.UTC(new Date().getUTCFullYear(), 0, 1));
const SECONDS_AGO = Math.floor((Date.now() - DUE.getTime()) / 1000);

const jobTemplate = (annotations: Record<string, string> = {}) => ({
  metadata: { labels: { from: "template" }, annotations: { note: "template" } },
  spec: { template: { metadata: { annotations }, spec: podSpec({ restartPolicy: "Never" }) } },
});
const AT_ONCE = { "fake-apiserver/run-seconds": "0" };
const LONG = { "fake-apiserver/run-seconds": "86400" };

/** One that was last due three years ago, and so is now. */
async function cronJob(name: string, spec: object = {}): Promise<Body> {
  const body = { schedule: SCHEDULE, suspend: true, jobTemplate: jobTemplate(LONG), ...spec };
  await cluster.create(`${BATCH}/cronjobs`, { metadata: { name }, spec: body });
  const years = new Date(DUE);
  years.setUTCFullYear(DUE.getUTCFullYear() - 3);
  return cluster.patch(`${BATCH}/cronjobs/${name}/status`, { status: { lastScheduleTime: seconds(years) } });
}

const seconds = (time: Date) => time.toISOString().replace(/\.\d+/, "");
const begin = (name: string) => cluster.patch(`${BATCH}/cronjobs/${name}`, { spec: { suspend: false } });
const jobsOf = async (name: string): Promise<Body[]> =>
  (await cluster.list(`${BATCH}/jobs`)).filter(({ metadata }) => metadata.ownerReferences?.[0].name === name);
const jobName = (name: string, due = DUE) => `${name}-${due.getTime() / 60_000}`;

/** A Job of a CronJob's that runs, from an earlier time. */
async function running(cron: Body, name: string, annotations = LONG): Promise<Body> {
  const ownerReferences = [owner(cron, "batch/v1", "CronJob", { controller: true })];
  const { spec } = jobTemplate(annotations);
  return cluster.create(`${BATCH}/jobs`, { metadata: { name, ownerReferences }, spec });
}

it("a Job begins at the last of the times that have passed, and its end is noted", async () => {
  await cronJob("yearly", { jobTemplate: jobTemplate(AT_ONCE) });
  expect(await jobsOf("yearly")).toEqual([]); // while it is suspended
  const { metadata } = await begin("yearly");
  const path = `${BATCH}/jobs/${jobName("yearly")}`;
  const job = await cluster.until(() => cluster.get(path));
  expect(job.metadata).toMatchObject({
    labels: { from: "template" },
    annotations: { note: "template", "batch.kubernetes.io/cronjob-scheduled-timestamp": seconds(DUE) },
    ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "yearly", uid: metadata.uid, controller: true }],
  });
  const done = await cluster.becomes(`${BATCH}/cronjobs/yearly`, ({ status }) =>
    expect(status.lastSuccessfulTime).toBeDefined(),
  );
  expect(done.status).toMatchObject({ lastScheduleTime: seconds(DUE) });
  expect(done.status.active ?? []).toEqual([]);
  expect(await jobsOf("yearly")).toHaveLength(1);
  await cluster.unchanged(`${BATCH}/cronjobs/yearly`, () => cluster.patch(path, { metadata: { labels: { x: "" } } }));
});

it("one that runs is told of; it keeps another from beginning, is replaced, or is let be: as its policy says", async () => {
  for (const concurrencyPolicy of ["Forbid", "Replace", "Allow"]) {
    const name = concurrencyPolicy.toLowerCase();
    const before = await running(await cronJob(name, { concurrencyPolicy }), `${name}-before`);
    await cluster.becomes(`${BATCH}/jobs/${name}-before`, ({ status }) => expect(status.active).toBe(1));
    await begin(name);
    const active = (...names: string[]) =>
      cluster.becomes(`${BATCH}/cronjobs/${name}`, ({ status, metadata }) => {
        expect((status.active ?? []).map((each: Body) => each.name).sort()).toEqual(names.sort());
        expect(metadata.generation).toBe(2);
      });
    if (name === "forbid") {
      const cron = await active(`${name}-before`);
      expect(cron.status.active[0]).toMatchObject({ apiVersion: "batch/v1", kind: "Job", uid: before.metadata.uid });
      // It is made up for once there is room.
      await cluster.delete(`${BATCH}/jobs/${name}-before`, { propagationPolicy: "Background" });
      await active(jobName(name));
    } else if (name === "replace") {
      await active(jobName(name));
      await cluster.gone(`${BATCH}/jobs/${name}-before`);
    } else await active(`${name}-before`, jobName(name));
    await cluster.becomes(`${BATCH}/cronjobs/${name}`, ({ status }) =>
      expect(status.lastScheduleTime).toBe(seconds(DUE)),
    );
  }
});

it("one that would begin too late does not", async () => {
  await cronJob("late", { startingDeadlineSeconds: Math.max(1, SECONDS_AGO - 60) });
  await cronJob("in-time", { startingDeadlineSeconds: SECONDS_AGO + 3_600 });
  await begin("late");
  await begin("in-time");
  await cluster.until(async () => expect(await jobsOf("in-time")).toHaveLength(1));
  expect(await jobsOf("late")).toEqual([]);
});

it("times are those of the zone that it names", async () => {
  // Midnight in Tokyo is nine hours before that of UTC.
  const due = new Date(DUE.getTime() - 9 * 3_600_000);
  await cronJob("tokyo", { timeZone: "Asia/Tokyo" });
  await begin("tokyo");
  await cluster.until(() => cluster.get(`${BATCH}/jobs/${jobName("tokyo", due)}`));
});

it("as many of those that are over are kept as it asks for, the latest", async () => {
  const cron = await cronJob("history", { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 });
  for (const [name, code] of [
    ["failed", "1"],
    ["first", "0"],
    ["second", "0"],
    ["third", "0"],
  ] as const) {
    const annotations = { ...AT_ONCE, "fake-apiserver/exit-code": code };
    const made = await running(cron, `history-${name}`, annotations);
    if (name === "failed") await cluster.patch(`${BATCH}/jobs/history-failed`, { spec: { backoffLimit: 0 } });
    expect(made.metadata.name).toBe(`history-${name}`);
    await new Promise((wake) => setTimeout(wake, 1_100)); // times have seconds
  }
  await cluster.until(async () =>
    expect((await jobsOf("history")).map(({ metadata }) => metadata.name)).toEqual(["history-third"]),
  );
});

it("what it has made goes with it", async () => {
  await cronJob("short-lived");
  await begin("short-lived");
  await cluster.until(async () => expect(await jobsOf("short-lived")).toHaveLength(1));
  await cluster.delete(`${BATCH}/cronjobs/short-lived`, { propagationPolicy: "Background" });
  await cluster.until(async () => expect(await jobsOf("short-lived")).toEqual([]));
});
