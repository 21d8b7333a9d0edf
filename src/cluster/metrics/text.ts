export type Labels = Readonly<Record<string, string>>;

/** One line of a metric: the suffix of its name ("_bucket"), labels, value. */
export type Sample = readonly [suffix: string, labels: Labels, value: number];

/** A metric with all its samples, as Prometheus' text format 0.0.4 has it. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: Iterable<Sample>;
}

/** Families without samples are left out, as upstream does. */
export function exposition(families: readonly Family[]): string {
  const sorted = [...families].sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(familyText).join("");
}

function familyText({ name, type, help, samples }: Family): string {
  const lines: string[] = [];
  for (const [suffix, labels, value] of samples) lines.push(`${name}${suffix}${labelText(labels)} ${value}\n`);
  if (lines.length === 0) return "";
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n") : value;
}

/** The lines of one histogram. `counts` has what fell into each bucket alone, as far as anything did. */
export function* histogram(
  labels: Labels,
  bounds: readonly number[],
  { counts, sum }: { readonly counts: readonly number[]; readonly sum: number },
): Iterable<Sample> {
  let total = 0;
  for (const [i, bound] of bounds.entries()) {
    total += counts[i] ?? 0;
    yield ["_bucket", { ...labels, le: String(bound) }, total];
  }
  total += counts[bounds.length] ?? 0;
  yield ["_bucket", { ...labels, le: "+Inf" }, total];
  yield ["_sum", labels, sum];
  yield ["_count", labels, total];
}
