import { isObject, type Json, type JsonObject } from "../../kube/json.js";

/** What v1beta1 says once where all versions agree, and v1 says of each version. */
const PER_VERSION = ["subresources", "additionalPrinterColumns", "selectableFields"] as const;

/**
 * A CustomResourceDefinition of apiextensions.k8s.io/v1beta1, in which kube-apiserver keeps them to this day, as v1.
 * Upstream: apiextensions-apiserver's pkg/apis/apiextensions/v1/conversion.go, over its internal form.
 */
export function definitionToV1(definition: JsonObject): JsonObject {
  const spec = recordOf(definition.spec);
  const { version, validation, conversion, versions, ...rest } = spec;
  for (const name of PER_VERSION) delete rest[name];
  const common = Object.fromEntries(
    [["schema", validation] as const, ...PER_VERSION.map((name) => [name, spec[name]] as const)].filter(
      ([, value]) => value !== undefined,
    ),
  );
  const given = Array.isArray(versions) ? versions.map(recordOf) : [];
  const all = given.length > 0 ? given : [{ name: version ?? "", served: true, storage: true }];
  return {
    ...definition,
    apiVersion: "apiextensions.k8s.io/v1",
    spec: {
      ...rest,
      versions: all.map((each) => withPaths({ ...common, ...each })),
      ...(conversion === undefined ? {} : { conversion: conversionToV1(recordOf(conversion)) }),
    },
  };
}

/** "JSONPath" has become "jsonPath". */
function withPaths(version: JsonObject): JsonObject {
  const { additionalPrinterColumns: columns } = version;
  if (!Array.isArray(columns)) return version;
  const renamed = columns.map(recordOf).map(({ JSONPath, ...column }) => ({ ...column, jsonPath: JSONPath ?? "" }));
  return { ...version, additionalPrinterColumns: renamed };
}

function conversionToV1({ strategy, webhookClientConfig, conversionReviewVersions }: JsonObject): JsonObject {
  const webhook = {
    ...(webhookClientConfig === undefined ? {} : { clientConfig: webhookClientConfig }),
    ...(conversionReviewVersions === undefined ? {} : { conversionReviewVersions }),
  };
  return { strategy: strategy ?? "None", ...(Object.keys(webhook).length === 0 ? {} : { webhook }) };
}

function recordOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
