import { createRequire } from "node:module";

interface Receiver {
  on(event: "message", listener: (data: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  write(chunk: Buffer, done: () => void): void;
}

/** The ws package that the server's WebSockets are made with. */
const require = createRequire(createRequire(import.meta.url).resolve("@fastify/websocket"));
const { Receiver } = require("ws") as { readonly Receiver: new (options: object) => Receiver };

/** As the server has it. */
const OPTIONS = { isServer: true, maxPayload: 32 << 20, skipUTF8Validation: true, allowSynchronousEvents: true };

/** The messages in a client's bytes, up to the first frame that is wrong. */
export async function receiveMessages(
  chunks: readonly Buffer[],
): Promise<{ readonly messages: readonly Buffer[]; readonly error: Error | undefined }> {
  const receiver = new Receiver(OPTIONS);
  const messages: Buffer[] = [];
  let error: Error | undefined;
  receiver.on("message", (data) => messages.push(data));
  receiver.on("error", (found) => {
    error = found;
  });
  for (const chunk of chunks) {
    if (error === undefined) await new Promise<void>((resolve) => receiver.write(chunk, () => resolve()));
  }
  return { messages, error };
}
