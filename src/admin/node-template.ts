import type { NodeSpec, Taint } from "../machines/spec.js";
import { AdminError } from "./errors.js";

/** What nodes are made after. Texts may hold {{cluster}}, {{index}} and, but for the name, {{node}}. */
export interface NodeTemplate {
  readonly count?: number;
  readonly start?: number;
  readonly name?: string;
  readonly role?: "worker" | "control-plane";
  readonly version?: string;
  readonly etcd?: "stacked" | "external";
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerID?: string;
  readonly capacity?: Readonly<Record<string, string>>;
}

/** As many nodes as the template counts; without a `start` they pass over names that are taken. @throws AdminError */
export function expand(
  template: NodeTemplate & { readonly version: string },
  cluster: string,
  taken: ReadonlySet<string>,
): NodeSpec[] {
  const { count = 1, start, role = "worker" } = template;
  const pattern = template.name ?? `{{cluster}}-${role}-{{index}}`;
  if (!pattern.includes("{{index}}")) {
    if (count > 1) throw new AdminError(400, "invalid", "name needs {{index}} for more than one node", "name");
    return [one(template, cluster, start ?? 1, fill("name", pattern, { cluster, index: String(start ?? 1) }))];
  }
  const specs: NodeSpec[] = [];
  for (let index = start ?? 1; specs.length < count; index++) {
    const name = fill("name", pattern, { cluster, index: String(index) });
    if (start === undefined && taken.has(name)) continue;
    specs.push(one(template, cluster, index, name));
  }
  return specs;
}

function one(
  template: NodeTemplate & { readonly version: string },
  cluster: string,
  at: number,
  name: string,
): NodeSpec {
  const { version, role, etcd = "stacked", labels, annotations, taints, providerID, capacity } = template;
  const values = { cluster, index: String(at), node: name };
  const fillAll = (field: string, texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fill(`${field}.${key}`, text, values)]));
  return {
    ...{ name, version },
    ...(role === "control-plane" ? { controlPlane: { etcd } } : {}),
    ...(labels === undefined ? {} : { labels: fillAll("labels", labels) }),
    ...(annotations === undefined ? {} : { annotations: fillAll("annotations", annotations) }),
    ...(taints === undefined ? {} : { taints }),
    ...(providerID === undefined ? {} : { providerID: fill("providerID", providerID, values) }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

function fill(field: string, text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{\s*(\w*)\s*\}\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return value;
    const known = Object.keys(values).map((each) => `{{${each}}}`);
    throw new AdminError(400, "invalid", `${field}: ${placeholder} is unknown; known are ${known.join(", ")}`, field);
  });
}
