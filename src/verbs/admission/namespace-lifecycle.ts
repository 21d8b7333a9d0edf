import { stringAt } from "../../kube/access.js";
import { forbidden, notFound } from "../../kube/errors.js";
import { ApiError } from "../../kube/status.js";
import { type AdmissionPlugin, type Attributes, isFor, refuse } from "./attributes.js";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is made in a namespace that is missing or going; upstream: admission/plugin/namespace/lifecycle. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  operations: ["CREATE", "UPDATE", "DELETE"],
  mutate(attributes, view) {
    const { operation, namespace, name, resource } = attributes;
    if (resource.gvk.group === "" && resource.gvk.kind === "Namespace") {
      if (operation !== "DELETE" || !IMMORTAL.has(name)) return;
      throw forbidden(resource.gvr, name, "this namespace may not be deleted");
    }
    if (namespace === "" || operation === "DELETE") return;
    if (isFor(attributes, "authorization.k8s.io", "localsubjectaccessreviews")) return;
    const found = view.get("", "namespaces", "", namespace);
    if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
    if (operation === "CREATE" && stringAt(found, "status", "phase") === "Terminating") throw terminating(attributes);
  },
};

function terminating(attributes: Attributes): ApiError {
  const { namespace } = attributes;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status } = refuse(attributes, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new ApiError({ ...status, details: { ...status.details, causes: [cause] } });
}
