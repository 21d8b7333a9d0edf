import { defineConfig } from "vitest/config";

/** Real etcds and kube-apiservers: `npm run e2e:passthrough`, once build.sh has made their programs. */
export default defineConfig({
  test: {
    include: ["test/e2e/passthrough/**/*.e2e.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores are enough for one file's servers at a time.
    fileParallelism: false,
  },
});
