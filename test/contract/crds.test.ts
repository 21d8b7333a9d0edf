import { contract } from "./contract.js";
import { DEFINITIONS } from "./crds/definitions.js";
import { FIELDS } from "./crds/fields.js";
import { LIVES } from "./crds/lives.js";
import { OBJECTS } from "./crds/objects.js";
import { RATCHETS } from "./crds/ratchets.js";
import { RULES } from "./crds/rules.js";
import { SUBRESOURCES } from "./crds/subresources.js";
import { VERSIONS } from "./crds/versions.js";

contract("crds", [
  ...DEFINITIONS,
  ...LIVES,
  ...OBJECTS,
  ...FIELDS,
  ...VERSIONS,
  ...SUBRESOURCES,
  ...RATCHETS,
  ...RULES,
]);
