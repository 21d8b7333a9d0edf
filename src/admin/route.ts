/** Part of a JSON Schema, as ajv and OpenAPI 3.1 both read it. */
export type Schema = { readonly [key: string]: unknown };

/** One entry of the API: what serves it and what describes it are the same. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** A name for generated clients. */
  readonly id: string;
  readonly summary: string;
  /** By name; all are optional texts. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** The body is lines of JSON instead ({@link LINES}), of so many bytes at most, and read as a Buffer. */
  readonly lines?: { readonly description: string; readonly limit: number };
  /** What the answer is, by status. Undefined content: an empty one. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly content?: Content }>>;
  handle(request: RouteRequest): Promise<RouteAnswer>;
}

export const LINES = "application/x-ndjson";

/** Schemas by media type. */
export type Content = Readonly<Record<string, Schema>>;

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** As the route's schema allows it; a Buffer of lines. */
  readonly body: unknown;
  /** The Accept header. */
  readonly accept: string;
  /** Whether the caller has shown a token or a certificate, rather than being let in for coming from this machine. */
  readonly known: boolean;
}

export interface RouteAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is when it is text. */
  readonly body?: unknown;
}

export function json(schema: Schema): Content {
  return { "application/json": schema };
}

export function object(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: "object", properties, required, additionalProperties: false };
}

export function text(description: string, rules: Schema = {}): Schema {
  return { type: "string", description, ...rules };
}

/** Texts by name. */
export function texts(description: string): Schema {
  return { type: "object", description, additionalProperties: { type: "string" } };
}

export function list(items: Schema, description = ""): Schema {
  return { type: "array", items, ...(description === "" ? {} : { description }) };
}
