import type { Verb } from "../api.js";
import { getCustomScale, patchCustomScale, updateCustomScale } from "../crd/scale.js";
import { get } from "../get.js";
import { patch } from "../patch.js";
import type { Scope } from "../scope.js";
import { attach, exec } from "../streams/exec.js";
import { log } from "../streams/log.js";
import { portForward } from "../streams/port-forward.js";
import { proxy } from "../streams/proxy.js";
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

/** What a kubelet or a server in the cluster would answer. */
const STREAMS: Readonly<Record<string, Verb>> = { log, exec, attach, portforward: portForward, proxy };

/** The verb of a request for a subresource that the registry has in that verb. */
export function subresourceVerb(scope: Scope): Verb | undefined {
  const { name } = scope.subresource!;
  const { verb } = scope.request.info;
  if (name === "scale") return (scope.def.served ? CUSTOM_SCALE : SCALE)[verb];
  if (name === "eviction") return evict;
  if (name === "binding") return bind;
  if (name === "token") return createToken;
  return STREAMS[name] ?? PARENT_KIND[verb];
}
