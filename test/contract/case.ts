import type { Who } from "../helpers/target.js";

/**
 * One request of a scenario, or one look at a watch. Texts may contain `{variable}`: `ns` (the scenario's own
 * namespace), `run` (a word that no other run uses), and whatever earlier cases saved.
 */
export interface Case extends CaseOptions {
  /** Unique in its scenario: the key of the golden answer. */
  readonly name: string;
  /**
   * "METHOD /path?query". WATCH opens a stream that runs beside the following cases, "EVENTS name" compares what
   * the watch `name` has brought until it has `count` events, "END name" what it brought until the server ended it, "PAUSE ms" waits where the server is a real one.
   */
  readonly request: string;
}

export interface CaseOptions {
  /** Sent as JSON, as application/json unless `type` says otherwise. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly text?: string | Buffer;
  /** The Content-Type, in short or in full. */
  readonly type?: string;
  /** The Accept header, in short or in full; null: none. Default application/json. */
  readonly accept?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** {variable: "path.in.the.answer"} */
  readonly save?: Readonly<Record<string, string>>;
  /** Only these paths of the answer are compared. */
  readonly pick?: readonly string[];
  /** Who asks; by default an administrator. Texts may contain variables. */
  readonly as?: Who;
  /** The flow schema and priority level in the headers are compared, by name. */
  readonly flow?: boolean;
  /** Where in the answer a token is whose claims are compared, in place of the answer. */
  readonly claims?: string;
  /** Only these lines of a text are compared (a pattern's source), without the number at their end. */
  readonly lines?: string;
  /** Paths of lists in the answer whose order is a real server's mood. */
  readonly unordered?: readonly string[];
  /** metadata.managedFields is compared, too. */
  readonly owners?: boolean;
  /** How the end of the body is told is compared, too. */
  readonly framing?: boolean;
  /** Only status and headers are compared. */
  readonly bodyless?: boolean;
  /** Nothing is compared, only that it succeeds. */
  readonly setup?: boolean;
  /** For EVENTS: how many events of the watch are awaited, from its beginning. */
  readonly count?: number;
}

/** Cases that run one after another in a namespace of their own. */
export interface Scenario {
  readonly name: string;
  readonly cases: readonly Case[];
}

export function c(name: string, request: string, options: CaseOptions = {}): Case {
  return { name, request, ...options };
}

export function scenario(name: string, cases: readonly Case[]): Scenario {
  return { name, cases };
}

/** Waits until a real server's caches have what was written; see to it that nothing depends on what they had before. */
export const settled = (name: string, ms = 400): Case => c(name, `PAUSE ${ms}`, { setup: true });

/** Stores an object; `path` is its collection's. */
export function given(path: string, object: Readonly<Record<string, unknown>>): Case {
  const name = (object.metadata as { name?: string } | undefined)?.name ?? "object";
  return c(`given ${path} ${name}`, `POST ${path}`, { json: object, setup: true });
}

export const MEDIA: Readonly<Record<string, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
  jsonpatch: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
  table: "application/json;as=Table;v=v1;g=meta.k8s.io",
  partial: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  partials: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  watchpb: "application/vnd.kubernetes.protobuf;stream=watch",
};
