import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { type Admin, type AdminOptions, startAdmin } from "../../src/admin/server.js";
import type { Fleet } from "../../src/cluster/fleet.js";
import { type EmulatedFleetOptions, startEmulatedFleet } from "../../src/compose.js";

export const silent = pino({ level: "silent" });

export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), "admin-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function emulated(options: Partial<EmulatedFleetOptions> = {}): Promise<Fleet> {
  const fleet = await startEmulatedFleet({ clusters: 0, basePort: 0, graceMs: 500, log: silent, ...options });
  onTestFinished(() => fleet.close());
  return fleet;
}

/** Whatever JSON holds. */
export type Parsed = ReturnType<typeof JSON.parse>;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Of JSON. */
  readonly body: Parsed;
}

export interface Asking {
  readonly headers?: OutgoingHttpHeaders;
  readonly tls?: RequestOptions;
}

/** A body that is no text is sent as JSON. */
export function ask(
  url: string,
  call: string,
  body?: unknown,
  { headers = {}, tls = {} }: Asking = {},
): Promise<Reply> {
  const [method, path] = call.split(" ");
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const type = text === undefined ? {} : { "content-type": "application/json" };
  const send = url.startsWith("https") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(
      `${url}${path}`,
      { method: method!, headers: { ...type, ...headers }, agent: false, ...tls },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const got = Buffer.concat(chunks).toString();
        const isJson = /json/.test(answer.headers["content-type"] ?? "");
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          text: got,
          body: isJson ? JSON.parse(got) : {},
        });
      },
    );
    sent.on("error", reject).end(text);
  });
}

export async function open(fleet: Fleet, options: Partial<AdminOptions> = {}): Promise<Admin> {
  const admin = await startAdmin({
    ...{ fleet, host: "127.0.0.1", port: 0, version: "0.0.0", kubernetesVersion: "v1.34.4", log: silent },
    ...options,
  });
  onTestFinished(() => admin.close());
  return admin;
}

/** One admin API over a fleet of its own, and how to call it. */
export async function world(options: Partial<AdminOptions> = {}, fleetOptions: Partial<EmulatedFleetOptions> = {}) {
  const fleet = await emulated(fleetOptions);
  const admin = await open(fleet, options);
  return {
    fleet,
    admin,
    call: (call: string, body?: unknown, asking?: Asking) => ask(admin.url, call, body, asking),
  };
}
