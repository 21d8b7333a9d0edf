import { type Gap, unsupported } from "../../kube/gaps.js";
import type { Verb } from "../api.js";
import { getCustomScale, patchCustomScale, updateCustomScale } from "../crd/scale.js";
import { get, readOne } from "../get.js";
import { patch } from "../patch.js";
import type { Scope } from "../scope.js";
import { update } from "../update.js";
import { bind } from "./binding.js";
import { evict } from "./eviction.js";
import { getScale, patchScale, updateScale } from "./scale.js";
import { createToken } from "./token.js";

/** Subresources whose body is their parent: they differ from it by their strategy only. */
const PARENT_KIND: Readonly<Record<string, Verb>> = { get, update, patch };

const SCALE: Readonly<Record<string, Verb>> = { get: getScale, update: updateScale, patch: patchScale };

const CUSTOM_SCALE: Readonly<Record<string, Verb>> = {
  get: getCustomScale,
  update: updateCustomScale,
  patch: patchCustomScale,
};

const REFUSED: Readonly<Record<string, Gap>> = {
  log: "pod-streams",
  exec: "pod-streams",
  attach: "pod-streams",
  portforward: "pod-streams",
  proxy: "proxy",
};

/** The verb of a request for a subresource that the registry has in that verb. */
export function subresourceVerb(scope: Scope): Verb | undefined {
  const { name } = scope.subresource!;
  const { verb } = scope.request.info;
  if (name === "scale") return (scope.def.served ? CUSTOM_SCALE : SCALE)[verb];
  if (name === "eviction") return evict;
  if (name === "binding") return bind;
  if (name === "token") return createToken;
  const gap = REFUSED[name];
  if (gap) {
    return () => {
      // What is missing is missing, whatever could be done with it.
      readOne(scope);
      throw unsupported(gap);
    };
  }
  return PARENT_KIND[verb];
}
