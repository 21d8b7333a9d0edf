import { objectAt, objectsAt, optionalStringAt, stringAt } from "../../../kube/access.js";
import { goQuote } from "../../../kube/go-text.js";
import type { JsonObject } from "../../../kube/json.js";

/** A file of a volume, and what makes it where that needs telling. */
interface VolumeFile {
  readonly path: string;
  readonly source: string;
}

/**
 * Files of one volume that hide one another or are another's directory; upstream: api/pod/warnings.go
 * (warningsForOverlappingVirtualPaths).
 */
export function overlapWarnings(volumes: readonly JsonObject[]): string[] {
  return volumes.flatMap((volume) => {
    const name = goQuote(stringAt(volume, "name"));
    const [configMap, secret] = [objectAt(volume, "configMap"), objectAt(volume, "secret")];
    const [downward, projected] = [objectAt(volume, "downwardAPI"), objectAt(volume, "projected")];
    const told = (what: string, files: readonly VolumeFile[][]): string[] =>
      overlaps(files).map((pair) => `volume ${name} (${what}): overlapping paths: ${pair}`);
    const empty = objectsAt(projected, "sources").filter((source) => Object.keys(source).length === 0);
    return [
      ...(configMap ? told(`ConfigMap ${goQuote(stringAt(configMap, "name"))}`, [filesOf(configMap)]) : []),
      ...(secret ? told(`Secret ${goQuote(stringAt(secret, "secretName"))}`, [filesOf(secret)]) : []),
      ...(downward ? told("DownwardAPI", [filesOf(downward)]) : []),
      ...empty.map(() => `volume ${name} (Projected) has no sources provided`),
      ...(projected ? told("Projected", objectsAt(projected, "sources").map(projectedFiles)) : []),
    ];
  });
}

function filesOf(source: JsonObject, told = ""): VolumeFile[] {
  return objectsAt(source, "items").map((item) => ({ path: stringAt(item, "path"), source: told }));
}

/** Of a projection that has several sources the first counts. */
function projectedFiles(projection: JsonObject): VolumeFile[] {
  const listed = (field: string): JsonObject | undefined => {
    const source = objectAt(projection, field);
    return source?.items === undefined ? undefined : source;
  };
  const [configMap, secret, downward] = [listed("configMap"), listed("secret"), listed("downwardAPI")];
  if (configMap) return filesOf(configMap, `ConfigMap ${goQuote(stringAt(configMap, "name"))}`);
  if (secret) return filesOf(secret, `Secret ${goQuote(stringAt(secret, "name"))}`);
  if (downward) return filesOf(downward, "DownwardAPI");
  const token = objectAt(projection, "serviceAccountToken");
  if (token) return [{ path: stringAt(token, "path"), source: "ServiceAccountToken" }];
  const bundle = objectAt(projection, "clusterTrustBundle");
  if (bundle) {
    const name = optionalStringAt(bundle, "name") ?? stringAt(bundle, "signerName");
    return [{ path: stringAt(bundle, "path"), source: `ClusterTrustBundle ${goQuote(name)}` }];
  }
  const certificate = objectAt(projection, "podCertificate");
  const parts = [
    ["certificateChainPath", "chain"],
    ["keyPath", "key"],
    ["credentialBundlePath", "credential bundle"],
  ] as const;
  return parts
    .map(([field, part]) => ({ path: stringAt(certificate, field), source: `PodCertificate ${part}` }))
    .filter(({ path }) => path !== "");
}

function overlaps(groups: readonly (readonly VolumeFile[])[]): string[] {
  const before: VolumeFile[] = [];
  return groups.flat().flatMap((file) => {
    const own = { ...file, path: file.path.replace(/\/+$/, "") };
    const pairs = before
      .filter(({ path }) => own.path !== "" && path !== "" && nested(path, own.path))
      .map((other) => `${shown(own)} with ${shown(other)}`);
    before.push(own);
    return pairs;
  });
}

const nested = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);

const shown = ({ path, source }: VolumeFile): string =>
  source === "" ? goQuote(path) : `${goQuote(path)} (${source})`;
