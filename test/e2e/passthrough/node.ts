import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../../src/client/client.js";
import { objectAt, objectsAt, stringAt, stringsAt } from "../../../src/kube/access.js";
import type { JsonObject, KubeObject } from "../../../src/kube/json.js";
import { freePort } from "../../../src/proxy/runtime/free-port.js";
import { program } from "./programs.js";

interface Run {
  readonly child: ChildProcess;
  readonly config: string;
  /** Ports of this machine by those of the container. */
  readonly ports: ReadonlyMap<number, number>;
}

export interface NodeOptions {
  readonly namespace: string;
  /** For what processes read and write. */
  readonly dir: string;
  /** Whether there are pods, with ports to forward; else only node ports lead anywhere. */
  readonly pods: boolean;
}

const LISTENING_MS = 60_000;

/**
 * Controllers and a kubelet for workloads of one namespace, as far as servers need them: each container's command is
 * run on this machine, with the files of its Secrets, at ports that are free, and what it belongs to becomes available.
 */
export class Node {
  readonly #api: KubeClient;
  readonly #options: NodeOptions;
  readonly #runs = new Map<string, Run>();
  readonly #ending = new AbortController();
  readonly #loop: Promise<void>;

  constructor(api: KubeClient, options: NodeOptions) {
    this.#api = api;
    this.#options = options;
    this.#loop = this.#work();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#loop;
    await Promise.all([...this.#runs.keys()].map((name) => this.#end(name)));
  }

  /** Leads a connection to a pod's port. */
  async forward(pod: KubeObject, port: number, connection: Duplex): Promise<void> {
    const local = this.#runs.get(instanceOf(pod))?.ports.get(port);
    if (local === undefined) throw new Error("nobody listens");
    const socket = connect(local, "127.0.0.1").on("error", () => undefined);
    connection.pipe(socket).pipe(connection);
    await once(socket, "close");
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const workloads = [...(await this.#list("StatefulSet")), ...(await this.#list("Deployment"))];
      const names = new Set(workloads.map(({ metadata }) => metadata.name));
      for (const name of this.#runs.keys()) if (!names.has(name)) await this.#end(name);
      for (const workload of workloads) {
        const config = stringAt(workload, "spec", "template", "metadata", "annotations", "fake-apiserver/config");
        const { name = "" } = workload.metadata;
        if (this.#runs.get(name)?.config !== config) await this.#run(workload, config);
        const status = objectAt(workload, "status");
        if (objectsAt(status, "conditions").length === 0) await this.#announce(workload);
      }
      await sleep(200, undefined, { signal }).catch(() => undefined);
    }
  }

  async #list(kind: "StatefulSet" | "Deployment"): Promise<KubeObject[]> {
    const { items } = await this.#api.list(this.#path(kind));
    return items.map((item) => ({ ...item, kind, apiVersion: "apps/v1" }));
  }

  #path(kind: string, name?: string): string {
    const root = kind === "Deployment" || kind === "StatefulSet" ? "/apis/apps/v1" : "/api/v1";
    const all = `${root}/namespaces/${this.#options.namespace}/${kind.toLowerCase()}s`;
    return name === undefined ? all : `${all}/${name}`;
  }

  async #run(workload: KubeObject, config: string): Promise<void> {
    const { name = "" } = workload.metadata;
    await this.#end(name);
    const dir = join(this.#options.dir, name);
    const spec = objectAt(workload, "spec", "template", "spec");
    const [container] = objectsAt(spec, "containers");
    const places = await this.#mount(dir, spec, container);
    const ports = new Map<number, number>();
    const service = await this.#api.find(this.#path("Service", name));
    for (const { containerPort } of objectsAt(container, "ports")) {
      const { nodePort } = objectsAt(service, "spec", "ports")[0] ?? {};
      ports.set(containerPort as number, typeof nodePort === "number" ? nodePort : await freePort());
    }
    const [command = "", ...flags] = stringsAt(container, "command").map((flag) => this.#here(flag, places, ports));
    const log = openSync(join(dir, "log"), "a");
    const child = spawn(program(command), flags, { stdio: ["ignore", log, log] });
    this.#runs.set(name, { child, config, ports });
    await this.#listening(child, [...ports.values()][0]!, join(dir, "log"));
  }

  /** Writes what volumes hold. Answers with folders of this machine by those of the container. */
  async #mount(dir: string, spec: JsonObject | undefined, container: JsonObject | undefined) {
    const places = new Map<string, string>();
    for (const { name, mountPath } of objectsAt(container, "volumeMounts") as { name: string; mountPath: string }[]) {
      const place = join(dir, name);
      mkdirSync(place, { recursive: true });
      places.set(mountPath, place);
      const secret = stringAt(
        objectsAt(spec, "volumes").find((each) => each.name === name),
        "secret",
        "secretName",
      );
      if (secret === "") continue;
      const data = objectAt(await this.#api.get(this.#path("Secret", secret)), "data") ?? {};
      for (const [file, text] of Object.entries(data))
        writeFileSync(join(place, file), Buffer.from(text as string, "base64"));
    }
    return places;
  }

  /** Names, addresses and ports as they are here. */
  #here(flag: string, places: ReadonlyMap<string, string>, ports: ReadonlyMap<number, number>): string {
    let text = flag.replace("0.0.0.0", "127.0.0.1");
    for (const [inside, outside] of places) text = text.replaceAll(inside, outside);
    for (const [name, run] of this.#runs) {
      for (const [inside, outside] of run.ports) {
        text = text.replaceAll(`${name}.${this.#options.namespace}.svc:${inside}`, `127.0.0.1:${outside}`);
      }
    }
    text = text.replaceAll(/[a-z0-9.-]+\.svc:/g, "127.0.0.1:");
    for (const [inside, outside] of ports) text = text.replaceAll(new RegExp(`([:=])${inside}$`, "g"), `$1${outside}`);
    return text;
  }

  async #listening(child: ChildProcess, port: number, log: string): Promise<void> {
    const until = Date.now() + LISTENING_MS;
    for (;;) {
      const socket = connect(port, "127.0.0.1");
      const open = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      });
      socket.destroy();
      if (open) return;
      if (child.exitCode !== null || Date.now() > until) throw new Error(`it does not listen, see ${log}`);
      await sleep(100);
    }
  }

  async #announce(workload: KubeObject): Promise<void> {
    const { metadata, kind } = workload;
    const { name = "", generation = 1 } = metadata;
    if (this.#options.pods) await this.#pod(workload, `${name}-0`);
    const conditions = [{ type: "Available", status: "True", reason: "Runs", message: "" }];
    const counts = { replicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: generation };
    await this.#api.patch(`${this.#path(kind, name)}/status`, { status: { ...counts, conditions } });
  }

  async #pod(workload: KubeObject, name: string): Promise<void> {
    const template = objectAt(workload, "spec", "template");
    const { labels } = objectAt(template, "metadata") ?? {};
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: labels! },
      spec: objectAt(template, "spec")!,
    };
    await this.#api.create(this.#path("Pod"), pod);
    const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    await this.#api.patch(`${this.#path("Pod", name)}/status`, { status });
  }

  async #end(name: string): Promise<void> {
    const child = this.#runs.get(name)?.child;
    this.#runs.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
}

function instanceOf(pod: KubeObject): string {
  return stringAt(pod, "metadata", "labels", "app.kubernetes.io/instance");
}
