import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageFolder } from "../../src/core/paths.js";

/** Brings lib/, which kernels import, up to date with src/, as any call of the command does. */
export function ensureLib(): void {
  const main = join(packageFolder, "bin", "hashbook.js");
  const { status, stderr } = spawnSync(process.execPath, [main, "--version"], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
