import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { isObject, type Json, type JsonObject } from "../kube/json.js";

/** Where a Kubernetes API is, and who to be there. */
export interface Connection {
  /** "https://host:port", perhaps with a path. */
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** The value of the header Authorization, asked for before each request: tokens in files change. */
  readonly authorization: () => string | undefined;
  /** Where one's own things go. */
  readonly namespace: string;
}

/** A kubeconfig that can't be used. The message is one line. */
export class ConnectionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConnectionError";
  }
}

/** What a pod finds of its own cluster. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** How long a token from a file is used before the file is looked at again. */
const TOKEN_MS = 60_000;

/** A context of a kubeconfig file, by default the current one. @throws ConnectionError */
export function readKubeconfig(path: string, now: () => number = Date.now, context?: string): Connection {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConnectionError(`${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
  return parseKubeconfig(content, path, now, context);
}

/** A context of a kubeconfig. `path`: what errors call it, and where the files that it names are. */
export function parseKubeconfig(
  yaml: string,
  path = "kubeconfig",
  now: () => number = Date.now,
  context?: string,
): Connection {
  let config: Json;
  try {
    config = parse(yaml) as Json;
  } catch (error) {
    throw new ConnectionError(`${path}: ${(error as Error).message.split("\n", 1)[0]}`);
  }
  if (!isObject(config)) throw new ConnectionError(`${path}: not a kubeconfig`);
  return connectionOf(config, path, now, context ?? text(config["current-context"]));
}

function connectionOf(config: JsonObject, path: string, now: () => number, wanted: string | undefined): Connection {
  const context = entry(config, "contexts", "context", wanted, path);
  const cluster = entry(config, "clusters", "cluster", text(context.cluster), path);
  const user = text(context.user) === undefined ? {} : entry(config, "users", "user", text(context.user), path);
  for (const unfit of ["exec", "auth-provider"]) {
    if (user[unfit] !== undefined) throw new ConnectionError(`${path}: users with ${unfit} are not supported`);
  }
  if (cluster["proxy-url"] !== undefined) throw new ConnectionError(`${path}: proxy-url is not supported`);
  const files = { folder: dirname(path), path };
  const ca = content(cluster, "certificate-authority", files);
  const cert = content(user, "client-certificate", files);
  const key = content(user, "client-key", files);
  const servername = text(cluster["tls-server-name"]);
  return {
    server: serverUrl(text(cluster.server), path),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(cluster["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
    },
    authorization: authorizationOf(user, files.folder, now),
    namespace: text(context.namespace) ?? "default",
  };
}

/** As a pod reaches the API of the cluster that it runs in. @throws ConnectionError */
export function inCluster(env: NodeJS.ProcessEnv, now: () => number = Date.now, folder = ACCOUNT): Connection {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (host === undefined || host === "")
    throw new ConnectionError("this is no pod: KUBERNETES_SERVICE_HOST is not set");
  try {
    return {
      server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
      tls: { ca: readFileSync(`${folder}/ca.crt`) },
      authorization: fileToken(`${folder}/token`, now),
      namespace: readFileSync(`${folder}/namespace`, "utf8").trim(),
    };
  } catch (error) {
    throw new ConnectionError(`the pod's service account can't be read: ${(error as Error).message}`);
  }
}

function authorizationOf(user: JsonObject, folder: string, now: () => number): () => string | undefined {
  const file = text(user.tokenFile);
  if (file !== undefined) return fileToken(resolve(folder, file), now);
  const token = text(user.token);
  if (token !== undefined) return () => `Bearer ${token}`;
  const name = text(user.username);
  if (name === undefined) return () => undefined;
  const basic = Buffer.from(`${name}:${text(user.password) ?? ""}`).toString("base64");
  return () => `Basic ${basic}`;
}

function fileToken(path: string, now: () => number): () => string {
  let known: { readonly header: string; readonly at: number } | undefined;
  return () => {
    if (known === undefined || now() - known.at > TOKEN_MS) {
      known = { header: `Bearer ${readFileSync(path, "utf8").trim()}`, at: now() };
    }
    return known.header;
  };
}

/** A field given in place (base64, `<name>-data`) or as a path beside the kubeconfig. */
function content(of: JsonObject, name: string, files: { folder: string; path: string }): Buffer | undefined {
  const data = text(of[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64");
  const file = text(of[name]);
  if (file === undefined) return undefined;
  try {
    return readFileSync(resolve(files.folder, file));
  } catch (error) {
    throw new ConnectionError(`${files.path}: ${name}: ${(error as Error).message}`);
  }
}

function entry(config: JsonObject, list: string, kind: string, name: string | undefined, path: string): JsonObject {
  const entries = config[list];
  const found = Array.isArray(entries) ? entries.find((each) => isObject(each) && each.name === name) : undefined;
  const value = isObject(found) ? found[kind] : undefined;
  if (name === undefined || !isObject(value)) {
    throw new ConnectionError(`${path}: there is no ${kind} ${name === undefined ? "chosen" : JSON.stringify(name)}`);
  }
  return value;
}

function serverUrl(server: string | undefined, path: string): URL {
  const url = server !== undefined && URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new ConnectionError(`${path}: ${JSON.stringify(server ?? "")} is no server`);
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
