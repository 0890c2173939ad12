import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { defineConfig } from "vitest/config";

// WebGPU is tested without a GPU on SwiftShader, which Debian's chromium ships with a Vulkan loader beside it. Both are
// found by variables that must be set before a test's process starts.
const SWIFTSHADER = "/usr/lib/chromium";
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(`${SWIFTSHADER}/vk_swiftshader_icd.json`)) {
  process.env.VK_ICD_FILENAMES = `${SWIFTSHADER}/vk_swiftshader_icd.json`;
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, SWIFTSHADER].filter(Boolean).join(delimiter);
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/lab/**"], // minutes in real front ends: npm run test:lab
    globalSetup: ["test/build-lib.ts"],
    // Generous: these are limits for hangs, not measures of speed, and machines are shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores are the smallest machine we promise to run on; onnxruntime brings its own threads.
    maxWorkers: 2,
    pool: "forks",
  },
});
