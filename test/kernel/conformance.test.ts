// Jupyter's own suite for kernels, and what front ends rely on beyond it, against the kernel as a front end starts it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths.js";
import { writeKernelSpec } from "../../src/kernel/kernel-spec.js";
import { JUPYTER_PYTHON, NO_JUPYTER } from "../lab/jupyter-python.js";

describe.skipIf(NO_JUPYTER)(`the official suite and beyond${NO_JUPYTER ? ` (${NO_JUPYTER})` : ""}`, () => {
  it("passes, subtests included", async () => {
    const specs = await mkdtemp(join(tmpdir(), "hashbook-conformance-"));
    try {
      await writeKernelSpec(specs);
      const env = {
        ...process.env,
        JUPYTER_PATH: specs,
        KERNEL: "hashbook",
        PYTHONPATH: join(packageFolder, "test", "kernel"),
        PYTHONDONTWRITEBYTECODE: "1",
      };
      const options = { cwd: join(packageFolder, "notebooks"), env, maxBuffer: 2 ** 26 };
      // unittest writes its report to stderr, and its status is that of all tests and subtests.
      const run = promisify(execFile)(JUPYTER_PYTHON!, ["-m", "unittest", "kernel_conformance"], options);
      const report = await run.then(
        ({ stderr }) => stderr,
        (error: { stderr: string }) => error.stderr,
      );
      expect(report).toMatch(/\nOK( \(skipped=\d+\))?\s*$/);
      expect(Number(/Ran (\d+) tests/.exec(report)?.[1])).toBeGreaterThanOrEqual(38);
    } finally {
      await rm(specs, { recursive: true, force: true });
    }
  }, 600_000);
});
