import { delimiter, join } from "node:path";
import { defineConfig } from "vitest/config";
import { bin } from "./programs.js";

/** Real etcds and kube-apiservers, from build.sh: `npm run e2e:passthrough`. */
export default defineConfig({
  test: {
    include: ["test/e2e/passthrough/**/*.e2e.ts"],
    // kubectl is the one that is built, whatever else there may be.
    env: { PATH: [join(bin, "clients"), process.env.PATH].join(delimiter) },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores are enough for one file's servers at a time.
    fileParallelism: false,
  },
});
