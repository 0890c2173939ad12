import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { availableCores, cpuQuota } from "../../src/core/cores.js";
import { packageFolder } from "../../src/core/paths.js";
import { ensureLib } from "../notebook/built-lib.js";

const reader = (files: Record<string, string>) => (file: string) => files[file];

describe("availableCores", () => {
  it("is at least 1, and no more than the affinity", () => {
    expect(availableCores()).toBeGreaterThanOrEqual(1);
    expect(availableCores()).toBeLessThanOrEqual(availableParallelism());
  });

  it.skipIf(spawnSync("taskset", ["--version"]).status !== 0)("heeds taskset", () => {
    ensureLib();
    const cores = pathToFileURL(join(packageFolder, "lib", "core", "cores.js")).href;
    const code = `import { availableCores } from "${cores}"; console.log(availableCores())`;
    const { stdout } = spawnSync("taskset", ["-c", "0", process.execPath, "--input-type=module", "-e", code]);
    expect(String(stdout).trim()).toBe("1");
  });
});

describe("cpuQuota", () => {
  it("is what version 2 says of the group or of one above it, the least", () => {
    const files = {
      "/proc/self/cgroup": "0::/a/b\n",
      "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
      "/sys/fs/cgroup/a/cpu.max": "150000 100000\n",
      "/sys/fs/cgroup/cpu.max": "max 100000\n",
    };
    expect(cpuQuota(reader(files))).toBe(1.5);
  });

  it("is that of version 1's cpu controller, also under a joint name", () => {
    const files = {
      "/proc/self/cgroup": "4:cpu,cpuacct:/job\n3:memory:/job\n",
      "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "50000\n",
      "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
    };
    expect(cpuQuota(reader(files))).toBe(0.5);
  });

  it("is undefined without a limit, and where nothing can be read", () => {
    const files = {
      "/proc/self/cgroup": "0::/\n4:cpu:/\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    };
    expect(cpuQuota(reader(files))).toBeUndefined();
    expect(cpuQuota(() => undefined)).toBeUndefined();
  });
});
