import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/build-lib.ts"],
    testTimeout: 60_000,
    // Two cores are the smallest machine we promise to run on; onnxruntime brings its own threads.
    maxWorkers: 2,
    pool: "forks",
  },
});
