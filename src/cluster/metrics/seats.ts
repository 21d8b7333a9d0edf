import { numberAt, stringAt } from "../../kube/access.js";
import type { JsonObject } from "../../kube/json.js";
import type { Store } from "../../store/store.js";
import { gauge } from "./families.js";
import type { Family, Sample } from "./text.js";

/** What a server with default flags serves at a time: --max-requests-inflight and --max-mutating-requests-inflight. */
const SERVED_AT_A_TIME = 400 + 200;
/** etcd keys of priority levels begin so. */
const LEVELS = "prioritylevelconfigurations/";

/**
 * What each priority level would be given of what the server serves at a time. Nothing is limited by it, but clients
 * wait for it to know that a level is in force; upstream: apiserver/pkg/util/flowcontrol/apf_controller.go.
 */
export function seatsFamily(store: Store): Family {
  const shares = [...store.snapshot()!.range(LEVELS)].map(({ key, bytes }) => {
    const level = JSON.parse(bytes.toString()) as JsonObject;
    const kind = stringAt(level, "spec", "type") === "Exempt" ? "exempt" : "limited";
    return { name: key.slice(LEVELS.length), share: numberAt(level, "spec", kind, "nominalConcurrencyShares") };
  });
  const all = shares.reduce((sum, { share }) => sum + share, 0);
  const samples = shares.map(({ name, share }): Sample => {
    return ["", { priority_level: name }, all === 0 ? 0 : Math.ceil((SERVED_AT_A_TIME * share) / all)];
  });
  return gauge("apiserver_flowcontrol_nominal_limit_seats", "[BETA] Seats that a priority level is given.", samples);
}
