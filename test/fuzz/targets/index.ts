import type { Target } from "../target.js";

const codec = () => import("./codec.js");
const patches = () => import("./patches.js");
const queries = () => import("./queries.js");
const custom = () => import("./custom.js");
const credentials = () => import("./credentials.js");

/** Every decoder that a client's bytes reach, by name; each makes its target anew. */
export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  json: async () => (await codec()).json(),
  "typed-json": async () => (await codec()).typedJson(),
  yaml: async () => (await codec()).yaml(),
  protobuf: async () => (await codec()).protobuf(),
  envelope: async () => (await codec()).envelope(),
  body: async () => (await codec()).body(),
  "json-patch": async () => (await patches()).jsonPatch(),
  "merge-patch": async () => (await patches()).mergePatch(),
  "strategic-patch": async () => (await patches()).strategicPatch(),
  apply: async () => (await patches()).apply(),
  fields: async () => (await patches()).fields(),
  "label-selector": async () => (await queries()).labelSelector(),
  "field-selector": async () => (await queries()).fieldSelector(),
  continue: async () => (await queries()).continueToken(),
  query: async () => (await queries()).query(),
  accept: async () => (await queries()).accept(),
  scalars: async () => (await queries()).scalars(),
  "custom-resources": async () => (await custom()).customResources(),
  cel: async () => (await custom()).cel(),
  regex: async () => (await custom()).regex(),
  token: async () => (await credentials()).token(),
  "token-file": async () => (await credentials()).tokenFile(),
  certificates: async () => (await credentials()).certificates(),
  "client-hello": async () => (await credentials()).clientHello(),
  spdy: async () => (await import("./streams.js")).spdy(),
  channels: async () => (await import("./streams.js")).channels(),
  tunnels: async () => (await import("./http.js")).tunnels(),
  http: async () => (await import("./http.js")).http(),
};
