const KUBE_VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STABILITY = { alpha: 0, beta: 1, stable: 2 };

/**
 * Orders versions as discovery prefers them: stable before beta before alpha, the higher number first, anything that
 * does not look like a version last, by name. Upstream: apimachinery/pkg/version/helpers.go.
 */
export function compareVersions(a: string, b: string): number {
  const left = parse(a);
  const right = parse(b);
  if (!left && !right) return a < b ? -1 : a > b ? 1 : 0;
  if (!left || !right) return left ? -1 : 1;
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function parse(version: string): { stability: number; major: number; minor: number } | undefined {
  const match = KUBE_VERSION.exec(version);
  if (!match) return undefined;
  const stability = STABILITY[(match[2] ?? "stable") as keyof typeof STABILITY];
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
