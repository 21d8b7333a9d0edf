import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { ConnectionError } from "../../client/connection.js";
import { boolAt, objectAt, objectsAt, optionalStringAt, stringAt, stringsAt } from "../../kube/access.js";
import { isObject, type Json, type JsonObject } from "../../kube/json.js";

/** How long a command may take, somebody's typing included. */
const LIMIT_MS = 120_000;

/**
 * A kubeconfig in which the user of a context has what their `exec` command answers, as kubectl runs it: with its
 * environment, its messages shown, and this terminal where it may ask. Others come back as they are. Only who has
 * typed the command line should have commands run: the server never does this. Upstream: client-go's
 * plugin/pkg/client/auth/exec. @throws ConnectionError
 */
export function withExecCredential(yaml: string, path: string, context: string | undefined): string {
  const config = configOf(yaml);
  const [users, clusters] = [objectsAt(config, "users"), objectsAt(config, "clusters")];
  const named = (list: readonly JsonObject[], name: string) => list.find((each) => each.name === name);
  const chosen = named(objectsAt(config, "contexts"), context ?? stringAt(config, "current-context"));
  const user = named(users, stringAt(chosen, "context", "user"));
  const exec = objectAt(user, "user", "exec");
  if (user === undefined || exec === undefined) return yaml;
  const cluster = objectAt(named(clusters, stringAt(chosen, "context", "cluster")), "cluster");
  const { exec: _, ...rest } = user.user as JsonObject;
  user.user = { ...rest, ...credentialOf(run(exec, cluster, path), path, stringAt(exec, "command")) };
  return JSON.stringify(config);
}

/** What is wrong with it is told by who reads it next. */
function configOf(yaml: string): JsonObject {
  try {
    const config = parse(yaml) as Json;
    return isObject(config) ? config : {};
  } catch {
    return {};
  }
}

function run(exec: JsonObject, cluster: JsonObject | undefined, path: string): string {
  const command = stringAt(exec, "command");
  const interactive = stringAt(exec, "interactiveMode") !== "Never" && process.stdin.isTTY === true;
  const info = {
    ...{ apiVersion: stringAt(exec, "apiVersion"), kind: "ExecCredential" },
    spec: { interactive, ...(boolAt(exec, "provideClusterInfo") ? { cluster: clusterInfo(cluster) } : {}) },
  };
  const env = objectsAt(exec, "env").map((each) => [stringAt(each, "name"), stringAt(each, "value")] as const);
  const { error, status, stdout } = spawnSync(
    command.includes("/") ? resolve(dirname(path), command) : command,
    stringsAt(exec, "args"),
    {
      env: { ...process.env, ...Object.fromEntries(env), KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
      timeout: LIMIT_MS,
      encoding: "utf8",
    },
  );
  if (error !== undefined) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = optionalStringAt(exec, "installHint")?.trim().split("\n", 1)[0];
    const why = code === "ENOENT" ? `there is no such command${hint === undefined ? "" : ` (${hint})`}` : message;
    throw new ConnectionError(`${path}: exec: ${command}: ${why}`);
  }
  if (status !== 0) throw new ConnectionError(`${path}: exec: ${command} has failed (${status ?? "by a signal"})`);
  return stdout;
}

function clusterInfo(cluster: JsonObject | undefined): JsonObject {
  const fields = ["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority-data", "proxy-url"];
  return Object.fromEntries(fields.map((name) => [name, cluster?.[name]]).filter(([, value]) => value !== undefined));
}

/** Its answer is a secret: no message shows it. */
function credentialOf(text: string, path: string, command: string): JsonObject {
  const status = objectAt(configOf(text), "status");
  const [token, certificate, key] = ["token", "clientCertificateData", "clientKeyData"].map((field) =>
    optionalStringAt(status, field),
  );
  if (token === undefined && (certificate === undefined || key === undefined)) {
    throw new ConnectionError(`${path}: exec: ${command} answers no credential`);
  }
  const data = (pem: string) => Buffer.from(pem).toString("base64");
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined || key === undefined
      ? {}
      : { "client-certificate-data": data(certificate), "client-key-data": data(key) }),
  };
}
