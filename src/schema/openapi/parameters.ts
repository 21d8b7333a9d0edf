import type { StructType, TypeRef } from "../model.js";
import type { SchemaTables } from "../tables.js";
import type { Parameter } from "./routes.js";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

export const NAME: Parameter = { name: "name", in: "path", type: "string" };
export const NAMESPACE: Parameter = { name: "namespace", in: "path", type: "string" };
export const SUBPATH: Parameter = { name: "path", in: "path", type: "string" };
export const PRETTY: Parameter = { name: "pretty", in: "query", type: "string" };

type OptionsName = "ListOptions" | "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

/** The query parameters that the fields of an options type give; upstream: AddObjectParams in endpoints/installer.go. */
export function optionParameters(tables: SchemaTables, name: OptionsName, except: readonly string[] = []): Parameter[] {
  return fieldParameters(tables.struct(META + name)).filter((parameter) => !except.includes(parameter.name));
}

function fieldParameters(type: StructType): Parameter[] {
  return type.fields.flatMap((field) => {
    const kind = field.inline ? undefined : parameterType(field.type);
    return kind === undefined ? [] : [{ name: field.name, in: "query" as const, type: kind }];
  });
}

function parameterType(type: TypeRef): Parameter["type"] | undefined {
  if (type.kind === "list") return parameterType(type.of);
  if (type.kind !== "scalar") return undefined;
  switch (type.scalar) {
    case "string":
      return "string";
    case "bool":
      return "boolean";
    case "float64":
      return "number";
    default:
      return "integer";
  }
}

const STREAMS = {
  stderr: "boolean",
  stdin: "boolean",
  stdout: "boolean",
  tty: "boolean",
  container: "string",
} as const;

/** Options that exist as query parameters only, so the type tables don't hold them. */
const CONNECT_OPTIONS: Readonly<Record<string, Readonly<Record<string, Parameter["type"]>>>> = {
  PodAttachOptions: STREAMS,
  PodExecOptions: { ...STREAMS, command: "string" },
  PodPortForwardOptions: { ports: "integer" },
  PodProxyOptions: { path: "string" },
  ServiceProxyOptions: { path: "string" },
  NodeProxyOptions: { path: "string" },
  PodLogOptions: {
    container: "string",
    follow: "boolean",
    previous: "boolean",
    sinceSeconds: "integer",
    timestamps: "boolean",
    tailLines: "integer",
    limitBytes: "integer",
    insecureSkipTLSVerifyBackend: "boolean",
    stream: "string",
  },
};

/** Query parameters of a connect subresource or of the log, by the kind of its options; undefined when it is neither. */
export function connectParameters(kind: string): Parameter[] | undefined {
  const options = CONNECT_OPTIONS[kind];
  if (!options) return undefined;
  return Object.entries(options).map(([name, type]) => ({ name, in: "query", type }));
}
