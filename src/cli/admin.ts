import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { type ClusterSecrets, startFkas } from "../admin/fkas.js";
import { startAdmin } from "../admin/server.js";
import type { Fleet } from "../cluster/fleet.js";
import { Output } from "../cluster/output.js";
import type { Config } from "../config/options.js";
import { ConfigError } from "../config/resolve.js";
import { isLoopback } from "../kube/loopback.js";
import type { KeyPair } from "../pki/authority.js";
import { loadTables } from "../schema/tables.js";
import { programVersion } from "./version.js";

/** What manages a running fleet from outside. */
export interface Control {
  /** "http://127.0.0.1:40123"; undefined: there is none. */
  readonly adminUrl: string | undefined;
  /** Where registrations are taken; undefined: nowhere. */
  readonly fkasPort: number | undefined;
  close(): Promise<void>;
}

/** What the settings' files hold. */
export interface ControlFiles {
  readonly tokens: readonly string[];
  /** PEM. */
  readonly clientCa: string | undefined;
}

/** Reads them before anything is started. @throws ConfigError */
export function controlFiles(config: Config): ControlFiles {
  const tokenFile = config["admin-token-file"];
  const caFile = config["admin-client-ca"];
  const lines = tokenFile === undefined ? [] : read("--admin-token-file", tokenFile).split("\n");
  const tokens = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (tokenFile !== undefined && tokens.length === 0) {
    throw new ConfigError(`--admin-token-file: ${tokenFile}: there is no token in it`);
  }
  const spaced = tokens.findIndex((token) => /\s/.test(token));
  if (spaced >= 0) throw new ConfigError(`--admin-token-file: ${tokenFile}: token ${spaced + 1} has a space in it`);
  const clientCa = caFile === undefined ? undefined : read("--admin-client-ca", caFile);
  if (clientCa !== undefined && !clientCa.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ConfigError(`--admin-client-ca: ${caFile}: there is no certificate in it`);
  }
  return { tokens, clientCa };
}

/** Starts the admin API and what takes registrations, as far as they are wanted. @throws StartError */
export async function startControl(
  fleet: Fleet,
  config: Config,
  files: ControlFiles,
  parts: {
    readonly log: Logger;
    readonly secrets?: (namespace: string, cluster: string) => Promise<ClusterSecrets | undefined>;
  },
): Promise<Control> {
  const kubernetesVersion = loadTables(config["kubernetes-version"]).version;
  const admin = config["no-admin"] ? undefined : await openAdmin(fleet, config, files, kubernetesVersion, parts.log);
  if (admin !== undefined) fleet.announceAdmin(admin.url);
  const port = config["fkas-port"];
  const fkas =
    port === 0
      ? undefined
      : await startFkas({ fleet, host: config.host, port, kubernetesVersion, ...parts }).catch(async (error) => {
          await admin?.close();
          throw error;
        });
  return {
    adminUrl: admin?.url,
    fkasPort: fkas?.port,
    close: async () => {
      await Promise.all([admin?.close(), fkas?.close()]);
    },
  };
}

function openAdmin(fleet: Fleet, config: Config, files: ControlFiles, kubernetesVersion: string, log: Logger) {
  const output = new Output(config.out);
  const own = randomBytes(32).toString("base64url");
  output.writeAdminToken(own);
  const host = config["admin-host"];
  const { clientCa } = files;
  const pair = isLoopback(host) && clientCa === undefined ? undefined : servingPair(output, config);
  return startAdmin({
    ...{ fleet, host, port: config["admin-port"], log, kubernetesVersion, version: programVersion() },
    advertiseHost: reachable(host, config["advertise-host"]),
    tokens: [...files.tokens, own],
    closed: config["admin-token-file"] !== undefined || clientCa !== undefined,
    ...(pair === undefined ? {} : { tls: { ...pair, ...(clientCa === undefined ? {} : { clientCa }) } }),
  });
}

function servingPair(output: Output, config: Config): KeyPair {
  const names = ["localhost", "127.0.0.1", "::1", hostname(), config["admin-host"], config["advertise-host"] ?? ""];
  const hosts = names.filter((name) => name !== "" && !isWildcard(name));
  return output.adminAuthority(Date.now()).issueServing(Date.now(), [...new Set(hosts)]);
}

/** Where others find what listens everywhere. */
function reachable(host: string, advertised: string | undefined): string {
  return isWildcard(host) ? (advertised ?? (isIPv6(host) ? "::1" : "127.0.0.1")) : host;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${flag}: ${path}: ${code === "ENOENT" ? "there is no such file" : message}`);
  }
}
