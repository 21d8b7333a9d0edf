import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CertificateAuthority } from "../../../src/pki/authority.js";
import { Client, endpointOf } from "../../helpers/client.js";
import { infrastructureDefinitions } from "./infrastructure.js";
import { freePorts, type Processes, until } from "./processes.js";
import { type ManagedObject, PROVIDERS, providerObjects } from "./providers.js";
import { RealServer } from "./real-server.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Resources by kind; the paths of objects follow from it. */
const PLURALS: Readonly<Record<string, string>> = { Cluster: "clusters" };

const CLUSTER_SCOPED = /^(Namespace|Node|CustomResourceDefinition|ClusterRole.*|.*WebhookConfiguration)$/;

/** How long a request is tried again that a busy server, or a webhook's late manager, has refused. */
const PATIENCE_MS = 60_000;

/** A cluster's API as a script uses it: objects by kind and name. */
export class Api {
  /** `patient`: whether what a server fails to do for now is asked for again. */
  constructor(
    readonly client: Client,
    readonly patient = false,
  ) {}

  path(apiVersion: string, kind: string, namespace: string | undefined, name = ""): string {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const plural = PLURALS[kind] ?? (kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`).toLowerCase();
    const place = CLUSTER_SCOPED.test(kind) || namespace === undefined ? "" : `/namespaces/${namespace}`;
    return `${root}${place}/${plural}${name === "" ? "" : `/${name}`}`;
  }

  /** Creates what is not there, and brings what is into the form given. */
  apply(object: ManagedObject): Promise<ManagedObject> {
    const { apiVersion, kind, metadata } = object;
    const path = this.path(apiVersion, kind, metadata.namespace, metadata.name);
    return this.#json("PATCH", `${path}?fieldManager=e2e&force=true`, object, "application/apply-patch+yaml");
  }

  get(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<ManagedObject> {
    return this.#json("GET", this.path(apiVersion, kind, namespace, name));
  }

  async list(apiVersion: string, kind: string, namespace?: string, query = ""): Promise<ManagedObject[]> {
    const list = await this.#json<{ apiVersion: string; kind: string; items: ManagedObject[] }>(
      "GET",
      `${this.path(apiVersion, kind, namespace)}${query}`,
    );
    // Built-in objects in lists don't say what they are.
    return list.items.map((item) => ({ ...item, apiVersion, kind }));
  }

  merge(
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
    name: string,
    patch: unknown,
    subresource = "",
  ): Promise<ManagedObject> {
    const path = `${this.path(apiVersion, kind, namespace, name)}${subresource}`;
    return this.#json("PATCH", path, patch, "application/merge-patch+json");
  }

  /** Sets some of an object's status. */
  status(apiVersion: string, kind: string, namespace: string | undefined, name: string, status: unknown) {
    return this.merge(apiVersion, kind, namespace, name, { status }, "/status");
  }

  /** One that is not there is no error. */
  async delete(apiVersion: string, kind: string, namespace: string | undefined, name: string): Promise<void> {
    await this.#json("DELETE", this.path(apiVersion, kind, namespace, name)).catch((error) => {
      if (!/: 404 /.test(error.message)) throw error;
    });
  }

  async #json<T = ManagedObject>(method: string, path: string, body?: unknown, type?: string): Promise<T> {
    const end = Date.now() + (this.patient ? PATIENCE_MS : 0);
    for (;;) {
      try {
        return await this.client.json<T>(method, path, body, type);
      } catch (error) {
        const { message } = error as Error;
        const refused = /: (\d{3}) /.exec(message)?.[1];
        const passes = refused === undefined || refused === "429" || refused.startsWith("5");
        if (!passes || Date.now() > end) throw error;
        await new Promise((wake) => setTimeout(wake, 1000));
      }
    }
  }
}

export interface Management {
  readonly api: Api;
  readonly kubeconfig: string;
  /** Path of clusterctl. */
  readonly clusterctl: string;
  /** The API server itself. */
  readonly server: RealServer;
  stop(): void;
}

/** Ends what a run has started of the management cluster in its folder, however far that had come. */
export function stopManagement(work: string): void {
  const state = stateOf(work);
  if (existsSync(state)) execFileSync(join(here, "../../real/down.sh"), [state], { stdio: "pipe" });
}

const stateOf = (work: string) => join(work, "management");

/** A real kube-apiserver and etcd with Cluster API's CRDs, webhooks and managers. */
export async function startManagement(work: string, processes: Processes): Promise<Management> {
  lines(join(here, "../../real/build.sh"));
  const [bin = "", module = ""] = lines(join(here, "build.sh"));
  const state = stateOf(work);
  execFileSync(join(here, "../../real/up.sh"), { env: { ...process.env, STATE_DIR: state }, stdio: "pipe" });
  const kubeconfig = join(state, "kubeconfig");
  const api = new Api(new Client(endpointOf(readFileSync(kubeconfig, "utf8"))), true);
  const ca = CertificateAuthority.create(Date.now(), "webhooks");
  const certificates = join(work, "webhooks");
  mkdirSync(certificates);
  const serving = ca.issueServing(Date.now(), ["127.0.0.1"]);
  writeFileSync(join(certificates, "tls.crt"), serving.certificate);
  writeFileSync(join(certificates, "tls.key"), serving.key);
  const ports = await freePorts(PROVIDERS.length * 3);
  const wanted = PROVIDERS.flatMap((provider, at) => providerObjects(module, provider, ports[at]!, ca.certificate));
  // Webhooks last: until their managers answer, nothing that they judge can be written.
  for (const object of [...wanted, ...infrastructureDefinitions()].sort(definitionsFirst)) await api.apply(object);
  PROVIDERS.forEach(({ name, namespace }, at) => {
    const [webhook, health, diagnostics] = [0, 1, 2].map((row) => ports[row * PROVIDERS.length + at]!);
    const args = [
      `--kubeconfig=${kubeconfig}`,
      `--webhook-port=${webhook}`,
      `--webhook-cert-dir=${certificates}`,
      `--health-addr=127.0.0.1:${health}`,
      `--diagnostics-address=127.0.0.1:${diagnostics}`,
      "--insecure-diagnostics=true",
    ];
    const uid = `00000000-0000-0000-0000-00000000000${at}`;
    const pod = { POD_NAMESPACE: namespace, POD_NAME: `${name}-0`, POD_UID: uid };
    processes.start(name, join(bin, name), args, { ...pod, KUBECONFIG: kubeconfig });
  });
  for (const [at, { name }] of PROVIDERS.entries()) {
    const ready = `http://127.0.0.1:${ports[PROVIDERS.length + at]}/readyz`;
    await until(`the manager ${name}`, 180, async () => ((await fetch(ready)).ok ? true : undefined)).catch((error) => {
      throw new Error(`${error.message}\n${processes.tail(name)}`);
    });
  }
  return {
    api,
    kubeconfig,
    clusterctl: join(bin, "clusterctl"),
    server: new RealServer(state),
    stop: () => {
      api.client.close();
      stopManagement(work);
    },
  };
}

function lines(program: string): string[] {
  return execFileSync(program, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
    .trim()
    .split("\n");
}

function definitionsFirst(a: ManagedObject, b: ManagedObject): number {
  const rank = ({ kind }: ManagedObject) => (kind === "CustomResourceDefinition" ? 0 : 1);
  return rank(a) - rank(b);
}
