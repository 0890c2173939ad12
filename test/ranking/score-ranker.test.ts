import { describe, expect, it } from "vitest";
import { evaluateRanker } from "../../src/metrics/evaluate.js";
import { scoreRanker } from "../../src/ranking/score-ranker.js";
import type { SideWith } from "../../src/ranking/side.js";

const labels = (count: number) => ({ labels: Int32Array.from({ length: count }, (_, i) => i % 2) });
const sides = { queries: labels(5), database: labels(6) };

/** Scores that note what is asked of them. */
function noting(log: string[], scores = (count: number) => new Float32Array(count)) {
  return scoreRanker<SideWith<"labels">>({
    name: "noting",
    description: "for a test",
    prepare: async ({ queries, database }) => {
      log.push(`${queries.labels} in ${database.labels}`);
      return {
        block: 2,
        scores: (from, to) => {
          log.push(`${from}..${to}`);
          return scores((to - from) * 6);
        },
        dispose: async () => void log.push("disposed"),
      };
    },
  });
}

describe("scoreRanker", () => {
  it("prepares once, asks block by block, and gives back what was prepared", async () => {
    const log: string[] = [];
    const { queries, mAP } = await evaluateRanker(sides, noting(log));
    expect(queries).toBe(5);
    expect(mAP.all.stable).toBeGreaterThan(0);
    expect(log).toEqual(["0,1,0,1,0 in 0,1,0,1,0,1", "0..2", "2..4", "4..5", "disposed"]);
  });

  it("gives back when the reader leaves, on failure and when told to stop", async () => {
    const log: string[] = [];
    for await (const _ of noting(log).rankings(sides)) break;
    expect(log.slice(1)).toEqual(["0..2", "disposed"]);
    const failing: string[] = [];
    const wrong = evaluateRanker(
      sides,
      noting(failing, () => new Float32Array(1)),
    );
    await expect(wrong).rejects.toThrow(/wrong size/);
    expect(failing.at(-1)).toBe("disposed");
    const stopped: string[] = [];
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(evaluateRanker(sides, noting(stopped), { signal })).rejects.toThrow("enough");
    expect(stopped.slice(1)).toEqual(["disposed"]);
  });
});
