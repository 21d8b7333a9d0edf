import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { resolve } from "node:path";
import { pipeline, Readable } from "node:stream";
import type { ErrorBody } from "../admin/errors.js";
import { LINES } from "../admin/route.js";
import { type FleetRecord, Output } from "../cluster/output.js";
import { StartError } from "../cluster/start-error.js";

interface Sent {
  readonly type?: string;
  readonly body?: string | Iterable<string>;
}

interface Received {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

/** @throws StartError when no fleet runs on the folder */
export function runningFleet(out: string): FleetRecord {
  const record = new Output(out).readRecord();
  if (!record)
    throw new StartError(`no fleet runs on the folder ${out}; start one with \`fake-apiserver --out ${out}\``);
  return record;
}

/** Sends requests to the admin API of the fleet that runs on a folder, with the folder's token. */
export class AdminClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #ca: string | undefined;

  private constructor(url: string, output: Output) {
    const token = output.adminToken();
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#ca = output.adminCa();
  }

  /** Undefined where the fleet has no admin API. @throws StartError when no fleet runs on the folder */
  static find(out: string): AdminClient | undefined {
    const url = runningFleet(out).admin?.url;
    return url === undefined ? undefined : new AdminClient(url, new Output(resolve(out)));
  }

  /** @throws StartError */
  static of(out: string): AdminClient {
    const found = AdminClient.find(out);
    if (found === undefined) throw new StartError(`the fleet on the folder ${out} was started with --no-admin`);
    return found;
  }

  /** Resolves to what is answered: parsed if it is JSON, text otherwise. @throws StartError with the API's message */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#result(
      await this.#send(
        method,
        path,
        body === undefined ? {} : { type: "application/json", body: JSON.stringify(body) },
      ),
    );
  }

  /** Sends lines, which may be more than fit in one text. @throws StartError with the API's message */
  async upload<T>(path: string, lines: Iterable<string>): Promise<T> {
    return this.#result(await this.#send("POST", path, { type: LINES, body: lines }));
  }

  #result<T>({ status, text, type }: Received): T {
    const value: unknown = type.includes("json") ? JSON.parse(text) : text;
    if (status < 300) return value as T;
    throw new StartError(messageOf(value) ?? `the admin API answers ${status}`);
  }

  async #send(method: string, path: string, { type, body }: Sent): Promise<Received> {
    const headers = { ...this.#headers, ...(type === undefined ? {} : { "content-type": type }) };
    const options: RequestOptions = { method, headers, agent: false };
    const answer = await new Promise<IncomingMessage>((settle, reject) => {
      const sent = this.#url.startsWith("https:")
        ? httpsRequest(
            `${this.#url}${path}`,
            { ...options, ...(this.#ca === undefined ? {} : { ca: this.#ca }) },
            settle,
          )
        : httpRequest(`${this.#url}${path}`, options, settle);
      sent.on("error", (error) => reject(new StartError(`${this.#url} does not answer: ${error.message}`)));
      if (typeof body === "string" || body === undefined) sent.end(body);
      else pipeline(Readable.from(body), sent, () => {});
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const { statusCode: status = 0, headers: got } = answer;
    return { status, text: Buffer.concat(chunks).toString(), type: got["content-type"] ?? "" };
  }
}

function messageOf(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? (value as Partial<ErrorBody>).error?.message : undefined;
}
