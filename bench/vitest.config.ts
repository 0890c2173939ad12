// Vitest serves here as what runs TypeScript and says whether a check failed. One file after the other, one process:
// nothing else may run beside a measurement.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["bench/**/*.bench.ts"],
    testTimeout: 600_000,
    maxWorkers: 1,
    pool: "forks",
  },
});
