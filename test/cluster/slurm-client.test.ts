import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { slurmClient } from "../../src/cluster/slurm-client.js";

const path = process.env.PATH;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-slurm-client-"));
  process.env.PATH = `${folder}:${path}`;
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

it("says how a job and a task ended, also one that never began", async () => {
  // As Slurm 22 answers: of an array that was cancelled after its second task had begun.
  const answers = `case "$4" in
7_2) echo "JobId=9 ArrayJobId=7 ArrayTaskId=2 JobName=x JobState=TIMEOUT Reason=TimeLimit" ;;
7) echo "JobId=7 ArrayJobId=7 ArrayTaskId=4294967294 JobName=x JobState=CANCELLED Reason=None"
   echo "JobId=9 ArrayJobId=7 ArrayTaskId=2 JobName=x JobState=TIMEOUT Reason=TimeLimit" ;;
8) echo "JobId=8 JobName=y JobState=COMPLETED Reason=None" ;;
8_1) echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1 ;;
esac`;
  writeFileSync(join(folder, "scontrol"), `#!/bin/bash\n${answers}\n`, { mode: 0o755 });
  const { endOf } = slurmClient();
  expect(await endOf("7", 2)).toBe("TIMEOUT");
  expect(await endOf("7", 1)).toBe("CANCELLED");
  expect(await endOf("8")).toBe("COMPLETED");
  expect(await endOf("8", 1)).toBeUndefined();
  expect(await endOf("9")).toBeUndefined();
});
