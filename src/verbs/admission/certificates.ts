import { objectAt, stringAt } from "../../kube/access.js";
import { goQuote } from "../../kube/go-text.js";
import type { UserInfo } from "../../kube/handler.js";
import { semanticEqual } from "../../schema/strategy/index.js";
import { type AdmissionPlugin, type AdmissionView, isFor, refuse } from "./attributes.js";
import { organizationsOf } from "./certificate-request.js";

const GROUP = "certificates.k8s.io";
const REQUESTS = "certificatesigningrequests";
const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

/** Approving needs the right to do it for that signer; upstream: plugin/pkg/admission/certificates/approval. */
export const certificateApproval: AdmissionPlugin = {
  name: "CertificateApproval",
  operations: ["UPDATE"],
  validate(attributes, view) {
    if (!isFor(attributes, GROUP, REQUESTS, "approval")) return;
    const signer = stringAt(attributes.old, "spec", "signerName");
    if (mayUse(view, attributes.user, "approve", signer)) return;
    throw refuse(attributes, `user not permitted to approve requests with signerName ${goQuote(signer)}`);
  },
};

/** So does signing; upstream: plugin/pkg/admission/certificates/signing. */
export const certificateSigning: AdmissionPlugin = {
  name: "CertificateSigning",
  operations: ["UPDATE"],
  validate(attributes, view) {
    if (!isFor(attributes, GROUP, REQUESTS, "status")) return;
    const [status, before] = [objectAt(attributes.object, "status"), objectAt(attributes.old, "status")];
    const same = ["certificate", "conditions"].every((field) => semanticEqual(status?.[field], before?.[field]));
    const signer = stringAt(attributes.old, "spec", "signerName");
    if (same || mayUse(view, attributes.user, "sign", signer)) return;
    throw refuse(attributes, `user not permitted to sign requests with signerName ${goQuote(signer)}`);
  },
};

/** Nobody gets system:masters by a request; upstream: plugin/pkg/admission/certificates/subjectrestriction. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  operations: ["CREATE"],
  validate(attributes) {
    if (!isFor(attributes, GROUP, REQUESTS)) return;
    if (stringAt(attributes.object, "spec", "signerName") !== CLIENT_SIGNER) return;
    const organizations = organizationsOf(stringAt(attributes.object, "spec", "request"));
    if (!organizations.includes("system:masters")) return;
    throw refuse(attributes, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
  },
};

/** The signer by name, or all of its domain; upstream: pkg/registry/certificates/util.go (IsAuthorizedForSignerName). */
function mayUse(view: AdmissionView, user: UserInfo, verb: string, signer: string): boolean {
  const names = [signer, `${signer.split("/")[0]}/*`];
  return names.some((name) => view.authorize(user, verb, GROUP, "signers", name));
}
