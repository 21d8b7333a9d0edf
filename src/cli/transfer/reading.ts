import type { KubeClient } from "../../client/client.js";
import { StartError } from "../../cluster/start-error.js";
import { ConfigError } from "../../config/resolve.js";
import { ApiError } from "../../kube/status.js";
import type { Unread } from "./discovery.js";
import type { Wishes } from "./select.js";
import type { Scope } from "./source.js";

/** What commands that read a cluster take, as flags name it. */
export interface SelectFlags {
  readonly resources?: readonly string[];
  readonly exclude?: readonly string[];
  readonly namespace?: readonly string[];
  readonly selector?: string;
  readonly redactSecrets?: boolean;
  readonly skipUnreadable?: boolean;
}

const MOST_SHOWN = 10;

export function wishesOf({ resources, exclude, namespace: namespaces, selector }: SelectFlags): Wishes & Scope {
  return {
    ...(resources === undefined ? {} : { resources }),
    ...(exclude === undefined ? {} : { exclude }),
    ...{ namespaces, selector },
  };
}

/** Reads, says in one line why that can't be done, and closes the connections. @throws StartError, ConfigError */
export async function reading<T>(api: KubeClient, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof StartError) throw error;
    const { message, code } = error as NodeJS.ErrnoException;
    const why = message === "" ? (code ?? "no answer") : message.split("\n", 1)[0]!;
    throw new StartError(`${api.server}: ${error instanceof ApiError ? "it refuses: " : ""}${why}`);
  } finally {
    api.close();
  }
}

export function unreadable(unread: readonly Unread[]): StartError {
  const lines = unread.slice(0, MOST_SHOWN).map(({ what, why }) => `\n  ${what}: ${why}`);
  const more = unread.length - lines.length;
  if (more > 0) lines.push(`\n  and ${more} more`);
  const advice = "go on without with --skip-unreadable, or choose with --resources or --exclude";
  return new StartError(`not everything can be read; ${advice}:${lines.join("")}`);
}
