import { X509Certificate } from "node:crypto";
import { parseQuantity, Quantity } from "../kube/quantity.js";
import type { KeyPair } from "../pki/authority.js";
import { parseKey } from "../pki/keys.js";
import type { BackendSpec, ExternalSpec, KubernetesSpec, ProxyWay } from "./spec.js";
import { StartError } from "./start-error.js";

/** Finds a backend fit, as far as that can be told without asking anybody. @throws StartError that names the field */
export function readBackend(backend: BackendSpec): BackendSpec {
  if (backend.type === "emulated") return backend;
  const { proxy, runtime } = backend;
  if (runtime.type === "external") checkExternal(runtime, proxy);
  if (runtime.type === "kubernetes") checkResources(runtime);
  const flag = runtime.type === "external" ? undefined : runtime.flags?.find((each) => !/^--[a-z]/.test(each));
  if (flag !== undefined) throw invalid("flags", `${JSON.stringify(flag)} is no flag: they begin with two dashes`);
  return backend;
}

function checkResources({ resources = {} }: KubernetesSpec): void {
  for (const name of ["cpu", "memory"] as const) {
    const text = resources[name];
    if (text === undefined) continue;
    try {
      if (parseQuantity(text).compare(Quantity.zero) > 0) continue;
    } catch {
      // told below
    }
    throw invalid(`resources.${name}`, `${JSON.stringify(text)} is no quantity above zero, such as 400Mi`);
  }
}

function checkExternal({ server, ca, client, frontProxy }: ExternalSpec, proxy: ProxyWay): void {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/") {
    throw invalid("server", `expected https://HOST:PORT, found ${JSON.stringify(server)}`);
  }
  checkCertificate("ca", ca);
  if (client !== undefined) checkPair("client", client);
  if (frontProxy !== undefined) checkPair("frontProxy", frontProxy);
  if (proxy === "terminate" && frontProxy === undefined) {
    throw invalid(
      "frontProxy",
      "to speak for clients (proxy: terminate) it takes a front-proxy certificate of the server",
    );
  }
}

function checkPair(field: string, { certificate, key }: KeyPair): void {
  const parsed = checkCertificate(`${field}.certificate`, certificate);
  let matches: boolean;
  try {
    matches = parsed.checkPrivateKey(parseKey(key).privateKey);
  } catch {
    throw invalid(`${field}.key`, "not the PEM of a private key");
  }
  if (!matches) throw invalid(`${field}.key`, "the key does not belong to the certificate");
}

function checkCertificate(field: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid(field, "the certificate is not PEM, or damaged");
  }
}

function invalid(field: string, cause: string): StartError {
  const at = `backend.runtime.${field}`;
  return new StartError(`${at}: ${cause}`, "invalid", at);
}
