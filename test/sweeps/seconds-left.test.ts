import { expect, it } from "vitest";
import { secondsLeft } from "../../src/sweeps/seconds-left.js";
import type { CellPlace, CellState } from "../../src/sweeps/sweep-options.js";

const cell = (method: string, place: CellPlace): CellState => ({
  name: method,
  settings: { method, bits: 8 },
  ...place,
});
const waiting = { state: "waiting" } as const;
const running = (epoch: number): CellPlace => ({ state: "running", epoch, epochs: 10 });
const done: CellPlace = { state: "done", cached: false, seconds: 10 };

it("is unknown before anything was measured, and nothing when all is over", () => {
  expect(secondsLeft([cell("dch", running(0)), cell("dch", waiting)], [{ begun: 0 }, {}], { now: 3, workers: 2 })).toBe(
    undefined,
  );
  expect(secondsLeft([cell("dch", done)], [{ begun: 0, took: 10 }], { now: 10, workers: 2 })).toBe(0);
});

it("takes runs as long as those of their method took, shared by the workers", () => {
  const cells = [cell("dch", done), cell("lsh", done), ...Array.from({ length: 4 }, () => cell("dch", waiting))];
  const times = [{ begun: 0, took: 10 }, { begun: 0, took: 1 }, {}, {}, {}, {}];
  expect(secondsLeft([...cells, cell("lsh", waiting)], [...times, {}], { now: 11, workers: 2 })).toBe((4 * 10 + 1) / 2);
});

it("goes by the epochs of what runs while none of its method is over, and is no shorter than the longest run", () => {
  const cells = [cell("dch", running(2)), cell("lsh", done)];
  expect(secondsLeft(cells, [{ begun: 1 }, { begun: 0, took: 1 }], { now: 5, workers: 4 })).toBe(16); // 4 s for 2 of 10
});
