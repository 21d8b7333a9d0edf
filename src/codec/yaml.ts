import type { Json } from "../kube/json.js";
import { parseJson } from "./json/parse.js";
import { writeYaml } from "./yaml/write.js";

export { parseYaml, YamlError } from "./yaml/read.js";

/** A JSON document as the server shows it to clients that ask for YAML; upstream: sigs.k8s.io/yaml, JSONToYAML. */
export function jsonToYaml(json: Buffer | string): string {
  return writeYaml(parseJson(json));
}

/** The same for a value. `guarded`: see {@link writeYaml}. */
export function toYaml(value: Json, guarded?: (text: string) => boolean): string {
  return writeYaml(value, guarded);
}
