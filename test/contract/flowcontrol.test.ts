import { c, scenario, settled } from "./case.js";
import { contract } from "./contract.js";

const API = "/apis/flowcontrol.apiserver.k8s.io/v1";
const SCHEMA = `${API}/flowschemas/schema-{run}`;
const LEVEL = `${API}/prioritylevelconfigurations/level-{run}`;

const schema = (level: string, more = {}) => ({
  metadata: { name: "schema-{run}" },
  spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: level }, ...more },
});
const level = {
  metadata: { name: "level-{run}" },
  spec: { type: "Limited", limited: { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } } },
};
const conditions = { pick: ["status.conditions"] };

contract("flowcontrol", [
  scenario("flow schemas without their priority level", [
    c("created", `POST ${API}/flowschemas`, { json: schema("level-{run}") }),
    settled("its level is looked for", 1500),
    c("dangling", `GET ${SCHEMA}`),
    c("level", `POST ${API}/prioritylevelconfigurations`, { json: level }),
    settled("the level is seen", 1500),
    c("no longer dangling", `GET ${SCHEMA}`),
    c("level for trial", `DELETE ${LEVEL}?dryRun=All`, { bodyless: true }),
    c("still there", `GET ${SCHEMA}`, conditions),
    c("referring to another", `PATCH ${SCHEMA}`, {
      type: "merge",
      json: { spec: { priorityLevelConfiguration: { name: "none-{run}" } } },
      bodyless: true,
    }),
    settled("the other is looked for", 1500),
    c("dangling again", `GET ${SCHEMA}`, conditions),
    c("status by somebody else", `PATCH ${SCHEMA}/status`, {
      type: "merge",
      json: { status: { conditions: [] } },
      bodyless: true,
    }),
    settled("the status is looked at", 1500),
    c("told anew", `GET ${SCHEMA}`, conditions),
    c("back", `PATCH ${SCHEMA}`, {
      type: "merge",
      json: { spec: { priorityLevelConfiguration: { name: "level-{run}" } } },
      bodyless: true,
    }),
    c("level deleted", `DELETE ${LEVEL}`, { bodyless: true }),
    settled("its end is seen", 1500),
    c("dangling for want of it", `GET ${SCHEMA}`, conditions),
    c("deleted", `DELETE ${SCHEMA}`, { bodyless: true }),
  ]),
]);
