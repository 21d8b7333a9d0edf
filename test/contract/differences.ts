/** Cases in which we are known to answer otherwise than a real server: by area and scenario. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // Profiles and flags of a Go program: the gap "debug".
  http: { "what is said when nothing is": ["debug", "flags"] },
};
