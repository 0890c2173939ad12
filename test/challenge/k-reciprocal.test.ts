import { describe, expect, it } from "vitest";
import { ReciprocalRanking } from "../../src/challenge/k-reciprocal.js";
import { neighbourGraph } from "../../src/challenge/neighbour-graph.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { Random } from "../../src/core/random.js";
import { denseDistance, denseEncodings } from "./dense-reciprocal.js";

const engine = onnxEngine("cpu");
const [QUERIES, GALLERY, DIM] = [9, 200, 3];

describe("ReciprocalRanking", () => {
  // λ = 0: distances decide among equals alone; 1: they decide all, and no image can be passed over early
  it.each([0, 0.1, 0.3, 0.8, 1])("ranks as one who compares the query with every image: λ %d", async lambda => {
    const vectors = { data: new Random(8).normals((QUERIES + GALLERY) * DIM), shape: [QUERIES + GALLERY, DIM] };
    const graph = await neighbourGraph(vectors, 13, { engine });
    const ranking = await ReciprocalRanking.open(graph, QUERIES, { k1: 12, k2: 4, lambda });
    const encodings = denseEncodings(graph, 12, 4);
    for (let q = 0; q < QUERIES; q++) {
      const images = Array.from({ length: GALLERY }, (_, image) => {
        const [own, theirs] = [encodings[q], encodings[QUERIES + image]];
        const least = own.reduce((sum, value, item) => sum + Math.min(value, theirs[item]), 0);
        const most = own.reduce((sum, value, item) => sum + Math.max(value, theirs[item]), 0);
        const original = denseDistance(graph, q, QUERIES + image);
        return { image, original, final: (1 - lambda) * (1 - least / most) + lambda * original };
      });
      const byOriginal = [...images].sort((a, b) => a.original - b.original).map(({ image }) => image);
      const first = { indices: Int32Array.from(byOriginal), scores: new Float32Array(GALLERY) };
      const expected = [...images].sort(
        (a, b) => Math.fround(a.final) - Math.fround(b.final) || a.original - b.original || a.image - b.image,
      );
      const { indices, scores } = ranking.rank(q, 10, first);
      expect(Array.from(indices)).toEqual(expected.slice(0, 10).map(({ image }) => image));
      for (const [place, score] of scores.entries()) expect(score).toBeCloseTo(-expected[place].final, 5);
    }
  });
});
