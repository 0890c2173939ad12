// All engines that one suite can run on, with the reason where one cannot.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { EngineName } from "../../src/compute/engine.js";
import { openEngine } from "../../src/compute/engine.js";
import type { Engine } from "../../src/compute/program.js";

export interface EngineCase {
  readonly name: EngineName;
  /** Why it cannot run here. Absent when it can. */
  readonly skipped?: string;
  open(): Promise<Engine>;
}

/** vitest.config.ts points VK_ICD_FILENAMES to a software Vulkan where one is installed. */
export function noVulkan(): string | undefined {
  const driver = process.env.VK_ICD_FILENAMES;
  if (driver === undefined) return "no Vulkan: VK_ICD_FILENAMES is not set and Debian's package chromium not installed";
  return existsSync(driver) ? undefined : `no Vulkan: ${driver} (VK_ICD_FILENAMES) is not there`;
}

export function noBinding(): string | undefined {
  try {
    createRequire(import.meta.url)("@tensorflow/tfjs-node-gpu");
    return undefined;
  } catch {
    return "the binding of @tensorflow/tfjs-node-gpu is not built (npm run gpu:setup)";
  }
}

/** The compiled CPU engine first. What is skipped is printed with its reason. */
export function engineCases(): EngineCase[] {
  const engine = (name: EngineName, skipped?: string): EngineCase => {
    return { name, skipped, open: () => openEngine({ engine: name }) };
  };
  const cases = [
    engine("cpu"),
    engine("wasm"),
    engine("webgpu", noVulkan()),
    engine("tfjs-webgpu", noVulkan()),
    engine("tensorflow", noBinding()),
  ];
  for (const { name, skipped } of cases) if (skipped !== undefined) console.warn(`engine ${name} skipped: ${skipped}`);
  return cases;
}
