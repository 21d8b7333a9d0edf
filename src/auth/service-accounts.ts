import { LRUCache } from "lru-cache";
import { goQuote } from "../kube/go-text.js";
import type { UserInfo } from "../kube/handler.js";
import type { KubeObject } from "../kube/json.js";
import { type LazyTokenKey, readToken, type TokenKey } from "../pki/tokens.js";
import type { ClusterView } from "./cluster-view.js";
import { goQuotedList } from "./rbac/coverage.js";
import {
  type AccountClaims,
  accountName,
  decodeClaims,
  encodeClaims,
  type ObjectReference,
} from "./service-account-claims.js";
import type { TokenAnswer, TokenAuthenticator } from "./tokens.js";

/** Who issues the tokens of every cluster, and whom they are for unless asked otherwise. */
export const ISSUER = "https://kubernetes.default.svc";

/** Clocks may differ by this much, in seconds; upstream: go-jose's jwt.DefaultLeeway. */
const LEEWAY = 60;

/** How many tokens are remembered whose signature has been found good. */
const REMEMBERED = 1024;

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

type Decoded = ReturnType<typeof decodeClaims>;

/** The tokens of one cluster's ServiceAccounts: issued with its own key, so that no other cluster knows them. */
export class ServiceAccountTokens {
  readonly #key: LazyTokenKey;
  readonly #view: ClusterView;
  readonly #now: () => number;
  /** Made with the first token: a cache takes its room at once, and most clusters never see one. */
  #good: LRUCache<string, Decoded> | undefined;

  constructor(parts: {
    readonly key: LazyTokenKey;
    readonly view: ClusterView;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  }) {
    this.#key = parts.key;
    this.#view = parts.view;
    this.#now = parts.now;
  }

  /** With which tokens are signed; made when it is first asked for. */
  key(): Promise<TokenKey> {
    return this.#key.make();
  }

  async issue(claims: Omit<AccountClaims, "issuer">): Promise<string> {
    return (await this.#key.make()).sign(encodeClaims({ ...claims, issuer: ISSUER }));
  }

  /** Upstream: pkg/serviceaccount/{jwt,claims}.go. */
  readonly authenticate: TokenAuthenticator = (token, wanted) => {
    const read = this.#good?.get(token) ?? this.#verify(token);
    if (read === undefined) return undefined;
    if ("error" in read) return read;
    const audiences = wanted.filter((audience) => read.audiences.includes(audience));
    if (audiences.length === 0) {
      const [own, target] = [goQuotedList(read.audiences), goQuotedList(wanted)];
      return { error: `token audiences ${own} is invalid for the target audiences ${target}` };
    }
    const error = this.#timeProblem(read) ?? this.#boundProblem(read);
    return error === undefined ? { user: userOf(read), audiences } : { error };
  };

  #verify(token: string): Decoded | TokenAnswerError | undefined {
    const read = readToken(token);
    if (read?.claims.iss !== ISSUER) return undefined;
    const key = this.#key.made;
    const { kid } = read.header;
    const another = typeof kid === "string" && kid !== "" && kid !== key?.id;
    if (!key || another) return { error: "invalid signature, no keys found" };
    if (read.header.alg !== key.algorithm || !key.signed(token)) {
      return { error: "go-jose/go-jose: error in cryptographic primitive" };
    }
    const claims = decodeClaims(read.claims);
    this.#good ??= new LRUCache({ max: REMEMBERED });
    this.#good.set(token, claims);
    return claims;
  }

  #timeProblem({ notBefore, expires, issued }: Decoded): string | undefined {
    const now = this.#now() / 1000;
    if (now + LEEWAY < notBefore) return "service account token is not valid yet";
    if (now - LEEWAY > expires) return "service account token has expired";
    if (now + LEEWAY < issued) return "service account token is issued in the future";
    return undefined;
  }

  /** A token goes with its account and with what it is bound to. */
  #boundProblem({ namespace, account, secret, pod, node }: Decoded): string | undefined {
    const found = this.#view.get("serviceaccounts", namespace, account.name);
    if (!found) return `serviceaccounts ${goQuote(account.name)} not found`;
    const uid = found.metadata.uid ?? "";
    if (uid !== account.uid) return `service account UID (${uid}) does not match claim (${account.uid})`;
    if (this.#isGone(found)) return `service account ${namespace}/${account.name} has been deleted`;
    const bound = (object: KubeObject | undefined, claim: ObjectReference, kind: string) =>
      this.#bindingProblem(object, claim, kind);
    if (secret) return bound(this.#view.get("secrets", namespace, secret.name), secret, "secret");
    if (pod) return bound(this.#view.get("pods", namespace, pod.name), pod, "pod");
    return node && bound(this.#view.node(node.name), node, "node");
  }

  #bindingProblem(object: KubeObject | undefined, claim: ObjectReference, kind: string): string | undefined {
    if (!object || this.#isGone(object)) return "service account token has been invalidated";
    const uid = object.metadata.uid ?? "";
    if (uid === claim.uid) return undefined;
    return `${kind} UID (${uid}) does not match service account ${kind} ref claim (${claim.uid})`;
  }

  /** For a while after its deletion an object counts as being there. */
  #isGone({ metadata }: KubeObject): boolean {
    return !!metadata.deletionTimestamp && Date.parse(metadata.deletionTimestamp) < this.#now() - LEEWAY * 1000;
  }
}

type TokenAnswerError = Extract<TokenAnswer, { error: string }>;

/** Upstream: apiserver/pkg/authentication/serviceaccount/util.go. */
function userOf({ namespace, account, pod, node, id }: Decoded): UserInfo {
  const prefix = "authentication.kubernetes.io";
  const extra: Record<string, string[]> = {};
  if (pod) {
    extra[`${prefix}/pod-name`] = [pod.name];
    extra[`${prefix}/pod-uid`] = [pod.uid];
  }
  if (id !== "") extra[CREDENTIAL_ID] = [`JTI=${id}`];
  if (node) {
    extra[`${prefix}/node-name`] = [node.name];
    if (node.uid !== "") extra[`${prefix}/node-uid`] = [node.uid];
  }
  return {
    name: accountName(namespace, account.name),
    uid: account.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    extra,
  };
}
