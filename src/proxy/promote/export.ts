import { objectsAt, stringAt } from "../../kube/access.js";
import type { KubeObject } from "../../kube/json.js";
import type { Snapshot, StoredObject } from "../../store/store.js";
import { isServersIdentity } from "./own-keys.js";

/** An object as kube-apiserver keeps it in etcd. */
export interface EtcdObject {
  /** With the cluster's prefix: "/a/minions/n1". */
  readonly key: string;
  /** JSON of the storage version. kube-apiserver reads it like protobuf, and writes protobuf with the next change. */
  readonly value: Buffer;
}

/** etcd's limit of a request, 1.5 MiB, less what is around a value. */
const LARGEST = 1_568_768;

const DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions/";

/**
 * All objects of an emulated cluster in kube-apiserver's layout, in the order in which they were last changed. The
 * store's keys are that layout already. `prefix`: "/CLUSTER/".
 */
export function* exportObjects(snapshot: Snapshot, prefix: string): Generator<EtcdObject> {
  const objects = [...snapshot.range("")].filter((object) => !isServersIdentity(object.key, object.index));
  for (const object of objects.sort((a, b) => a.revision - b.revision)) {
    yield { key: prefix + object.key, value: withoutRevision(object) };
  }
}

/** What of a cluster a kube-apiserver would not take over as it is, one line each. */
export function exportProblems(snapshot: Snapshot): string[] {
  const problems: string[] = [];
  for (const { key, bytes } of snapshot.range("")) {
    if (bytes.length > LARGEST) problems.push(`${key} has ${bytes.length} bytes, and etcd takes ${LARGEST}`);
  }
  for (const object of snapshot.range(DEFINITIONS)) {
    const definition = JSON.parse(object.bytes.toString()) as KubeObject;
    const { name } = object.index;
    const is = (type: string) =>
      objectsAt(definition, "status", "conditions").some(
        (condition) => stringAt(condition, "type") === type && stringAt(condition, "status") === "True",
      );
    if (!is("Established")) problems.push(`the CustomResourceDefinition ${name} is not established yet`);
    if (is("Terminating")) problems.push(`the CustomResourceDefinition ${name} is being deleted`);
  }
  return problems;
}

const FIELD = '"resourceVersion":"';

/** etcd's revision is the object's: a stored object has none of its own. */
function withoutRevision({ bytes, slot, revision }: StoredObject): Buffer {
  const from = slot - FIELD.length;
  const to = slot + String(revision).length + 1;
  // The comma after it goes with it, or else the one before.
  const [start, end] = bytes[to] === 0x2c ? [from, to + 1] : [bytes[from - 1] === 0x2c ? from - 1 : from, to];
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}
