import { describe, expect, test } from "vitest";
import { internalDiff, internalJson } from "../../../src/schema/validation/internal-json.js";

describe("internal types", () => {
  test("are shown under Go's names, nothing left out", () => {
    expect(internalJson({ name: "a", hostPort: 1 }, "io.k8s.api.core.v1.ContainerPort").text).toBe(
      '{"Name":"a","HostPort":1,"ContainerPort":0,"Protocol":"","HostIP":""}',
    );
  });

  test("have embedded structs' fields among their own", () => {
    const volume = JSON.parse(internalJson({ name: "a", emptyDir: {} }, "io.k8s.api.core.v1.Volume").text);
    expect(Object.keys(volume).slice(0, 3)).toEqual(["Name", "HostPath", "EmptyDir"]);
    expect(volume.EmptyDir).toEqual({ Medium: "", SizeLimit: null });
  });

  test("keep the metadata's own JSON names", () => {
    const template = { metadata: { labels: { b: "1", a: "<" } }, spec: {} };
    const { text } = internalJson(template, "io.k8s.api.core.v1.PodTemplateSpec");
    expect(text).toMatch(/^\{"labels":\{"a":"\\u003c","b":"1"\},"Spec":\{"Volumes":null,/);
  });

  test("hold a pod's host settings in its security context", () => {
    const spec = JSON.parse(internalJson({ hostPID: true, serviceAccount: "a" }, "io.k8s.api.core.v1.PodSpec").text);
    expect(spec).not.toHaveProperty("HostPID");
    expect(spec).not.toHaveProperty("DeprecatedServiceAccount");
    expect(spec.SecurityContext).toMatchObject({ HostNetwork: false, HostPID: true, ShareProcessNamespace: null });
    expect(Object.keys(spec).indexOf("PreemptionPolicy")).toBe(Object.keys(spec).indexOf("Priority") + 1);
  });

  test("are compared line by line", () => {
    const port = (containerPort: number) => ({ name: "a", containerPort });
    expect(internalDiff(port(1), port(2), "io.k8s.api.core.v1.ContainerPort")).toBe(
      [
        "@@ -1,7 +1,7 @@",
        " {",
        '  "Name": "a",',
        '  "HostPort": 0,',
        '- "ContainerPort": 1,',
        '+ "ContainerPort": 2,',
        '  "Protocol": "",',
        '  "HostIP": ""',
        " }",
        "",
      ].join("\n"),
    );
  });
});
