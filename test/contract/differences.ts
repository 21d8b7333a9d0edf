/** Cases in which we are known to answer otherwise than a real server: by area and scenario. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  errors: {
    // Go's strings hold bytes that are no UTF-8, ours do not.
    paths: ["GET /api/v1/namespaces/{ns}/configmaps/%ff"],
  },
  // A watch of lists of metadata makes no sense, but is not refused.
  watch: { formats: ["metadata list is no watch format"] },
};
