import { goQuote } from "../kube/go-text.js";
import type { UnaryAnswer } from "../kube/handler.js";
import { HEALTH_CHECKS, type HealthEndpoint } from "../kube/health-checks.js";
import { pageNotFound } from "../kube/plain-text-error.js";
import type { RequestInfo } from "../kube/request-info.js";

const PLAIN = { "Content-Type": "text/plain; charset=utf-8" };
const SNIFF = { ...PLAIN, "X-Content-Type-Options": "nosniff" };

/**
 * The answer of /healthz, /livez, /readyz and their single checks; undefined for any other path. A draining server is
 * alive but not ready. Upstream: apiserver/pkg/server/healthz/healthz.go. Throws 404 for an unknown check.
 */
export function healthAnswer(info: RequestInfo, query: URLSearchParams, draining: boolean): UnaryAnswer | undefined {
  if (info.isResourceRequest) return undefined;
  const [, endpoint, check] = /^\/(healthz|livez|readyz)(?:\/(.*))?$/s.exec(info.path) ?? [];
  if (endpoint === undefined) return undefined;
  const checks = HEALTH_CHECKS[endpoint as HealthEndpoint];
  const passes = (name: string) => name !== "shutdown" || !draining;
  if (check === undefined) return overview(endpoint, checks, query, passes);
  if (!checks.includes(check)) throw pageNotFound();
  return passes(check) ? text(200, "ok", PLAIN) : text(500, "internal server error: process is shutting down\n", SNIFF);
}

function overview(
  endpoint: string,
  checks: readonly string[],
  query: URLSearchParams,
  passes: (name: string) => boolean,
): UnaryAnswer {
  const excluded = new Set(query.getAll("exclude"));
  const lines = checks.map((name) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok\n`;
    return passes(name) ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`;
  });
  const unknown = [...excluded].filter((name) => !checks.includes(name)).sort();
  if (unknown.length > 0) {
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.map(goQuote).join(",")}\n`);
  }
  if (checks.some((name) => !excluded.has(name) && !passes(name))) {
    return text(500, `${lines.join("")}${endpoint} check failed\n`, SNIFF);
  }
  return text(200, query.has("verbose") ? `${lines.join("")}${endpoint} check passed\n` : "ok", SNIFF);
}

function text(status: number, body: string, headers: Readonly<Record<string, string>>): UnaryAnswer {
  return { status, headers, chunks: [Buffer.from(body)] };
}
