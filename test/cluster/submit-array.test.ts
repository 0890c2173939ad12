import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ArrayWork } from "../../src/cluster/array-work.js";
import { filesOfWork } from "../../src/cluster/array-work.js";
import { jobNames } from "../../src/cluster/slurm-scripts.js";
import { submitArray } from "../../src/cluster/submit-array.js";
import type { FakeSlurm } from "./work.js";
import { fakeSlurm, workIn } from "./work.js";

let folder: string;
let work: ArrayWork;
let client: FakeSlurm;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-submit-"));
  work = workIn(folder);
  client = fakeSlurm();
  mkdirSync(filesOfWork(work).marks);
});
afterEach(() => rmSync(folder, { recursive: true }));

const submit = (gone: readonly number[] = [], of = work) =>
  submitArray(of, {
    settings: {},
    client,
    isTaskWhole: async task => !gone.includes(task),
    isAfterWhole: async () => true,
  });

function mark(name: string, exit: number): void {
  writeFileSync(join(filesOfWork(work).marks, `${name}.exit`), `${exit}\n`);
}

function queued(name: string, id: string, task?: number) {
  return { name, id, state: "PENDING", reason: "None", ...(task === undefined ? {} : { task }) };
}

describe("submitArray", () => {
  it("submits all tasks, and what comes after them to depend on them", async () => {
    expect(await submit()).toEqual({ was: "submitted", array: "101", after: "102", tasks: [1, 2, 3] });
    const { taskScript, afterScript } = filesOfWork(work);
    expect(client.submitted).toEqual([
      { script: taskScript, options: [] },
      { script: afterScript, options: ["--dependency=afterok:101", "--kill-on-invalid-dep=yes"] },
    ]);
    expect(readFileSync(taskScript, "utf8")).toContain("#SBATCH --array=1-3\n");
  });

  it("finds what is in the queue, and submits nothing", async () => {
    await submit();
    const names = jobNames(work);
    client.queued = [queued(names.tasks, "101", 3), queued(names.after, "102")];
    expect(await submit()).toEqual({ was: "running", array: "101", after: "102", tasks: [] });
    client.queued = [queued(names.after, "102")];
    expect(await submit()).toEqual({ was: "running", after: "102", tasks: [] });
    expect(client.submitted).toHaveLength(2);
  });

  it("submits what comes after where it was killed between the two", async () => {
    client.queued = [queued(jobNames(work).tasks, "77", 1)];
    expect(await submit()).toEqual({ was: "running", array: "77", after: "101", tasks: [] });
    expect(client.submitted[0].options).toContain("--dependency=afterok:77");
  });

  it("submits only what failed, is missing, or was removed since", async () => {
    await submit();
    for (const [task, exit] of [
      [1, 0],
      [2, 137],
      [3, 0],
    ])
      mark(`${task}`, exit);
    mark("merge", 1);
    expect(await submit([3])).toMatchObject({ was: "submitted", tasks: [2, 3] });
    const script = readFileSync(filesOfWork(work).taskScript, "utf8");
    expect(script).toContain("#SBATCH --array=2-3\n");
    expect(script).toContain("\nn=3 #");
  });

  it("submits what comes after alone where all tasks are done, and nothing where it is too", async () => {
    await submit();
    for (const task of [1, 2, 3]) mark(`${task}`, 0);
    expect(await submit()).toEqual({ was: "submitted", after: "103", tasks: [] });
    expect(client.submitted.at(-1)!.options).toEqual([]);
    mark("merge", 0);
    expect(await submit()).toEqual({ was: "done", tasks: [] });
  });

  it("does what comes after anew, and nothing else, where that alone is another", async () => {
    await submit();
    for (const name of ["1", "2", "3", "merge"]) mark(name, 0);
    const other = { ...work, after: { ...work.after, command: ["features", "merge", "out", "--json"] } };
    expect(await submit([], other)).toEqual({ was: "submitted", after: "103", tasks: [] });
  });

  it("believes no marks of other work, and leaves the queue of other work alone", async () => {
    await submit();
    for (const name of ["1", "2", "3", "merge"]) mark(name, 0);
    const other = { ...work, task: [...work.task, "--backbone", "resnet50"] };
    expect(await submit([], other)).toMatchObject({ was: "submitted", tasks: [1, 2, 3] });
    client.queued = [queued(jobNames(work).tasks, "101", 3)];
    await expect(submit()).rejects.toThrow(
      /other work of this folder is in the queue; expected the command that it was submitted with; or `scancel 101` first/,
    );
  });
});
