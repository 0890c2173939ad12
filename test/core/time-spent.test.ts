import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readTimes, secondsByKind, timeWork } from "../../src/core/time-spent.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-times-"));
const file = join(folder, "times");
const before = process.env.HASHBOOK_TIMES;
afterEach(() => {
  if (before === undefined) delete process.env.HASHBOOK_TIMES;
  else process.env.HASHBOOK_TIMES = before;
  rmSync(file, { force: true });
});

describe("timeWork", () => {
  it("notes begin and end of work, also of work that fails, where somebody asks", async () => {
    process.env.HASHBOOK_TIMES = file;
    const begun = Date.now();
    expect(await timeWork("features", async () => 7)).toBe(7);
    const failing = timeWork("trainings", () => new Promise((_, no) => setTimeout(() => no(new Error("no")), 30)));
    await expect(failing).rejects.toThrow("no");
    const times = readTimes(file);
    expect(times.map(({ kind }) => kind)).toEqual(["features", "trainings"]);
    expect(times[1].end - times[1].begin).toBeGreaterThan(25);
    expect(times[0].begin).toBeGreaterThan(begun - 1000);
    expect(times[0].end).toBeLessThan(Date.now() + 1000);
  });

  it("notes nothing where nobody does, and keeps nobody from working where it cannot", async () => {
    delete process.env.HASHBOOK_TIMES;
    expect(await timeWork("features", async () => 7)).toBe(7);
    expect(readTimes(file)).toEqual([]);
    process.env.HASHBOOK_TIMES = join(folder, "no", "such", "folder");
    expect(await timeWork("features", async () => 8)).toBe(8);
  });
});

describe("secondsByKind", () => {
  it("counts each moment of a kind once, as a count of milliseconds does", () => {
    const kinds = ["features", "trainings"] as const;
    let state = 7;
    const draw = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    for (let round = 0; round < 200; round++) {
      const stretches = Array.from({ length: draw(8) }, () => {
        const begin = draw(50);
        return { kind: kinds[draw(2)], begin, end: begin + draw(20) };
      });
      const seconds = secondsByKind(stretches);
      for (const kind of kinds) {
        const covered = new Set<number>();
        for (const { begin, end } of stretches.filter(one => one.kind === kind)) {
          for (let ms = begin; ms < end; ms++) covered.add(ms);
        }
        expect(seconds[kind] ?? 0).toBeCloseTo(covered.size / 1000, 12);
      }
    }
  });
});
