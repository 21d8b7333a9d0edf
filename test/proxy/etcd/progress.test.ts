import { expect, it } from "vitest";
import { tellsProgress } from "../../../src/proxy/etcd/progress.js";

it.each([
  ["3.4.30", false],
  ["3.4.31", true],
  ["3.5.12", false],
  ["3.5.35", true],
  ["3.6.0-rc.1", false],
  ["3.6.8", false],
  ["3.6.12", true],
  ["3.7.0", true],
  ["4.0.0", true],
])("etcd %s tells tenants how far watches are: %s", (version, tells) => {
  expect(tellsProgress(version)).toBe(tells);
});
