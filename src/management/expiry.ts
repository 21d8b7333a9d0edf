import type { KubeClient } from "../client/client.js";
import { objectAt } from "../kube/access.js";
import { timestamp } from "../kube/clock.js";
import type { KubeObject } from "../kube/json.js";
import { type Discovery, objectPath } from "./api/discovery.js";
import { CAPI, isControlPlane, ownerOf, referenceAt, referenceKey } from "./objects.js";
import type { ManagementView } from "./view.js";

const ANNOTATION = `machine.${CAPI}/certificates-expiry`;

/** As long as kubeadm's certificates hold. */
const YEAR_MS = 365 * 86_400_000;

/**
 * Notes on a KubeadmConfig when the certificates of its control-plane machine end. A KubeadmControlPlane does that for
 * its own machines, by asking their API servers; for others nobody does.
 */
export async function noteExpiry(
  machine: KubeObject,
  parts: { readonly api: KubeClient; readonly discovery: Discovery; readonly view: ManagementView },
): Promise<void> {
  if (!isControlPlane(machine) || ownerOf(machine, "KubeadmControlPlane") !== undefined) return;
  const reference = referenceAt(machine, "spec", "bootstrap", "configRef");
  const config = reference && parts.view.configs.get(referenceKey(reference));
  if (config === undefined || objectAt(config, "metadata", "annotations")?.[ANNOTATION] !== undefined) return;
  const annotations = { [ANNOTATION]: timestamp(Date.now() + YEAR_MS) };
  await parts.api.patch(await objectPath(parts.discovery, config), { metadata: { annotations } });
}
