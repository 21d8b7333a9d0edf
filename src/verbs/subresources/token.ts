import type { ObjectReference } from "../../auth/service-account-claims.js";
import { ISSUER } from "../../auth/service-accounts.js";
import { assign, ensureObject, numberAt, objectAt, stringAt, stringsAt } from "../../kube/access.js";
import { timestamp } from "../../kube/clock.js";
import { badRequest, conflict, invalid, notFound } from "../../kube/errors.js";
import { invalidValue } from "../../kube/field-errors.js";
import { goQuote } from "../../kube/go-text.js";
import type { Answer } from "../../kube/handler.js";
import type { JsonObject, KubeObject } from "../../kube/json.js";
import { matchNamespace } from "../../schema/strategy/lifecycle.js";
import { answerValue } from "../answers.js";
import { decodeVersioned } from "../decode.js";
import { readOne } from "../get.js";
import { trackUnstored } from "../managed-fields.js";
import { readStored } from "../objects.js";
import { writeOptions } from "../options.js";
import { representation } from "../representation.js";
import { type Scope, storageOf, targetOf } from "../scope.js";

const GROUP = "authentication.k8s.io";
const KIND = "TokenRequest";

const SHORTEST = 10 * 60;
const LONGEST = 2 ** 32;

/** What kubelets ask for by default; such tokens live on, for programs that read theirs once (serviceaccount/claims.go). */
const EXTENDED = { from: 3607, to: 365 * 24 * 3600 };

/** POST serviceaccounts/<name>/token; upstream: pkg/registry/core/serviceaccount/storage/token.go. */
export async function createToken(scope: Scope): Promise<Answer> {
  const wanted = representation(scope);
  const options = writeOptions(scope.request.query, "CreateOptions");
  const { object: request, warnings } = decodeVersioned(scope, options);
  matchNamespace(targetOf(scope), request);
  trackUnstored(scope, request, options);
  const account = accountOf(scope, request);
  complete(request, account);
  const now = Math.floor(scope.deps.sources.now() / 1000);
  request.metadata.creationTimestamp = timestamp(now * 1000);
  const seconds = numberAt(request, "spec", "expirationSeconds");
  checkLifetime(seconds);
  const bound = boundTo(scope, objectAt(request, "spec", "boundObjectRef"));
  const audiences = stringsAt(request, "spec", "audiences");
  const extended = bound.pod !== undefined && seconds === EXTENDED.from && audiences.every((each) => each === ISSUER);
  const token = await scope.deps.access.serviceAccounts.issue({
    audiences,
    issued: now,
    expires: now + (extended ? EXTENDED.to : seconds),
    ...(extended ? { warnAfter: now + seconds } : {}),
    id: scope.deps.sources.uid(),
    namespace: scope.namespace,
    account: referenceTo(account),
    ...bound,
  });
  request.status = { token, expirationTimestamp: timestamp((now + seconds) * 1000) };
  return answerValue(scope, 201, request, scope.subresource!.type, wanted, warnings);
}

/** @throws ApiError 422 for another account's name, 404, 409 for another account's uid */
function accountOf(scope: Scope, { metadata }: KubeObject): KubeObject {
  if (metadata.name && metadata.name !== scope.name) {
    const why = "must match the service account name if specified";
    throw invalid({ group: GROUP, kind: KIND }, scope.name, [invalidValue("metadata.name", metadata.name, why)]);
  }
  const account = readStored(readOne({ ...scope, subresource: undefined }), storageOf(scope));
  const [asked, actual] = [metadata.uid ?? "", account.metadata.uid ?? ""];
  if (asked === "" || asked === actual) return account;
  const cause = `the UID in the token request (${asked}) does not match the UID of the service account (${actual})`;
  throw conflict({ group: GROUP, resource: KIND }, scope.name, cause);
}

function complete(request: KubeObject, account: KubeObject): void {
  const spec = ensureObject(request, "spec");
  if (stringsAt(spec, "audiences").length === 0) spec.audiences = [ISSUER];
  const { name, namespace, uid } = account.metadata;
  Object.assign(request.metadata, { name, namespace, uid });
  assign(request, "status", undefined);
}

function checkLifetime(seconds: number): void {
  const wrong = (what: string) =>
    invalid({ group: GROUP, kind: KIND }, "", [
      invalidValue("spec.expirationSeconds", seconds, `may not specify a duration ${what}`),
    ]);
  if (seconds < SHORTEST) throw wrong("less than 10 minutes");
  if (seconds > LONGEST) throw wrong("larger than 2^32 seconds");
}

const BINDABLE: ReadonlySet<string> = new Set(["Pod", "Secret", "Node"]);

interface Bound {
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  readonly node?: ObjectReference;
}

/** @throws ApiError 400 for what tokens can't be bound to, 404, 409 for an object that has been replaced */
function boundTo(scope: Scope, reference: JsonObject | undefined): Bound {
  if (!reference) return {};
  const [kind, name] = [stringAt(reference, "kind"), stringAt(reference, "name")];
  const [version, group = ""] = stringAt(reference, "apiVersion").split("/").reverse();
  const { view } = scope.deps.access;
  if (group === "" && name === "" && BINDABLE.has(kind)) throw badRequest("Name parameter required.");
  const found = (object: KubeObject | undefined, resource: string): KubeObject => {
    if (!object) throw notFound({ group: "", resource }, name);
    const [asked, uid] = [stringAt(reference, "uid"), object.metadata.uid];
    if (asked === "" || asked === uid) return object;
    throw conflict(
      { group, resource: kind },
      name,
      `the UID in the bound object reference (${asked}) does not match the UID in record. ` +
        "The object might have been deleted and then recreated",
    );
  };
  switch (group === "" ? kind : "") {
    case "Pod": {
      const stored = view.get("pods", scope.namespace, name);
      if (stored) checkAccount(scope, stored);
      const pod = found(stored, "pods");
      const nodeName = stringAt(pod, "spec", "nodeName");
      if (nodeName === "") return { pod: referenceTo(pod) };
      const node = view.node(nodeName);
      return { pod: referenceTo(pod), node: node ? referenceTo(node) : { name: nodeName, uid: "" } };
    }
    case "Node":
      return { node: referenceTo(found(view.node(name), "nodes")) };
    case "Secret":
      return { secret: referenceTo(found(view.get("secrets", scope.namespace, name), "secrets")) };
    default:
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
}

function checkAccount({ name }: Scope, pod: KubeObject): void {
  if (stringAt(pod, "spec", "serviceAccountName") === name) return;
  throw badRequest(
    `cannot bind token for serviceaccount ${goQuote(name)} to pod running with different serviceaccount name.`,
  );
}

function referenceTo({ metadata }: KubeObject): ObjectReference {
  return { name: metadata.name ?? "", uid: metadata.uid ?? "" };
}
