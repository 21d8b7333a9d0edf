import { request } from "node:https";
import type { KeyPair } from "../../pki/authority.js";
import { type Address, agentFor, tlsOptions } from "../forward/address.js";

/** How long an answer may take. */
const PATIENCE_MS = 5_000;

/** Asks a server whether it is ready. Returns why it is not; undefined: it is. */
export function probe(
  address: Address,
  client: KeyPair | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      {
        ...tlsOptions(address, { client }),
        path: "/readyz?verbose",
        agent: agentFor(address, { client }, {}),
        timeout: PATIENCE_MS,
        ...(signal ? { signal } : {}),
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (chunk: string) => {
          if (text.length < 16_384) text += chunk;
        });
        answer.on("end", () => resolve(answer.statusCode === 200 ? undefined : notReady(answer.statusCode ?? 0, text)));
        answer.on("error", ({ message }) => resolve(message));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(SILENT)));
    asked.on("error", ({ message }) => resolve(message));
    asked.end();
  });
}

/** What a probe says of a server that takes connections and does not answer. */
export const SILENT = "no answer to /readyz within 5 s";

function notReady(code: number, text: string): string {
  const failed = [...text.matchAll(/^\[-\](\S+)/gm)].map(([, name]) => name);
  return failed.length > 0 ? `not ready: ${failed.join(", ")}` : `/readyz answers with ${code}`;
}
