import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COURSE_EVENTS } from "../../src/records/event-file.js";
import { openRunRecorder } from "../../src/records/open-run-recorder.js";
import { recordEnds } from "../../src/records/tf-record.js";
import { courseOf } from "./course.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-recorder-"));
});
afterAll(() => rm(folder, { recursive: true }));

const csvOf = (name: string): Promise<string> => readFile(join(folder, name, "metrics.csv"), "utf8");

/** metrics.csv of a course that nothing disturbed. */
async function undisturbed(epochs: number, loss = 1): Promise<string> {
  const name = `undisturbed-${epochs}-${loss}`;
  const recorder = await openRunRecorder(folder, name);
  await recorder.course(...courseOf(epochs, loss));
  return csvOf(name);
}

describe("metrics.csv", () => {
  it("has a row a step, with what is measured once an epoch in its last", async () => {
    const lines = (await undisturbed(2)).trimEnd().split("\n");
    expect(lines[0]).toBe(
      "step,epoch,train/loss,train/beta,train/quantisation,train/learningRate,val/mAP,val/bitImbalance,val/bitCorrelation",
    );
    expect(lines.slice(1, 5)).toEqual([
      `0,1,${1 / 3},1,0.5,,,,`,
      "1,1,0.25,1,0.5,,,,",
      "2,1,0.2,1,0.5,1e-7,0,,",
      `3,2,${1 / 6},1,0.5,,,,`,
    ]);
  });

  it("grows by an epoch at a time into the same as at once", async () => {
    const recorder = await openRunRecorder(folder, "growing");
    for (let epochs = 1; epochs <= 4; epochs++) await recorder.course(...courseOf(epochs));
    expect(await csvOf("growing")).toBe(await undisturbed(4));
  });

  it("is gone on with after a kill, wherever it tore the file", async () => {
    const whole = await undisturbed(4);
    const file = join(folder, "torn", "metrics.csv");
    for (let length = whole.length - 1; length >= 0; length -= 7) {
      await (await openRunRecorder(folder, "torn")).course(...courseOf(4));
      await truncate(file, length);
      await (await openRunRecorder(folder, "torn")).course(...courseOf(4));
      expect(await csvOf("torn"), `torn at ${length}`).toBe(whole);
    }
  });

  it("keeps what a training resumed from an earlier checkpoint has not reached again", async () => {
    await (await openRunRecorder(folder, "behind")).course(...courseOf(4));
    const recorder = await openRunRecorder(folder, "behind");
    await recorder.course(...courseOf(2));
    expect(await csvOf("behind")).toBe(await undisturbed(4));
  });

  it("begins anew for another course, which ends what was finished", async () => {
    await (await openRunRecorder(folder, "other")).course(...courseOf(4));
    const recorder = await openRunRecorder(folder, "other");
    await recorder.course(...courseOf(3, 2));
    expect(await csvOf("other")).toBe(await undisturbed(3, 2));
  });
});

describe("the events of TensorBoard", () => {
  /** What events say, but for when: the time is what an event begins with. */
  async function eventsOf(name: string): Promise<string[]> {
    const bytes = await readFile(join(folder, name, COURSE_EVENTS));
    const ends = recordEnds(bytes);
    expect(ends.at(-1), "all of it is whole").toBe(bytes.length);
    return ends.map((end, at) => bytes.subarray((ends[at - 1] ?? 0) + 12 + 9, end - 4).toString("hex"));
  }

  it("are one a step, behind one for the version", async () => {
    await undisturbed(4);
    expect(await eventsOf("undisturbed-4-1")).toHaveLength(1 + 12);
  });

  it("are gone on with after a kill, wherever it tore the file", async () => {
    await undisturbed(4);
    const whole = await eventsOf("undisturbed-4-1");
    const file = join(folder, "torn-events", COURSE_EVENTS);
    await (await openRunRecorder(folder, "torn-events")).course(...courseOf(4));
    const { length } = await readFile(file);
    for (let torn = length - 1; torn >= 0; torn -= 13) {
      await truncate(file, torn);
      await (await openRunRecorder(folder, "torn-events")).course(...courseOf(4));
      expect(await eventsOf("torn-events"), `torn at ${torn}`).toEqual(whole);
    }
  });

  it("begin anew for another course", async () => {
    await (await openRunRecorder(folder, "other-events")).course(...courseOf(4));
    await (await openRunRecorder(folder, "other-events")).course(...courseOf(3, 2));
    await undisturbed(3, 2);
    expect(await eventsOf("other-events")).toEqual(await eventsOf("undisturbed-3-2"));
  });
});
