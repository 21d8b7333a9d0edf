import { expect, test } from "vitest";
import { ADMISSION_NAMES, admissionOff } from "../../src/kube/admission-names.js";
import { PLUGINS } from "../../src/verbs/admission/plugins.js";

test("the names are those of the plugins there are", () => {
  expect(PLUGINS.map(({ name }) => name).sort()).toEqual([...ADMISSION_NAMES].sort());
});

test("ServiceAccount is off unless asked for, the others are on unless refused", () => {
  expect(admissionOff({})).toEqual(new Set(["ServiceAccount"]));
  expect(admissionOff({ enabledAdmission: ["ServiceAccount"], disabledAdmission: ["PodSecurity"] })).toEqual(
    new Set(["PodSecurity"]),
  );
  expect(() => admissionOff({ enabledAdmission: ["Priority"], disabledAdmission: ["Priority"] })).toThrow(
    "Priority: both enabled and disabled",
  );
});
