import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arrayProgress } from "../../src/cluster/array-progress.js";
import type { ArrayWork } from "../../src/cluster/array-work.js";
import { filesOfWork, logOf } from "../../src/cluster/array-work.js";
import { followArray } from "../../src/cluster/follow-array.js";
import { recentRate } from "../../src/cluster/progress-rate.js";
import { jobNames } from "../../src/cluster/slurm-scripts.js";
import { writeSubmission } from "../../src/cluster/submission-file.js";
import { readMarks } from "../../src/cluster/task-marks.js";
import type { Progress } from "../../src/core/progress.js";
import { progressLine } from "../../src/core/progress.js";
import { fakeSlurm, workIn } from "./work.js";

let folder: string;
let work: ArrayWork;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-follow-"));
  work = workIn(folder);
  for (const place of [filesOfWork(work).marks, filesOfWork(work).logs]) mkdirSync(place);
  await writeSubmission(filesOfWork(work).submitted, {
    tasks: "x",
    afterTasks: "y",
    array: "7",
    after: "8",
    date: "2026",
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

function mark(name: string, text: string): void {
  writeFileSync(join(filesOfWork(work).marks, name), text);
}

const follow = (client = fakeSlurm(), of = work, onProgress?: (progress: Progress) => void) =>
  followArray(of, { client, interval: 0.01, grace: 0.05, onProgress });

describe("followArray", () => {
  it("tells of all tasks together, and ends when what comes after has", async () => {
    const names = jobNames(work);
    const client = fakeSlurm();
    const running = { id: "7", name: names.tasks, state: "RUNNING", reason: "None" };
    const merge = { id: "8", name: names.after, state: "PENDING", reason: "Dependency" };
    client.queued = [{ ...running, task: 2 }, { ...running, task: 3, state: "PENDING", reason: "Priority" }, merge];
    mark("1.exit", "0\n");
    mark("2.json", '{"done": 4, "total": 10}');
    const lines: string[] = [];
    const ended = follow(client, work, progress => {
      lines.push(progressLine({ ...progress, rate: 0 }));
      for (const name of ["2.exit", "3.exit", "merge.exit"]) mark(name, "0\n");
      client.queued = [];
    });
    expect(await ended).toEqual({ failed: [], exit: 0 });
    expect(lines[0]).toBe("extract 14/30 images, 1 of 3 tasks done, 1 running, 1 waiting (Priority)");
    expect(lines.at(-1)).toBe("extract 30/30 images, 3 of 3 tasks done");
  });

  it("names the tasks that failed, with exit codes and the last lines of the first one's log", async () => {
    mark("1.exit", "0\n");
    mark("2.exit", "2\n");
    mark("3.exit", "143\n");
    const own = "hashbook: task 2 of 3, try 1 of 3, job 7_2 on n1, now\nhashbook: task 2 of 3 ended with 2\n";
    writeFileSync(logOf(work, 2), `early\n${own.replace("\n", "\nhashbook: unknown option '--x'.\n")}`);
    await expect(follow(fakeSlurm({ "7_2": "FAILED", "7_3": "TIMEOUT" }))).rejects.toThrow(
      `${logOf(work, 2)}: 2 of 3 tasks failed: 2 (exit code 2), 3 (exit code 143, TIMEOUT); merge was not done; expected the cause ` +
        "to be mended, which this log names; the same command then does only what is missing; found early | hashbook: unknown option '--x'.",
    );
  });

  it("says of a task that left the queue without an exit code what Slurm knows of it", async () => {
    mark("1.exit", "0\n");
    mark("3.exit", "0\n");
    await expect(follow(fakeSlurm({ "7_2": "TIMEOUT" }))).rejects.toThrow(
      /1 of 3 tasks failed: 2 \(it left the queue without an exit code \(TIMEOUT\)\); merge was not done; .*found no log/,
    );
  });

  it("says of what came after how it failed", async () => {
    for (const task of [1, 2, 3]) mark(`${task}.exit`, "0\n");
    mark("merge.exit", "1\n");
    writeFileSync(logOf(work, "merge"), "hashbook: the disk is full\n");
    await expect(follow()).rejects.toThrow(
      /merge\.log: all tasks are done, but merge failed: exit code 1; .*does this alone; found hashbook: the disk is full/,
    );
  });

  it("gives the tasks that failed where what comes after takes what there is", async () => {
    const collecting = workIn(folder, { after: { name: "collect", command: [], needsAll: false } });
    for (const [name, exit] of [
      ["1", 0],
      ["2", 1],
      ["3", 0],
      ["collect", 3],
    ])
      mark(`${name}.exit`, `${exit}\n`);
    expect(await follow(fakeSlurm(), collecting)).toEqual({
      failed: [{ task: 2, exit: 1, words: "exit code 1" }],
      exit: 3,
    });
    mark("collect.exit", "1\n");
    writeFileSync(logOf(collecting, "collect"), "hashbook: the disk is full\n");
    await expect(follow(fakeSlurm(), collecting)).rejects.toThrow(
      /collect\.log: 1 of 3 tasks failed, and collect failed: exit code 1; .*only what is missing; found hashbook: the disk is full/,
    );
  });

  it("waits for a Slurm that does not answer for a while, and not for ever", async () => {
    for (const name of ["1", "2", "3", "merge"]) mark(`${name}.exit`, "0\n");
    const client = fakeSlurm();
    let asked = 0;
    const silent = (answersAfter: number) => ({
      ...client,
      queue: async () => {
        if (++asked <= answersAfter) throw new Error("no answer");
        return [];
      },
    });
    expect(await followArray(work, { client: silent(3), interval: 0.001 })).toEqual({ failed: [], exit: 0 });
    await expect(followArray(work, { client: silent(1000), interval: 0.001 })).rejects.toThrow("no answer");
  });

  it("is left when it is to end", async () => {
    const client = fakeSlurm();
    client.queued = [{ id: "7", name: jobNames(work).tasks, state: "RUNNING", reason: "None", task: 1 }];
    const controller = new AbortController();
    const ended = followArray(work, {
      client,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("left")),
    });
    await expect(ended).rejects.toThrow("left");
  });
});

it("gives no time to what a failed task has left undone", async () => {
  mark("1.exit", "0\n");
  mark("2.exit", "1\n");
  mark("2.json", '{"done": 4, "total": 10}');
  mark("3.json", '{"done": 5, "total": 10}');
  const at = async (rate: number) =>
    arrayProgress(work, { marks: await readMarks(work), queued: [] }, { at: () => rate });
  expect(await at(1)).toMatchObject({ done: 19, total: 30, secondsLeft: 5 });
  const again = { id: "7", task: 2, name: jobNames(work).tasks, state: "PENDING", reason: "BeginTime" };
  const requeued = arrayProgress(work, { marks: await readMarks(work), queued: [again] }, { at: () => 1 });
  expect(requeued).toMatchObject({ secondsLeft: 11, note: "1 of 3 tasks done, 1 waiting (BeginTime)" });
  mark("3.exit", "1\n");
  expect(progressLine(await at(1))).toBe("extract 19/30 images, 1.00 images/s, 1 of 3 tasks done, 2 failed");
});

describe("recentRate", () => {
  it("is of the last minute", () => {
    const rate = recentRate();
    expect(rate.at(0, 0)).toBe(0);
    expect(rate.at(100, 10)).toBe(10);
    for (let second = 20; second <= 100; second += 10) rate.at(100, second);
    expect(rate.at(100, 110)).toBe(0);
    expect(rate.at(50, 111)).toBe(0); // a task was begun anew
  });
});

it("takes a mark that is half written for none", async () => {
  mark("1.exit", "");
  mark("2.json", '{"done": 3');
  const { exits, progress } = await readMarks(work);
  expect([exits.size, progress.size]).toEqual([0, 0]);
  expect(arrayProgress(work, { marks: { exits, progress }, queued: [] }, recentRate())).toMatchObject({
    done: 0,
    total: 30,
  });
});
