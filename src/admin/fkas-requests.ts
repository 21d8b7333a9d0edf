/** A request that is refused, in the plain text that Go's http.Error writes. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "Refusal";
  }
}

export interface Registration {
  readonly cluster: string;
  readonly namespace: string;
}

export interface NodeUpdate extends Registration {
  readonly uuid: string;
  readonly nodeName: string;
  readonly providerID: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly k8sversion: string;
  /** Told by a label. */
  readonly controlPlane: boolean;
}

const CONTROL_PLANE = "cluster.x-k8s.io/control-plane";

/** @throws Refusal */
export function readRegistration(body: string): Registration {
  const fields = new Fields(body);
  return { cluster: fields.required("cluster"), namespace: fields.required("namespace") };
}

/** @throws Refusal */
export function readNodeUpdate(body: string): NodeUpdate {
  const fields = new Fields(body);
  const labels = fields.texts("labels");
  return {
    cluster: fields.required("cluster"),
    namespace: fields.required("namespace"),
    nodeName: fields.required("nodeName"),
    uuid: fields.text("uuid"),
    providerID: fields.text("providerID"),
    k8sversion: fields.text("k8sversion"),
    labels,
    controlPlane: Object.hasOwn(labels, CONTROL_PLANE),
  };
}

/** A JSON object as Go reads it into a struct: names in any case, unknown ones ignored, null for nothing. */
class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(body: string) {
    const value = parse(body);
    if (value !== null && (typeof value !== "object" || Array.isArray(value))) throw invalid();
    this.#values = new Map(Object.entries(value ?? {}).map(([name, each]) => [name.toLowerCase(), each]));
  }

  text(name: string): string {
    const value = this.#values.get(name.toLowerCase()) ?? "";
    if (typeof value !== "string") throw invalid();
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === "") throw new Refusal(400, `${name} is missing`);
    return value;
  }

  texts(name: string): Record<string, string> {
    const value = this.#values.get(name.toLowerCase()) ?? {};
    if (typeof value !== "object" || Array.isArray(value)) throw invalid();
    const entries = Object.entries(value as Record<string, unknown>).map(([key, each]) => [key, each ?? ""] as const);
    if (entries.some(([, each]) => typeof each !== "string")) throw invalid();
    return Object.fromEntries(entries as [string, string][]);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalid();
  }
}

function invalid(): Refusal {
  return new Refusal(400, "Invalid JSON");
}
