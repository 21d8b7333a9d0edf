import type { Who } from "../helpers/target.js";
import { type CaseOptions, c, given, scenario, settled } from "./case.js";
import { contract } from "./contract.js";

const CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";
const CLIENT = "kubernetes.io/kube-apiserver-client";
const KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";

const USAGES = ["digital signature", "client auth"];
const alice: Who = { name: "alice-{run}", groups: ["devs-{run}"] };

const block = (base64: string) =>
  Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${base64}\n-----END CERTIFICATE REQUEST-----\n`).toString("base64");
/** CN=alice */
const REQUEST = block(
  "MIHKMHICAQAwEDEOMAwGA1UEAwwFYWxpY2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARDQmoGgny3FivHbP8pr68C9439H8HLqEwN3AnLwF2F0t0xJmPQaXidRgzhZSBwVUQ9rURBnbBJkgtBlLaTrABhoAAwCgYIKoZIzj0EAwIDSAAwRQIgSQPGYF7Qt8qsWGQP0vbByeIipzURNCohYINBBIYkFIcCIQD88CvRjd3+BWsjoqlvkt+djhDGN14LK6fH33AA8MqHeA==",
);
/** O=system:masters, CN=alice */
const MASTERS = block(
  "MIHlMIGLAgEAMCkxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQ4wDAYDVQQDDAVhbGljZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABENCagaCfLcWK8ds/ymvrwL3jf0fwcuoTA3cCcvAXYXS3TEmY9BpeJ1GDOFlIHBVRD2tREGdsEmSC0GUtpOsAGGgADAKBggqhkjOPQQDAgNJADBGAiEAlzuGDFG58f7yqbdj1Ccelr0wcyPoA644Vk/HjXYg6ngCIQDtBaRnq7wsx7ldUqHuqaphGoCjlZfPuXis16LdJjmaJw==",
);

function csr(name: string, spec: object = {}, metadata: object = {}) {
  return {
    metadata: { name: `${name}-{run}`, ...metadata },
    spec: { request: REQUEST, signerName: "example.com/signer", usages: USAGES, ...spec },
  };
}

const create = (name: string, spec: object = {}, options: CaseOptions = {}) =>
  c(name, `POST ${CSRS}`, { json: csr(name.replace(/[^a-z]+/gi, "-").toLowerCase(), spec), ...options });

const condition = (type: string, more: object = {}) => ({
  type,
  status: "True",
  reason: "Test",
  message: "m",
  ...more,
});
const approval = (name: string, of: string, conditions: object[], options: CaseOptions = {}) =>
  c(name, `PUT ${CSRS}/${of}-{run}/approval`, { json: { ...csr(of), status: { conditions } }, ...options });

contract("certificates", [
  scenario("requests", [
    create("plain"),
    create("by somebody", {}, { as: alice }),
    create("with a user", { username: "eve", groups: ["system:masters"], uid: "u", extra: { a: ["b"] } }),
    create("without usages", { usages: [] }),
    create("with unknown usages", { usages: ["flying"] }),
    create("with the same usage twice", { usages: ["client auth", "client auth"] }),
    create("with all usages", {
      usages: ["signing", "digital signature", "content commitment", "key encipherment", "server auth", "any"],
    }),
    create("without a signer", { signerName: "" }),
    create("with a bad signer", { signerName: "noslash" }),
    create("with a signer of a bad domain", { signerName: "Example.com/x" }),
    create("with a signer of no name", { signerName: "example.com/" }),
    create("with the legacy signer", { signerName: "kubernetes.io/legacy-unknown" }),
    create("without a request", { request: "" }),
    create("with garbage", { request: Buffer.from("garbage").toString("base64") }),
    create("with an empty block", {
      request: Buffer.from("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n").toString(
        "base64",
      ),
    }),
    create("with another block", {
      request: Buffer.from("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").toString("base64"),
    }),
    create("for ten minutes", { expirationSeconds: 600 }),
    create("for less", { expirationSeconds: 599 }),
    create("for client certificates", { signerName: CLIENT }),
    create("for administrators", { signerName: CLIENT, request: MASTERS }),
    create("for administrators by another", { signerName: "example.com/x", request: MASTERS }),
    create("for kubelets", { signerName: KUBELET }),
    create("for kubelets of another usage", { signerName: KUBELET, usages: ["server auth"] }),
    c("with a status", `POST ${CSRS}`, {
      json: { ...csr("status"), status: { conditions: [condition("Approved")], certificate: "AAAA" } },
    }),
    c("with a bad name", `POST ${CSRS}`, { json: { ...csr("x"), metadata: { name: "A_B" } } }),
    c("with a generated name", `POST ${CSRS}`, { json: { ...csr("x"), metadata: { generateName: "gen-" } } }),
    c("with an unknown field", `POST ${CSRS}?fieldValidation=Strict`, {
      json: csr("strict", { colour: "red" }),
    }),
    c("as a table", `GET ${CSRS}?fieldSelector=metadata.name=plain-{run}`, { accept: "table" }),
    c("by signer", `GET ${CSRS}?fieldSelector=spec.signerName=example.com/none`, {}),
    c("by another field", `GET ${CSRS}?fieldSelector=spec.username=x`, {}),
    c("another request", `PATCH ${CSRS}/plain-{run}`, { type: "merge", json: { spec: { request: MASTERS } } }),
    c("another signer", `PATCH ${CSRS}/plain-{run}`, { type: "merge", json: { spec: { signerName: "a.b/c" } } }),
    c("another user", `PATCH ${CSRS}/plain-{run}`, { type: "merge", json: { spec: { username: "eve" } } }),
    c("another label", `PATCH ${CSRS}/plain-{run}`, { type: "merge", json: { metadata: { labels: { a: "b" } } } }),
  ]),
  scenario("approval", [
    ...["one", "two", "three", "four", "five", "six"].map((name) => given(CSRS, csr(name))),
    approval("approved", "one", [condition("Approved")]),
    approval("approved again", "one", [condition("Approved", { reason: "Again" })]),
    approval("approved and denied", "one", [condition("Approved"), condition("Denied")]),
    approval("denied after all", "one", [condition("Denied")]),
    approval("nothing any more", "one", []),
    approval("denied", "two", [condition("Denied")]),
    approval("failed", "three", [condition("Failed")]),
    approval("neither yes nor no", "three", [condition("Approved", { status: "Unknown" })]),
    approval("not approved", "three", [condition("Approved", { status: "False" })]),
    approval("of no type", "three", [condition("")]),
    approval("of an own type", "three", [condition("Reviewed", { status: "Maybe" })]),
    approval("of an own type, truly", "three", [condition("Reviewed")]),
    approval("of the same type twice", "four", [condition("Reviewed"), condition("Reviewed")]),
    approval("without a reason", "four", [condition("Approved", { reason: "", message: "" })]),
    c("by a patch", `PATCH ${CSRS}/five-{run}/approval`, {
      type: "merge",
      json: { status: { conditions: [condition("Approved")] } },
    }),
    c("read", `GET ${CSRS}/five-{run}/approval`),
    c("of what is not there", `PUT ${CSRS}/nope-{run}/approval`, { json: csr("nope") }),
    c("by an ordinary update", `PUT ${CSRS}/six-{run}`, {
      json: { ...csr("six"), status: { conditions: [condition("Approved")] } },
    }),
    c("by a status", `PATCH ${CSRS}/six-{run}/status`, {
      type: "merge",
      json: { status: { conditions: [condition("Approved")] } },
    }),
    c("a certificate by approval", `PATCH ${CSRS}/six-{run}/approval`, {
      type: "merge",
      json: { status: { certificate: Buffer.from("x").toString("base64") } },
    }),
    c("garbage as certificate", `PATCH ${CSRS}/five-{run}/status`, {
      type: "merge",
      json: { status: { certificate: Buffer.from("x").toString("base64") } },
    }),
    c("a failure by a status", `PATCH ${CSRS}/five-{run}/status`, {
      type: "strategic",
      json: { status: { conditions: [condition("Failed")] } },
    }),
    c("listed as a table", `GET ${CSRS}?fieldSelector=metadata.name=five-{run}`, { accept: "table" }),
    c("a patch that strategically adds", `PATCH ${CSRS}/four-{run}/approval`, {
      type: "strategic",
      json: { status: { conditions: [condition("Reviewed")] } },
    }),
  ]),
  scenario("permissions", [
    given(`${RBAC}/clusterroles`, {
      metadata: { name: "csr-{run}" },
      rules: [
        {
          verbs: ["get", "list", "create", "update", "patch"],
          apiGroups: ["certificates.k8s.io"],
          resources: [
            "certificatesigningrequests",
            "certificatesigningrequests/approval",
            "certificatesigningrequests/status",
          ],
        },
        {
          verbs: ["approve"],
          apiGroups: ["certificates.k8s.io"],
          resources: ["signers"],
          resourceNames: ["a.io/x", "b.io/*"],
        },
        { verbs: ["sign"], apiGroups: ["certificates.k8s.io"], resources: ["signers"], resourceNames: ["c.io/x"] },
      ],
    }),
    given(`${RBAC}/clusterrolebindings`, {
      metadata: { name: "csr-{run}" },
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "csr-{run}" },
      subjects: [{ kind: "User", apiGroup: GROUP, name: "alice-{run}" }],
    }),
    ...Object.entries({ a: "a.io/x", b: "b.io/y", d: "a.io/y" }).map(([name, signerName]) =>
      given(CSRS, csr(name, { signerName })),
    ),
    ...Object.entries({ s: "c.io/x", t: "a.io/x" }).map(([name, signerName]) => given(CSRS, csr(name, { signerName }))),
    settled("granted"),
    ...["a", "b", "d"].map((of) =>
      c(`approves ${of}`, `PATCH ${CSRS}/${of}-{run}/approval`, {
        as: alice,
        type: "merge",
        json: { status: { conditions: [condition("Approved")] } },
      }),
    ),
    ...["s", "t"].flatMap((of) => [
      c(`given ${of} is approved`, `PATCH ${CSRS}/${of}-{run}/approval`, {
        type: "merge",
        json: { status: { conditions: [condition("Approved")] } },
        setup: true,
      }),
      c(`fails ${of}`, `PATCH ${CSRS}/${of}-{run}/status`, {
        as: alice,
        type: "strategic",
        json: { status: { conditions: [condition("Failed")] } },
      }),
      c(`labels ${of}`, `PATCH ${CSRS}/${of}-{run}/status`, {
        as: alice,
        type: "merge",
        json: { metadata: { labels: { a: "b" } } },
      }),
    ]),
    c("asks for administrators", `POST ${CSRS}`, {
      as: alice,
      json: csr("adm", { signerName: CLIENT, request: MASTERS }),
    }),
    c("nobody asks", `POST ${CSRS}`, { as: {}, json: csr("nobody") }),
    c("approves by impersonation", `PATCH ${CSRS}/d-{run}/approval`, {
      headers: { "Impersonate-User": "alice-{run}" },
      type: "merge",
      json: { status: { conditions: [condition("Approved")] } },
    }),
  ]),
]);
