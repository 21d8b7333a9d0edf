import { setFlagsFromString } from "node:v8";

/**
 * V8 lets the young generation grow to 16 MiB a half when a thousand clusters start at once, and keeps it for good.
 * 4 MiB is enough for a server whose objects are buffers: see docs/decisions/030-how-the-heap-grows.md.
 * It has to be said before the program is loaded, because a heap that has grown does not shrink.
 */
setFlagsFromString("--max-semi-space-size=4");

/** By default a heap may triple before it is collected. A growth of 40 % costs some 6 % of processor time. */
setFlagsFromString("--heap-growing-percent=40");
