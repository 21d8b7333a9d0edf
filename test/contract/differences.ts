/** Cases in which we are known to answer otherwise than a real server: by area and scenario. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  errors: {
    // Go's strings hold bytes that are no UTF-8, ours do not: the gap "broken-text".
    paths: ["GET /api/v1/namespaces/{ns}/configmaps/%ff"],
  },
  // Profiles and flags of a Go program: the gap "debug".
  http: { "what is said when nothing is": ["debug", "flags"] },
};
