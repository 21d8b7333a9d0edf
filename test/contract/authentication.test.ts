import type { Who } from "../helpers/target.js";
import { type Case, type CaseOptions, c, given, scenario, settled } from "./case.js";
import { contract } from "./contract.js";

const SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews";
const SECOND_HALF = "0123456789abcdef";
const NOBODY: Who = {};
const BEARER = { Authorization: "Bearer contract-token" };
const ADMIN: Who = { name: "root", groups: ["system:masters"] };

/** What the server takes the caller for. */
function whoami(name: string, as: Who | undefined, headers: Record<string, string> = {}): Case {
  return c(name, `POST ${SELF}`, { json: {}, headers, ...(as ? { as } : {}) });
}

const bearer = (name: string, value: string, as: Who = NOBODY) => whoami(name, as, { Authorization: value });
const review = (name: string, spec: unknown, options: CaseOptions = {}) =>
  c(name, `POST ${REVIEWS}`, { json: { spec }, ...options });
const account = (name: string) => given("{core}/serviceaccounts", { metadata: { name } });
const tokenFor = (name: string, spec: unknown, options: CaseOptions = {}) =>
  c(name, "POST {core}/serviceaccounts/a/token", { json: { spec }, ...options });

function bootstrapToken(id: string, data: Record<string, string>, more: object = {}): Case {
  return given("/api/v1/namespaces/kube-system/secrets", {
    metadata: { name: `bootstrap-token-${id}` },
    type: "bootstrap.kubernetes.io/token",
    stringData: { "token-id": id, "token-secret": SECOND_HALF, "usage-bootstrap-authentication": "true", ...data },
    ...more,
  });
}

const BOOTSTRAP: readonly (readonly [id: string, data: Record<string, string>, more?: object])[] = [
  ["aaaaaa", {}],
  ["bbbbbb", { "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token" }],
  ["cccccc", { "auth-extra-groups": "system:masters" }],
  ["dddddd", { "usage-bootstrap-authentication": "false" }],
  ["eeeeee", { expiration: "2001-01-01T00:00:00Z" }],
  ["ffffff", { expiration: "2999-01-01T00:00:00Z" }],
  ["gggggg", { expiration: "soon" }],
  ["hhhhhh", { "token-id": "other1" }],
  ["iiiiii", { "auth-extra-groups": "system:bootstrappers:b,system:bootstrappers:a,system:bootstrappers:b" }],
  ["jjjjjj", {}, { type: "Opaque" }],
];

contract("authentication", [
  scenario("certificates", [
    whoami("a name", { name: "alice" }),
    whoami("groups", { name: "alice", groups: ["devs", "ops"] }),
    whoami("the group of everybody", { name: "alice", groups: ["system:authenticated", "devs"] }),
    whoami("the group of administrators", { name: "root", groups: ["system:masters"] }),
    whoami("a name with blanks and quotes", { name: 'Alice "the" <admin>' }),
    whoami("a name beyond ASCII", { name: "Zoë" }),
    whoami("the name of a service account", { name: "system:serviceaccount:default:x" }),
    whoami("the name of nobody", { name: "system:anonymous" }),
    whoami("of a CA that is not known", { name: "alice", stranger: true }),
    whoami("of a server", { name: "kube-apiserver", serving: true }),
    whoami("of a server, with a token", { name: "kube-apiserver", serving: true }, BEARER),
    whoami("of a CA that is not known, with a token", { name: "alice", stranger: true }, BEARER),
    whoami("expired, with a token", { name: "alice", expired: true }, BEARER),
    whoami("with a token that counts for less", { name: "alice" }, BEARER),
    whoami("expired", { name: "alice", expired: true }),
    c("of a CA that is not known, for a public path", "GET /version", {
      as: { name: "alice", stranger: true },
    }),
    c("expired, for a public path", "GET /livez", { as: { name: "alice", expired: true } }),
  ]),
  scenario("nobody", [
    c("a public path", "GET /version", { as: NOBODY, bodyless: true }),
    c("the root", "GET /", { as: NOBODY }),
    c("the groups", "GET /apis", { as: NOBODY }),
    c("a list", "GET {cm}", { as: NOBODY }),
    c("a write", "POST {cm}", { as: NOBODY, json: { metadata: { name: "x" } } }),
    whoami("a review", NOBODY),
    c("refused in YAML", "GET {cm}", { as: NOBODY, accept: "yaml" }),
    c("refused in protobuf", "GET {cm}", { as: NOBODY, accept: "protobuf" }),
    c("refused in nothing known", "GET {cm}", { as: NOBODY, accept: "text/html" }),
    c("refused as a table", "GET {cm}", { as: NOBODY, accept: "table" }),
    c("a path that is not there", "GET /nope", { as: NOBODY }),
    c("a group that is not there", "GET /apis/nope.io/v1/things", { as: NOBODY }),
  ]),
  scenario("bearer tokens", [
    bearer("garbage", "Bearer garbage"),
    c("garbage, in YAML", `POST ${SELF}`, {
      json: {},
      as: NOBODY,
      headers: { Authorization: "Bearer garbage" },
      accept: "yaml",
    }),
    bearer("garbage, but a certificate", "Bearer garbage", { name: "alice" }),
    bearer("garbage, and a stranger's certificate", "Bearer garbage", { name: "alice", stranger: true }),
    bearer("nothing after the word", "Bearer"),
    bearer("a blank after the word", "Bearer "),
    bearer("another scheme", "Basic YWxpY2U6c2VjcmV0"),
    bearer("a known token", "Bearer contract-token"),
    bearer("the word in lower case", "bearer contract-token"),
    bearer("the word in upper case", "BEARER contract-token"),
    bearer("blanks around", "  Bearer contract-token  "),
    bearer("two blanks between", "Bearer  contract-token"),
    bearer("more words", "Bearer contract-token and more"),
    bearer("a known token beside a stranger's certificate", "Bearer contract-token", { name: "x", stranger: true }),
    bearer("a known token beside a certificate", "Bearer contract-token", { name: "alice" }),
    c("garbage for a public path", "GET /version", { as: NOBODY, headers: { Authorization: "Bearer garbage" } }),
    bearer("three parts that are no token", "Bearer a.b.c"),
    bearer(
      "unsigned",
      `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"iss":"https://kubernetes.default.svc"}').toString("base64url")}.x`,
    ),
    c("refused by authorization", "GET {cm}", { as: NOBODY, headers: { Authorization: "Bearer contract-token" } }),
  ]),
  scenario("tokens of service accounts", [
    account("a"),
    tokenFor("with nothing asked", {}, { save: { token: "status.token" } }),
    tokenFor("with nothing asked, its claims", {}, { claims: "status.token" }),
    bearer("is who", "Bearer {token}"),
    tokenFor("for ten minutes", { expirationSeconds: 600 }, { claims: "status.token" }),
    tokenFor("for less", { expirationSeconds: 599 }),
    tokenFor("for a very long time", { expirationSeconds: 4294967297 }),
    tokenFor("for 2^32 seconds", { expirationSeconds: 4294967296 }, { claims: "status.token" }),
    tokenFor("for an hour and seven seconds", { expirationSeconds: 3607 }, { claims: "status.token" }),
    tokenFor("for others", { audiences: ["vault", "x"] }, { save: { foreign: "status.token" } }),
    tokenFor("for others, its claims", { audiences: ["vault", "x"] }, { claims: "status.token" }),
    bearer("for others, used here", "Bearer {foreign}"),
    review("for others, reviewed", { token: "{foreign}" }),
    review("for others, reviewed by one of them", { token: "{foreign}", audiences: ["vault", "y"] }),
    review("for others, reviewed by both", { token: "{foreign}", audiences: ["x", "vault"] }),
    review("reviewed", { token: "{token}" }),
    review("reviewed by somebody else", { token: "{token}", audiences: ["vault"] }),
    tokenFor("as YAML", {}, { accept: "yaml", bodyless: true }),
    c("without a spec", "POST {core}/serviceaccounts/a/token", { json: {} }),
    c("with a name in the metadata", "POST {core}/serviceaccounts/a/token", {
      json: { metadata: { name: "a", namespace: "{ns}" }, spec: {} },
    }),
    c("with another name in the metadata", "POST {core}/serviceaccounts/a/token", {
      json: { metadata: { name: "b" }, spec: {} },
    }),
    c("with another namespace in the metadata", "POST {core}/serviceaccounts/a/token", {
      json: { metadata: { namespace: "default" }, spec: {} },
    }),
    c("of an account that is not there", "POST {core}/serviceaccounts/nope/token", { json: { spec: {} } }),
    c("of another kind", "POST {core}/serviceaccounts/a/token", { json: { kind: "Pod", apiVersion: "v1" } }),
    c("tried out", "POST {core}/serviceaccounts/a/token?dryRun=All", { json: { spec: {} } }),
    c("read", "GET {core}/serviceaccounts/a/token"),
    c("put", "PUT {core}/serviceaccounts/a/token", { json: { spec: {} } }),
  ]),
  scenario("bound tokens", [
    account("a"),
    given("{secrets}", { metadata: { name: "s" } }),
    given("{nodes}", { metadata: { name: "n-{run}" } }),
    given("{pods}", {
      metadata: { name: "p" },
      spec: { serviceAccountName: "a", nodeName: "n-{run}", containers: [{ name: "c", image: "i" }] },
    }),
    given("{pods}", {
      metadata: { name: "free" },
      spec: { serviceAccountName: "a", containers: [{ name: "c", image: "i" }] },
    }),
    given("{pods}", {
      metadata: { name: "lost" },
      spec: { serviceAccountName: "a", nodeName: "nope-{run}", containers: [{ name: "c", image: "i" }] },
    }),
    given("{pods}", { metadata: { name: "other" }, spec: { containers: [{ name: "c", image: "i" }] } }),
    ...Object.entries({
      "a secret": { kind: "Secret", apiVersion: "v1", name: "s" },
      "a pod on a node": { kind: "Pod", apiVersion: "v1", name: "p" },
      "a pod on no node": { kind: "Pod", apiVersion: "v1", name: "free" },
      "a pod on a node that is not there": { kind: "Pod", apiVersion: "v1", name: "lost" },
      "a node": { kind: "Node", apiVersion: "v1", name: "n-{run}" },
    }).flatMap(([name, boundObjectRef]) => [
      tokenFor(`to ${name}`, { boundObjectRef }, { claims: "status.token" }),
      tokenFor(
        `to ${name}, kept`,
        { boundObjectRef },
        { setup: true, save: { [name.replaceAll(" ", "_")]: "status.token" } },
      ),
      bearer(`to ${name}, used`, `Bearer {${name.replaceAll(" ", "_")}}`),
    ]),
    ...Object.entries({
      "a secret that is not there": { kind: "Secret", apiVersion: "v1", name: "nope" },
      "a pod that is not there": { kind: "Pod", apiVersion: "v1", name: "nope" },
      "a node that is not there": { kind: "Node", apiVersion: "v1", name: "nope-{run}" },
      "a pod of another account": { kind: "Pod", apiVersion: "v1", name: "other" },
      "a config map": { kind: "ConfigMap", apiVersion: "v1", name: "x" },
      "a secret of another uid": { kind: "Secret", apiVersion: "v1", name: "s", uid: "wrong" },
      "a pod of another uid": { kind: "Pod", apiVersion: "v1", name: "p", uid: "wrong" },
      "a node of another uid": { kind: "Node", apiVersion: "v1", name: "n-{run}", uid: "wrong" },
      "a secret without a version": { kind: "Secret", name: "s" },
      "a secret of another version": { kind: "Secret", apiVersion: "v2", name: "s" },
      "a secret without a name": { kind: "Secret", apiVersion: "v1" },
      nothing: {},
      "a kind only": { kind: "Pod" },
    }).map(([name, boundObjectRef]) => tokenFor(`to ${name}`, { boundObjectRef })),
    tokenFor(
      "to a pod, for an hour",
      {
        boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" },
        expirationSeconds: 3600,
      },
      { claims: "status.token" },
    ),
    tokenFor(
      "to a pod, for an hour and seven seconds",
      {
        boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" },
        expirationSeconds: 3607,
      },
      { claims: "status.token" },
    ),
    tokenFor(
      "to a pod, for an hour and seven seconds, for others",
      {
        boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" },
        expirationSeconds: 3607,
        audiences: ["x"],
      },
      { claims: "status.token" },
    ),
    // A real server remembers a good token for ten seconds: each of these is used for the first time.
    ...["secret", "node", "hosted", "pod", "free"].map((name) => {
      const kind = { secret: "Secret", node: "Node" }[name] ?? "Pod";
      const ref = { Secret: "s", Node: "n-{run}", Pod: name === "free" ? "free" : "p" }[kind];
      const spec = { boundObjectRef: { kind, apiVersion: "v1", name: ref } };
      return tokenFor(`${name}, not used yet`, spec, { setup: true, save: { [`unused_${name}`]: "status.token" } });
    }),
    c("the secret goes", "DELETE {secrets}/s", { setup: true }),
    c("the node goes", "DELETE {nodes}/n-{run}", { setup: true }),
    c("the pod is marked for deletion", "DELETE {pods}/p", { setup: true }),
    settled("without secret and node"),
    bearer("to a secret that is gone", "Bearer {unused_secret}"),
    review("to a secret that is gone, reviewed", { token: "{unused_secret}" }),
    bearer("to a node that is gone", "Bearer {unused_node}"),
    review("to a node that is gone, reviewed", { token: "{unused_node}" }),
    bearer("to a pod that is being deleted and whose node is gone", "Bearer {unused_hosted}"),
    c("the pod goes", "DELETE {pods}/p?gracePeriodSeconds=0", { setup: true }),
    settled("without pod"),
    bearer("to a pod that is gone", "Bearer {unused_pod}"),
    review("to a pod that is gone, reviewed", { token: "{unused_pod}" }),
    c("the account goes", "DELETE {core}/serviceaccounts/a", { setup: true }),
    settled("without account"),
    bearer("of an account that is gone", "Bearer {unused_free}"),
    review("of an account that is gone, reviewed", { token: "{unused_free}" }),
    account("a"),
    settled("with another account"),
    bearer("of an account that has been made again", "Bearer {unused_free}"),
    review("of an account that has been made again, reviewed", { token: "{unused_free}" }),
  ]),
  scenario("token reviews", [
    review("of nothing", {}),
    review("of garbage", { token: "garbage" }),
    review("of garbage for others", { token: "garbage", audiences: ["x"] }),
    review("of what begins with a blank", { token: " contract-token" }),
    review("of two words", { token: "contract-token more" }),
    review("of a known token", { token: "contract-token" }),
    review("of a known token for others", { token: "contract-token", audiences: ["a", "b"] }),
    c("without a spec", `POST ${REVIEWS}`, { json: {} }),
    c("with metadata", `POST ${REVIEWS}`, {
      json: { metadata: { name: "n", labels: { a: "b" } }, spec: { token: "garbage" } },
    }),
    c("with a namespace", `POST ${REVIEWS}`, { json: { metadata: { namespace: "x" }, spec: { token: "garbage" } } }),
    c("with a status", `POST ${REVIEWS}`, {
      json: { spec: { token: "garbage" }, status: { authenticated: true, user: { username: "x" } } },
    }),
    c("tried out", `POST ${REVIEWS}?dryRun=All`, { json: { spec: { token: "contract-token" } } }),
    c("as a table", `POST ${REVIEWS}`, { json: { spec: { token: "contract-token" } }, accept: "table" }),
    c("listed", `GET ${REVIEWS}`),
    c("of an unknown field", `POST ${REVIEWS}?fieldValidation=Strict`, { json: { spec: { token: "x", colour: 1 } } }),
    review("by somebody without the right", { token: "x" }, { as: { name: "alice" } }),
  ]),
  scenario("bootstrap tokens", [
    ...BOOTSTRAP.map(([id, data, more]) => bootstrapToken(id, data, more)),
    settled("with tokens"),
    ...BOOTSTRAP.map(([id, data, more = {}]) =>
      bearer(`${id} ${JSON.stringify({ ...data, ...more })}`, `Bearer ${id}.${SECOND_HALF}`),
    ),
    bearer("with a wrong secret", "Bearer aaaaaa.fedcba9876543210"),
    bearer("with a short secret", "Bearer aaaaaa.fedcba"),
    bearer("that is not there", `Bearer zzzzzz.${SECOND_HALF}`),
    review("reviewed", { token: `aaaaaa.${SECOND_HALF}` }),
    review("reviewed for others", { token: `aaaaaa.${SECOND_HALF}`, audiences: ["x"] }),
  ]),
  scenario("a front proxy", [
    whoami("names a user", { name: "front-proxy" }, { "X-Remote-User": "bob" }),
    whoami("names groups", { name: "front-proxy" }, { "X-Remote-User": "bob", "X-Remote-Group": "devs" }),
    whoami(
      "names the group of everybody",
      { name: "front-proxy" },
      {
        "X-Remote-User": "bob",
        "X-Remote-Group": "system:authenticated",
      },
    ),
    whoami(
      "names extras",
      { name: "front-proxy" },
      {
        "X-Remote-User": "bob",
        "X-Remote-Extra-Scopes": "view",
        "X-Remote-Extra-Acme.com%2Fproject": "p",
      },
    ),
    whoami("names nobody", { name: "front-proxy" }, { "X-Remote-Group": "devs" }),
    whoami("names the empty user", { name: "front-proxy" }, { "X-Remote-User": "", "X-Remote-Group": "devs" }),
    whoami("names an anonymous user", { name: "front-proxy" }, { "X-Remote-User": "system:anonymous" }),
    whoami("names a uid", { name: "front-proxy" }, { "X-Remote-User": "bob", "X-Remote-Uid": "u" }),
    whoami("speaks for itself", { name: "front-proxy" }),
    whoami("is somebody else", { name: "alice" }, { "X-Remote-User": "bob", "X-Remote-Group": "system:masters" }),
    whoami("is an administrator", ADMIN, { "X-Remote-User": "bob" }),
    whoami("is nobody", NOBODY, { "X-Remote-User": "bob", "X-Remote-Group": "system:masters" }),
    whoami("is a stranger", { name: "front-proxy", stranger: true }, { "X-Remote-User": "bob" }),
    whoami("has expired", { name: "front-proxy", expired: true }, { "X-Remote-User": "bob" }),
    whoami("impersonates", { name: "front-proxy" }, { "X-Remote-User": "bob", "Impersonate-User": "eve" }),
    whoami("impersonates by itself", { name: "front-proxy" }, { "Impersonate-User": "eve" }),
    whoami(
      "names an administrator, who impersonates",
      { name: "front-proxy" },
      {
        "X-Remote-User": "root",
        "X-Remote-Group": "system:masters",
        "Impersonate-User": "eve",
      },
    ),
    whoami("has a token, too", { name: "front-proxy" }, { "X-Remote-User": "bob", Authorization: "Bearer garbage" }),
  ]),
  scenario("reviews of oneself", [
    c("an administrator's", `POST ${SELF}`, { json: {}, as: ADMIN }),
    c("with metadata", `POST ${SELF}`, { as: ADMIN, json: { metadata: { name: "x", labels: { a: "b" } } } }),
    c("with a status", `POST ${SELF}`, { as: ADMIN, json: { status: { userInfo: { username: "x" } } } }),
    c("tried out", `POST ${SELF}?dryRun=All`, { json: {}, as: ADMIN }),
    c("as a table", `POST ${SELF}`, { json: {}, as: ADMIN, accept: "table" }),
    c("in YAML", `POST ${SELF}`, { json: {}, as: ADMIN, accept: "yaml" }),
    c("of an unknown field", `POST ${SELF}?fieldValidation=Strict`, { json: { colour: 1 } }),
    c("listed", `GET ${SELF}`),
    c("of another kind", `POST ${SELF}`, { json: { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1" } }),
  ]),
]);
