const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
const REFERENCE = new RegExp(
  `^(${DOMAIN}(?:/${PATH_PART})+)(?::(\\w[\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}))?$`,
);
const DIGESTS: readonly RegExp[] = [/^sha256:[a-f0-9]{64}$/, /^sha384:[a-f0-9]{96}$/, /^sha512:[a-f0-9]{128}$/];
const MAX_NAME = 255;

/**
 * The tag of a container image reference: "latest" where it has neither tag nor digest, "" where it has a digest only
 * or is no reference at all. Upstream: pkg/util/parsers/parsers.go over distribution/reference.
 */
export function imageTag(image: string): string {
  if (/^[a-f0-9]{64}$/.test(image)) return "";
  const match = REFERENCE.exec(withDomain(image));
  if (!match) return "";
  const [, name = "", tag = "", digest = ""] = match;
  if (name.length > MAX_NAME) return "";
  if (digest !== "" && !DIGESTS.some((pattern) => pattern.test(digest))) return "";
  return tag === "" && digest === "" ? "latest" : tag;
}

/** Names are relative to docker.io, and to its library, unless they begin with what can only be a host. */
function withDomain(image: string): string {
  const slash = image.indexOf("/");
  const first = image.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  if (!isHost) return `docker.io/${slash < 0 ? "library/" : ""}${image}`;
  const rest = image.slice(slash + 1);
  const hub = first === "docker.io" || first === "index.docker.io";
  return hub && !rest.includes("/") ? `docker.io/library/${rest}` : image;
}
