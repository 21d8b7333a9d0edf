import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { KubeClient } from "../../../src/client/client.js";
import { parseKubeconfig } from "../../../src/client/connection.js";

export interface Answer {
  readonly code?: number;
  readonly body: object;
}

/** A server that gives the answers it is told to, and keeps what it was asked. */
export async function standIn(answer: (path: string, query: URLSearchParams) => Answer) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url!, "http://x");
    asked.push(request.url!);
    const { code = 200, body } = answer(url.pathname, url.searchParams);
    response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a" } }],
    clusters: [{ name: "a", cluster: { server: `http://127.0.0.1:${port}` } }],
  });
  const api = new KubeClient(parseKubeconfig(kubeconfig));
  onTestFinished(() => {
    api.close();
    server.close();
  });
  return { api, asked, kubeconfig };
}

export function status(code: number, message: string): Answer {
  return { code, body: { kind: "Status", apiVersion: "v1", status: "Failure", code, message } };
}
