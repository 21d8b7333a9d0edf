import { describe, expect, test } from "vitest";
import * as errors from "../../src/kube/errors.js";
import { required } from "../../src/kube/field-errors.js";
import type { JsonObject } from "../../src/kube/json.js";
import { internalServerError, pageNotFound } from "../../src/kube/plain-text-error.js";
import { type ApiError, statusObject } from "../../src/kube/status.js";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };

/** Each as a real server answers it. */
const table: [ApiError, JsonObject][] = [
  [
    errors.notFound(deployments, "d"),
    {
      message: 'deployments.apps "d" not found',
      reason: "NotFound",
      details: { name: "d", group: "apps", kind: "deployments" },
      code: 404,
    },
  ],
  [
    errors.alreadyExists(pods, "p"),
    {
      message: 'pods "p" already exists',
      reason: "AlreadyExists",
      details: { name: "p", kind: "pods" },
      code: 409,
    },
  ],
  [
    errors.conflict({ group: "", resource: "configmaps" }, "a", errors.MODIFIED),
    {
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      reason: "Conflict",
      details: { name: "a", kind: "configmaps" },
      code: 409,
    },
  ],
  [
    errors.invalid({ group: "", kind: "ConfigMap" }, "", [
      required("metadata.name", "name or generateName is required"),
    ]),
    {
      message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
      reason: "Invalid",
      details: {
        kind: "ConfigMap",
        causes: [
          {
            reason: "FieldValueRequired",
            message: "Required value: name or generateName is required",
            field: "metadata.name",
          },
        ],
      },
      code: 422,
    },
  ],
  [
    errors.tooLargeResourceVersion(99999999, 265),
    {
      message: "Timeout: Too large resource version: 99999999, current: 265",
      reason: "Timeout",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
      code: 504,
    },
  ],
  [
    errors.unknownResource(),
    { message: "the server could not find the requested resource", reason: "NotFound", details: {}, code: 404 },
  ],
  [
    errors.methodNotAllowed(),
    {
      message: "the server does not allow this method on the requested resource",
      reason: "MethodNotAllowed",
      details: {},
      code: 405,
    },
  ],
  [errors.badRequest("no"), { message: "no", reason: "BadRequest", code: 400 }],
  [errors.unauthorized("Unauthorized"), { message: "Unauthorized", reason: "Unauthorized", code: 401 }],
  [
    errors.forbidden(pods, "", "no"),
    { message: "pods is forbidden: no", reason: "Forbidden", details: { kind: "pods" }, code: 403 },
  ],
  [
    errors.forbidden(pods, "p", "no"),
    { message: 'pods "p" is forbidden: no', reason: "Forbidden", details: { name: "p", kind: "pods" }, code: 403 },
  ],
  [
    errors.forbidden({ group: "", resource: "" }, "", "no"),
    { message: "forbidden: no", reason: "Forbidden", details: {}, code: 403 },
  ],
  [errors.resourceExpired("old"), { message: "old", reason: "Expired", code: 410 }],
  [
    errors.internalError("boom"),
    {
      message: "Internal error occurred: boom",
      reason: "InternalError",
      details: { causes: [{ message: "boom" }] },
      code: 500,
    },
  ],
  [
    errors.methodNotSupported(pods, "create"),
    {
      message: 'create is not supported on resources of kind "pods"',
      reason: "MethodNotAllowed",
      details: { kind: "pods" },
      code: 405,
    },
  ],
  [
    errors.notAcceptable(["application/json", "application/yaml"]),
    {
      message: "only the following media types are accepted: application/json, application/yaml",
      reason: "NotAcceptable",
      code: 406,
    },
  ],
  [
    errors.unsupportedMediaType(["application/json"]),
    {
      message: "the body of the request was in an unknown format - accepted media types include: application/json",
      reason: "UnsupportedMediaType",
      code: 415,
    },
  ],
];

describe("refusals", () => {
  test.each(table)("%s", (error, expected) => {
    const head = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
    expect(statusObject(error.status)).toEqual({ ...head, ...expected });
  });

  test("the same fault told twice stands in the message once", () => {
    const fault = required("a");
    const both = errors.invalid({ group: "", kind: "K" }, "n", [fault, fault, required("b")]);
    expect(both.status.message).toBe('K "n" is invalid: [a: Required value, b: Required value]');
    expect(both.status.details?.causes).toHaveLength(3);
    expect(errors.invalid({ group: "g", kind: "K" }, "n", []).status.message).toBe('K.g "n" is invalid');
  });

  test("what asks for a later try says so in a header, too", () => {
    expect(errors.tooManyRequests("wait", 3).headers).toEqual({ "Retry-After": "3" });
    expect(errors.serverTimeout(pods, "list", 2).headers).toEqual({ "Retry-After": "2" });
    expect(errors.timeout("late").headers).toEqual({});
  });

  test("some refusals are plain text", () => {
    expect(pageNotFound()).toMatchObject({ code: 404, body: "404 page not found\n" });
    expect(internalServerError("/<a>", "b & c").body).toBe('Internal Server Error: "/&lt;a&gt;": b &amp; c\n');
  });
});
