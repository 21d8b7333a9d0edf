import type { Rules } from "./rule.js";
import { ADMISSION_RULES } from "./rules/admission.js";
import { APPS_RULES } from "./rules/apps.js";
import { AUTOSCALING_RULES } from "./rules/autoscaling.js";
import { BATCH_RULES } from "./rules/batch.js";
import { CORE_RULES } from "./rules/core.js";
import { EXTENSION_RULES } from "./rules/extensions.js";
import { FLOWCONTROL_RULES } from "./rules/flowcontrol.js";
import { NETWORKING_RULES } from "./rules/networking.js";
import { POD_RULES } from "./rules/pods.js";
import { RBAC_RULES } from "./rules/rbac.js";
import { RESOURCE_RULES } from "./rules/resource.js";
import { SERVICE_RULES } from "./rules/services.js";
import { STORAGE_RULES } from "./rules/storage.js";
import { VOLUME_RULES } from "./rules/volumes.js";

export const RULES: Rules = {
  ...ADMISSION_RULES,
  ...APPS_RULES,
  ...AUTOSCALING_RULES,
  ...BATCH_RULES,
  ...CORE_RULES,
  ...EXTENSION_RULES,
  ...FLOWCONTROL_RULES,
  ...NETWORKING_RULES,
  ...POD_RULES,
  ...RBAC_RULES,
  ...RESOURCE_RULES,
  ...SERVICE_RULES,
  ...STORAGE_RULES,
  ...VOLUME_RULES,
};
