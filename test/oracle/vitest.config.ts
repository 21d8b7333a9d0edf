import { defineConfig } from "vitest/config";

/** Properties that ask Go libraries for the truth: `npm run test:oracle`. They need Go, which `npm test` does not. */
export default defineConfig({
  test: {
    include: ["test/oracle/**/*.oracle.ts"],
    // The first build of a library takes minutes.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});
