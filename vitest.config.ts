import { defineConfig } from "vitest/config";

/** `fast` needs nothing but Node; `cluster` starts one embedded cluster for all of its files. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "fast", include: ["test/{unit,program,property,golden}/**/*.test.ts"] } },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/support/cluster.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
