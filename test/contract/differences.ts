/** Cases in which we are known to answer otherwise than a real server: by area and scenario. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Profiles and flags of a Go program: the gap "debug".
  http: { "what is said when nothing is": ["debug", "flags"] },
};

const BY_ITSELF = "speaks for itself";

/**
 * With THROUGH=terminate a client can't be a front proxy: X-Remote-* headers are dropped (the gap "passthrough-proxies").
 * By area and scenario, and then by case: the case without such headers whose answer is given instead.
 */
export const THROUGH_TERMINATE: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  authentication: {
    "a front proxy": {
      "names a user": BY_ITSELF,
      "names groups": BY_ITSELF,
      "names the group of everybody": BY_ITSELF,
      "names extras": BY_ITSELF,
      "names an anonymous user": BY_ITSELF,
      "names a uid": BY_ITSELF,
      "has a token, too": BY_ITSELF,
      impersonates: "impersonates by itself",
      "names an administrator, who impersonates": "impersonates by itself",
    },
  },
};
