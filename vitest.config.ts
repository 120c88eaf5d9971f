import { defineConfig } from "vitest/config";

/**
 * `fast` needs nothing but Node. `command` starts the command line as a process of its own. `daemon` starts the programs
 * that the platform configures. `cluster` starts one embedded cluster for all of its files.
 */
export default defineConfig({
  test: {
    // Vitest leaves a core free for whoever watches; here nobody does.
    maxWorkers: "100%",
    projects: [
      // Shared modules load once: it halves the time, and only test/support/mocks.ts has state of the process.
      {
        test: {
          name: "fast",
          include: ["test/{unit,program,property}/**/*.test.ts"],
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      // Some copy the tree as a repository of its own before, and delete it after.
      {
        test: { name: "command", include: ["test/command/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        // Starts real programs (databases, stores, collectors) with the configuration that is rendered for them.
        test: {
          name: "daemon",
          include: ["test/daemon/**/*.test.ts"],
          fileParallelism: false,
          // A test waits for several things of up to a minute each, and all of them may be slow on a busy machine.
          testTimeout: 240_000,
          hookTimeout: 300_000,
        },
      },
      {
        // Needs a Pulumi CLI with its plugins: make test-pulumi.
        test: {
          name: "pulumi",
          include: ["test/pulumi/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/support/cluster.ts"],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
