import type { KeyPair } from "./authority.js";

/** What a kubeconfig says of one cluster: where it is and who to be there. */
export interface Access {
  /** Cluster and context name. */
  readonly name: string;
  /** "https://host:port". */
  readonly server: string;
  /** The name in the serving certificate, where it is not the server's host. */
  readonly tlsServerName?: string;
  /** PEM. */
  readonly caCertificate: string;
  readonly client: KeyPair;
}

/** A kubeconfig as clients' libraries take it: clientcmd/api/v1 Config. */
export interface Kubeconfig {
  readonly apiVersion: "v1";
  readonly kind: "Config";
  readonly clusters: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users: readonly { readonly name: string; readonly user: UserEntry }[];
  readonly contexts: readonly { readonly name: string; readonly context: ContextEntry }[];
  readonly "current-context": string;
}

export type ClusterEntry = {
  readonly server: string;
  readonly "tls-server-name"?: string;
  readonly "certificate-authority-data": string;
};
export type UserEntry = { readonly "client-certificate-data": string; readonly "client-key-data": string };
export type ContextEntry = { readonly cluster: string; readonly user: string };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** One context per cluster; the first is current. */
export function kubeconfig(accesses: readonly Access[]): Kubeconfig {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: accesses.map((access) => ({
      name: access.name,
      cluster: {
        server: access.server,
        ...(access.tlsServerName === undefined ? {} : { "tls-server-name": access.tlsServerName }),
        "certificate-authority-data": base64(access.caCertificate),
      },
    })),
    users: accesses.map((access) => ({
      name: `${access.name}-admin`,
      user: {
        "client-certificate-data": base64(access.client.certificate),
        "client-key-data": base64(access.client.key),
      },
    })),
    contexts: accesses.map((access) => ({
      name: access.name,
      context: { cluster: access.name, user: `${access.name}-admin` },
    })),
    "current-context": accesses[0]?.name ?? "",
  };
}

/** The kubeconfig as YAML: of so fixed a form that a YAML library's half millisecond per cluster is not worth it. */
export function kubeconfigText(config: Kubeconfig): string {
  const lines = ["apiVersion: v1", "kind: Config"];
  section(lines, "clusters", "cluster", config.clusters);
  section(lines, "users", "user", config.users);
  section(lines, "contexts", "context", config.contexts);
  lines.push(`current-context: ${scalar(config["current-context"])}`);
  return `${lines.join("\n")}\n`;
}

type Entry<K extends string> = { readonly name: string } & { readonly [P in K]: Readonly<Record<string, string>> };

function section<K extends string>(lines: string[], title: string, kind: K, entries: readonly Entry<K>[]): void {
  lines.push(entries.length === 0 ? `${title}: []` : `${title}:`);
  for (const entry of entries) {
    lines.push(`- name: ${scalar(entry.name)}`, `  ${kind}:`);
    for (const [key, value] of Object.entries<string>(entry[kind])) lines.push(`    ${key}: ${scalar(value)}`);
  }
}

/** Plain where YAML can't read it as anything but this string, and quoted otherwise: JSON's quotes are YAML's, too. */
function scalar(text: string): string {
  const plain =
    /^[A-Za-z][\w./:+=-]*$/.test(text) && !text.endsWith(":") && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
