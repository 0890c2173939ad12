import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { limiter } from "../../src/core/limiter.js";
import { mapAhead } from "../../src/core/map-ahead.js";

describe("mapAhead", () => {
  it("keeps the order, holds no more than it may, and takes no more from its source", async () => {
    let [taken, given, most] = [0, 0, 0];
    function* source() {
      for (let i = 0; i < 20; i++) {
        taken++;
        most = Math.max(most, taken - given);
        yield i;
      }
    }
    const got: number[] = [];
    const work = async (value: number) => {
      await sleep((7 * value) % 5);
      return value * value;
    };
    for await (const square of mapAhead(source(), work, { ahead: 4 })) {
      given++;
      got.push(square);
    }
    expect(got).toEqual(Array.from({ length: 20 }, (_, i) => i * i));
    expect(most).toBe(4);
  });

  it("throws what the work threw when its turn comes, and closes its source then and when it is left", async () => {
    let closed = 0;
    async function* source() {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed++;
      }
    }
    const work = async (value: number) => {
      if (value === 3) throw new Error("three");
      return value;
    };
    const got: number[] = [];
    const all = async () => {
      for await (const value of mapAhead(source(), work, { ahead: 10 })) got.push(value);
    };
    await expect(all()).rejects.toThrow("three");
    expect([got, closed]).toEqual([[0, 1, 2], 1]);
    for await (const value of mapAhead(source(), async one => one, { ahead: 2 })) if (value === 1) break;
    expect(closed).toBe(2);
  });

  it("ends when it is told to", async () => {
    const controller = new AbortController();
    const values = mapAhead([1, 2, 3], async one => one, { ahead: 1, signal: controller.signal });
    expect((await values.next()).value).toBe(1);
    controller.abort(new Error("enough"));
    await expect(values.next()).rejects.toThrow("enough");
  });
});

it("limiter runs no more at a time than it may, in order", async () => {
  const limited = limiter(2);
  let [running, most] = [0, 0];
  const begun: number[] = [];
  const task = (i: number) =>
    limited(async () => {
      begun.push(i);
      most = Math.max(most, ++running);
      await sleep(2);
      running--;
      if (i === 3) throw new Error("three");
      return i;
    });
  const ends = await Promise.allSettled(Array.from({ length: 7 }, (_, i) => task(i)));
  expect(ends.map(({ status }) => status).filter(status => status === "rejected")).toHaveLength(1);
  expect([begun, most]).toEqual([[0, 1, 2, 3, 4, 5, 6], 2]);
});
