import { describe, expect, it, vi } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { InputError } from "../../src/core/errors.js";
import { Random } from "../../src/core/random.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { fallbackRanking } from "../../src/ranking/fallback-ranking.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking } from "../../src/ranking/ranking-backend.js";

const random = new Random(3);
const side = (count: number) => ({
  codes: packedCodes(
    Uint8Array.from({ length: 2 * count }, () => random.integer(256)),
    16,
  ),
  labels: Int32Array.from({ length: count }, () => random.integer(3)),
});
const sides = { queries: side(20), database: side(60) };

/** Ranks as the reference does, until it has ranked so many queries. */
function failing(after: number, failure: unknown, closed: () => void = () => {}): RankingBackend {
  return {
    ...referenceRanking,
    name: "webgpu",
    description: "a GPU",
    nearest: () => Promise.reject(failure),
    within: () => Promise.reject(failure),
    async *rankings(...scan) {
      let query = 0;
      for await (const ranking of referenceRanking.rankings(...scan)) {
        if (query++ === after) throw failure;
        yield ranking;
      }
    },
    close: closed,
  };
}

describe("fallbackRanking", () => {
  it.each([0, 1, 19])(
    "gives the same evaluation when the GPU fails after %d queries, and says so once",
    async after => {
      const said: string[] = [];
      const close = vi.fn(() => {
        throw new Error("the device is gone");
      });
      const backend = fallbackRanking(failing(after, new RangeError("lost\nat x"), close), referenceRanking, s =>
        said.push(s),
      );
      const expected = await evaluateCodes(sides, { ranking: "reference", excludeSelf: false });
      expect(await evaluateCodes(sides, { ranking: backend })).toEqual(expected);
      expect(await evaluateCodes(sides, { ranking: backend })).toEqual(expected);
      expect(said).toEqual(["a GPU failed while it ranked (lost); going on with plain TypeScript, for tests"]);
      expect([backend.name, close.mock.calls.length]).toEqual(["reference", 1]);
      backend.close();
      expect(close).toHaveBeenCalledTimes(1);
    },
  );

  it("searches all the same, for the nearest and within a radius, whatever was thrown", async () => {
    for (const failure of ["out of memory", new Error("?"), undefined]) {
      const backend = fallbackRanking(failing(0, failure), referenceRanking, () => {});
      expect(await backend.nearest(sides, { k: 3 })).toEqual(await referenceRanking.nearest(sides, { k: 3 }));
      const within = fallbackRanking(failing(0, failure), referenceRanking, () => {});
      expect(await within.within(sides, { radius: 3 })).toEqual(await referenceRanking.within(sides, { radius: 3 }));
    }
  });

  it("does not take what is wrong with the work, or a wish to stop, for a failure", async () => {
    const wrong = fallbackRanking(failing(0, new InputError("codes differ")), referenceRanking, () => {});
    await expect(wrong.nearest(sides)).rejects.toThrow("codes differ");
    const { signal } = { signal: AbortSignal.abort(new Error("stopped")) };
    const stopped = fallbackRanking(failing(0, new Error("stopped")), referenceRanking, () => {});
    await expect(stopped.nearest(sides, { signal })).rejects.toThrow("stopped");
    expect([wrong.name, stopped.name]).toEqual(["webgpu", "webgpu"]);
  });
});
