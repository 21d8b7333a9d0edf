import { describe, expect, it } from "vitest";
import { imageTag } from "../../../src/schema/defaults/image-name.js";

describe("imageTag", () => {
  it.each([
    ["nginx", "latest"],
    ["nginx:1.27", "1.27"],
    ["library/nginx", "latest"],
    ["localhost/nginx:dev", "dev"],
    ["reg.example:5000/a/b", "latest"],
    ["reg.example:5000/a/b:v1", "v1"],
    ["[fd00::1]:5000/a", "latest"],
    [`a@sha256:${"0".repeat(64)}`, ""],
    [`a:latest@sha256:${"0".repeat(64)}`, "latest"],
    ["", ""],
    ["Upper", ""],
    ["a:bad tag", ""],
    ["a@sha256:00", ""],
    [`${"a".repeat(300)}`, ""],
    ["0".repeat(64), ""],
  ])("of %j is %j", (image, tag) => {
    expect(imageTag(image)).toBe(tag);
  });
});
