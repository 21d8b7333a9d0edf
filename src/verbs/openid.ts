import { ISSUER } from "../auth/service-accounts.js";
import { negotiateRoute } from "../codec/negotiate.js";
import { methodNotAllowed, unknownResource } from "../kube/errors.js";
import type { KubeRequest, UnaryAnswer } from "../kube/handler.js";
import type { ApiDeps } from "./deps.js";

const CONFIGURATION = "/.well-known/openid-configuration";
const KEYS = "/openid/v1/jwks";

/**
 * What others need to check the tokens of this cluster's ServiceAccounts; undefined for any other path.
 * Upstream: pkg/serviceaccount/openidmetadata.go, pkg/routes/openidmetadata.go. Throws 404, 405, 406.
 */
export async function openIdAnswer(
  deps: ApiDeps,
  { path, method, headers }: KubeRequest,
): Promise<UnaryAnswer | undefined> {
  const route = [CONFIGURATION, KEYS].find((known) => path === known || path.startsWith(`${known}/`));
  if (route === undefined) return undefined;
  if (path.length > route.length + 1) throw unknownResource();
  if (method !== "GET") throw methodNotAllowed();
  const key = await deps.access.serviceAccounts.key();
  if (route === KEYS) return document(headers, "application/jwk-set+json", { keys: [key.jwk] });
  return document(headers, "application/json", {
    issuer: ISSUER,
    jwks_uri: `https://${deps.serverAddress}${KEYS}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [key.algorithm],
  });
}

function document(headers: KubeRequest["headers"], contentType: string, value: unknown): UnaryAnswer {
  negotiateRoute(headers, [contentType]);
  return {
    status: 200,
    headers: { "Content-Type": contentType, "Cache-Control": "public, max-age=3600" },
    chunks: [Buffer.from(JSON.stringify(value))],
  };
}
