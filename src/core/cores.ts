import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Cores that this process may keep busy, at least 1: those of its affinity (`taskset`, Slurm), and no more than the quota of its control
 * group allows (containers), which Node 20 does not heed.
 */
export function availableCores(): number {
  const cores = availableParallelism();
  const quota = cpuQuota(readIfThere);
  return quota === undefined ? cores : Math.max(1, Math.min(cores, Math.ceil(quota)));
}

/**
 * Cores' worth of time a second that the control group of this process has, of version 2 or 1; undefined without a limit.
 * The group's parents limit too, so the least counts.
 */
export function cpuQuota(read: (file: string) => string | undefined): number | undefined {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").map(line => line.split(":"));
  const quotas: number[] = [];
  for (const [, controllers, path] of groups) {
    if (path === undefined) continue;
    for (const folder of upward(path)) {
      const quota = controllers === "" ? quotaOf2(read, folder) : quotaOf1(read, controllers, folder);
      if (quota !== undefined) quotas.push(quota);
    }
  }
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

function quotaOf2(read: (file: string) => string | undefined, folder: string): number | undefined {
  const [quota, period] = (read(`/sys/fs/cgroup${folder}/cpu.max`) ?? "max").trim().split(" ").map(Number);
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function quotaOf1(read: (file: string) => string | undefined, controllers: string, folder: string): number | undefined {
  if (!controllers.split(",").includes("cpu")) return undefined;
  const [quota, period] = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(name =>
    Number(read(`/sys/fs/cgroup/${controllers}${folder}/${name}`) ?? read(`/sys/fs/cgroup/cpu${folder}/${name}`)),
  );
  return quota > 0 && period > 0 ? quota / period : undefined;
}

/** "/a/b" → "/a/b", "/a", "". */
function upward(path: string): string[] {
  const parts = path.split("/").filter(part => part !== "");
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map(part => `/${part}`)
      .join(""),
  );
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
