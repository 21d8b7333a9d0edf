import { pipeline } from "node:stream/promises";
import type { PortForwardRequest } from "../hooks.js";
import { isRecord, PORTS_ANNOTATION, ScriptError, scriptJson } from "./annotations.js";

/** Answers a connection as the pod's annotation has it. Throws what the client is to be told. */
export async function scriptedPort({ pod, port, connection, signal }: PortForwardRequest): Promise<void> {
  const script = scriptJson(pod, PORTS_ANNOTATION) ?? {};
  if (!isRecord(script)) throw new ScriptError(PORTS_ANNOTATION, "an object with ports as its keys is expected");
  const answer = script[String(port)];
  // The words of a container runtime.
  if (answer === undefined) throw new Error(`dial tcp4 127.0.0.1:${port}: connect: connection refused`);
  if (answer === "echo") return pipeline(connection, connection, { signal });
  if (!isRecord(answer) || typeof answer.send !== "string") {
    throw new ScriptError(PORTS_ANNOTATION, `port ${port} must be "echo" or {"send": "…"}`);
  }
  connection.resume();
  connection.end(answer.send);
}
