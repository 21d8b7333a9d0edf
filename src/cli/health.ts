import { request } from "node:https";
import { Output } from "../cluster/output.js";
import { StartError } from "../cluster/start-error.js";
import { runningFleet } from "./admin-client.js";

const TIMEOUT_MS = 5_000;

/** Asks the first cluster of the fleet on the folder for /readyz. Resolves to its answer. @throws StartError */
export async function askHealth(out: string): Promise<string> {
  const [cluster] = runningFleet(out).clusters;
  if (cluster === undefined) return "no clusters\n";
  const { authority } = await new Output(out).identity(cluster.name, Date.now());
  const { hostname, port } = new URL(cluster.server);
  const advertised = hostname.replace(/^\[|\]$/g, "");
  let problem: unknown;
  // What a fleet is advertised as may be out of reach from where it runs.
  for (const host of new Set([advertised, "127.0.0.1", "::1"])) {
    try {
      const name = cluster.tlsServerName ?? advertised;
      return await readyz({ host, port, name, ca: authority.certificate });
    } catch (error) {
      problem ??= error;
    }
  }
  throw new StartError(`${cluster.name} is not ready: ${(problem as Error).message}`);
}

function readyz(at: { readonly host: string; readonly port: string; readonly name: string; readonly ca: string }) {
  return new Promise<string>((resolve, reject) => {
    const asked = request(
      {
        ...{ host: at.host, port: at.port, path: "/readyz", ca: at.ca, timeout: TIMEOUT_MS, agent: false },
        ...(/[a-z]/i.test(at.name) && !at.name.includes(":") ? { servername: at.name } : {}),
        // The CA is this cluster's alone: whom it signed for is the one asked for.
        checkServerIdentity: () => undefined,
      },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString("utf8").trimEnd();
        if (answer.statusCode === 200) resolve(`${text}\n`);
        else reject(new Error(`/readyz answers ${answer.statusCode} ${text}`));
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    asked.on("error", reject).end();
  });
}
