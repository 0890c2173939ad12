import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-lib.ts"],
    // Generous: these are limits for hangs, not measures of speed, and machines are shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores are the smallest machine we promise to run on; onnxruntime brings its own threads.
    maxWorkers: 2,
    pool: "forks",
  },
});
