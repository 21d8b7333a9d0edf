import { type Command, Option } from "commander";
import {
  type BackendSpec,
  PRESETS,
  PROXY_WAYS,
  type Preset,
  type ProxyWay,
  type RuntimeSpec,
} from "../cluster/spec.js";
import { ConfigError } from "../config/resolve.js";
import { pairOf, read } from "./files.js";

/** What `clusters create` takes of what is to be behind the endpoint. */
export interface BackendFlags {
  readonly backend?: "emulated" | "passthrough";
  readonly proxy?: ProxyWay;
  readonly preset?: Preset;
  readonly backing?: string;
  readonly server?: string;
  readonly serverCa?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly frontProxyCert?: string;
  readonly frontProxyKey?: string;
}

export function describeBackend(command: Command): Command {
  return command
    .addOption(new Option("--backend <TYPE>", "what answers").choices(["emulated", "passthrough"]))
    .addOption(new Option("--proxy <WAY>", "how clients get to a real server").choices(PROXY_WAYS))
    .addOption(new Option("--preset <PRESET>", "flags of its kube-apiserver").choices(PRESETS))
    .option("--backing <NAME>", "the Kubernetes cluster that runs its kube-apiserver; any: one with room")
    .option("--server <URL>", "a real server that somebody else runs")
    .option("--server-ca <FILE>", "the CA of its serving certificate")
    .option("--client-cert <FILE>", "certificate of somebody who may do everything there")
    .option("--client-key <FILE>", "its private key")
    .option("--front-proxy-cert <FILE>", "certificate of somebody whom it lets speak for others; terminate needs it")
    .option("--front-proxy-key <FILE>", "its private key");
}

/** Undefined: the fleet's own choice. @throws ConfigError */
export function backendOf(flags: BackendFlags): BackendSpec | undefined {
  const { backend, proxy = "terminate" } = flags;
  const stray = (["proxy", "preset", "backing", ...EXTERNAL] as const).find((name) => flags[name] !== undefined);
  if (backend !== "passthrough") {
    if (stray !== undefined) throw new ConfigError(`${flagOf(stray)}: only with --backend passthrough`);
    return backend === undefined ? undefined : { type: backend };
  }
  return { type: "passthrough", proxy, runtime: runtimeOf(flags) };
}

const EXTERNAL = ["server", "serverCa", "clientCert", "clientKey", "frontProxyCert", "frontProxyKey"] as const;

function runtimeOf(flags: BackendFlags): RuntimeSpec {
  const { preset, server, serverCa, backing } = flags;
  if (server === undefined) {
    const stray = EXTERNAL.find((name) => flags[name] !== undefined);
    if (stray !== undefined) throw new ConfigError(`${flagOf(stray)}: only with --server`);
    const own = preset === undefined ? {} : { preset };
    if (backing === undefined) return { type: "process", ...own };
    return { type: "kubernetes", ...own, ...(backing === "any" ? {} : { backing }) };
  }
  if (backing !== undefined) throw new ConfigError("--backing: not of a server that somebody else runs");
  if (preset !== undefined) throw new ConfigError("--preset: not of a server that somebody else runs");
  if (serverCa === undefined) throw new ConfigError("--server: --server-ca has to say which CA it has");
  const client = pairOf("client", flags.clientCert, flags.clientKey);
  const frontProxy = pairOf("front-proxy", flags.frontProxyCert, flags.frontProxyKey);
  return {
    ...{ type: "external", server, ca: read("server-ca", serverCa) },
    ...(client === undefined ? {} : { client }),
    ...(frontProxy === undefined ? {} : { frontProxy }),
  };
}

function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
