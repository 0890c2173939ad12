import { execFileSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";
import { packageFolder } from "../core/paths.js";
import { version } from "../core/version.js";

/** Where a number was measured. */
export interface Environment {
  readonly hashbook: string;
  /** Commit of the checkout, with "+changes" when files differ from it; null outside a checkout. */
  readonly commit: string | null;
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
}

/** Describes this machine and this checkout: versions, processor, memory, commit. What every record keeps. */
export function environment(): Environment {
  const processors = cpus();
  return {
    hashbook: version,
    commit: commit(),
    node: process.version,
    platform: `${platform()}-${arch()}`,
    processor: processors[0]?.model.trim() || "unknown",
    cores: processors.length,
    memory: Math.round(totalmem() / 2 ** 30),
  };
}

function commit(): string | null {
  // Only looked at: without this, `git status` writes its index anew.
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
  const git = (...words: string[]): string =>
    execFileSync("git", words, {
      cwd: packageFolder,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return `${git("rev-parse", "--short=12", "HEAD")}${changed ? "+changes" : ""}`;
  } catch {
    return null;
  }
}
