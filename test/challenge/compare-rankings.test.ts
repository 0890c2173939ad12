import { describe, expect, it } from "vitest";
import { compareRankings, rankingRows } from "../../src/challenge/compare-rankings.js";
import { rankGallery } from "../../src/challenge/rank-gallery.js";
import { scoreSubmission } from "../../src/challenge/score.js";
import { submissionLines } from "../../src/challenge/submission.js";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Progress } from "../../src/core/progress.js";
import { Random } from "../../src/core/random.js";

describe("compareRankings", () => {
  it("scores each ranking as its submission, and says what it costs", async () => {
    const engine = onnxEngine("cpu");
    const random = new Random(2);
    const side = (n: number) => {
      const relaxedCodes = { data: random.normals(n * 16), shape: [n, 16] };
      return {
        relaxedCodes,
        codes: packCodes(binarize(relaxedCodes)),
        features: { data: random.normals(n * 50), shape: [n, 50] },
      };
    };
    const labels = (n: number) => Int32Array.from({ length: n }, () => random.integer(6));
    const sides = { queries: side(70), database: side(40) };
    const set = {
      names: {
        queries: Array.from({ length: 70 }, (_, i) => `q${i}`),
        gallery: Array.from({ length: 40 }, (_, i) => `g${i}`),
      },
      labels: { queries: labels(70), gallery: labels(40) },
    };
    const methods = [
      { ranking: "hamming" },
      { ranking: "features" },
      { ranking: "cosine", shortlist: 20 },
      { ranking: "euclidean", reciprocal: {} },
    ] as const;
    const candidates = methods.map(method => ({ name: JSON.stringify(method), sides, method }));
    const seen: Progress[] = [];
    const results = await compareRankings(set, candidates, { engine, onProgress: progress => seen.push(progress) });
    expect(seen.map(({ done, total }) => `${done}/${total}`)).toEqual(["1/4", "2/4", "3/4", "4/4"]);
    for (const [i, result] of results.entries()) {
      const ranked = await rankGallery(sides, { engine, ...methods[i] });
      expect(result.ranked).toEqual(ranked);
      const lines = submissionLines(ranked, set.names.queries, set.names.gallery);
      expect(result.score).toEqual(scoreSubmission(lines, set.names, set.labels));
      const mean = result.perQuery.reduce((sum, { top1, averagePrecision }) => sum + (top1 + averagePrecision) / 2, 0);
      expect(mean / result.perQuery.length).toBeCloseTo(result.score.score, 12);
      expect(result.msPerQuery).toBeGreaterThan(0);
    }
    const rows = rankingRows(results);
    expect(rows.map(row => row["bytes/image"])).toEqual([2, 200, 64 + 2, 64]);
    expect(rows[0]).toMatchObject({
      method: '{"ranking":"hamming"}',
      "top-1": Number(results[0].score.top1.toFixed(3)),
    });
  });
});
