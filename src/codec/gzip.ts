import type { IncomingHttpHeaders } from "node:http";
import { constants, createGzip } from "node:zlib";
import type { UnaryAnswer } from "../kube/handler.js";

/** Answers up to this many bytes are not worth the work. */
const THRESHOLD = 128 * 1024;

/**
 * The answer compressed if the client takes gzip and it is large, in the thread pool. For negotiated answers only:
 * a real server leaves others alone. Upstream: apiserver/pkg/endpoints/handlers/responsewriters/writers.go.
 */
export async function compress(answer: UnaryAnswer, headers: IncomingHttpHeaders): Promise<UnaryAnswer> {
  const length = answer.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (length <= THRESHOLD || !takesGzip(headers["accept-encoding"])) return answer;
  const chunks = await gzip(answer.chunks);
  const vary = [answer.headers.Vary ?? [], "Accept-Encoding"].flat();
  return { ...answer, headers: { ...answer.headers, "Content-Encoding": "gzip", Vary: vary }, chunks };
}

/** A clause with a quality (`gzip;q=1`) does not count: upstream compares whole clauses. */
function takesGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header[0] : header;
  return (text ?? "").split(",").some((clause) => clause.trim() === "gzip");
}

async function gzip(chunks: readonly Buffer[]): Promise<Buffer[]> {
  const stream = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 });
  const write = async () => {
    for (const chunk of chunks) {
      if (!stream.write(chunk)) await new Promise<void>((resolve) => stream.once("drain", resolve));
    }
    stream.end();
  };
  const written = write();
  const out: Buffer[] = [];
  for await (const chunk of stream) out.push(chunk as Buffer);
  await written;
  return out;
}
