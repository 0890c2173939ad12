import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import { Random } from "../../src/core/random.js";
import { matmulRanking } from "../../src/ranking/matmul-ranking.js";

// What it computes is tested in kernels.test.ts, with all other backends.
describe("matmulRanking", () => {
  const random = new Random(1);
  const codes = packedCodes(
    Uint8Array.from({ length: 400 }, () => random.integer(256)),
    64,
  );
  const labels = Int32Array.from({ length: 50 }, () => random.integer(3));

  const sides = { queries: { codes, labels }, database: { codes, labels } };

  it("leaves no tensors behind, also when it is left early", async () => {
    await eagerEngine("cpu");
    const { nearest, within, rankings } = matmulRanking<tf.Tensor2D>(tf);
    const before = tf.memory().numTensors;
    await nearest(sides, { k: 3 });
    await within(sides, { radius: 20 });
    for await (const _ of rankings(sides));
    for await (const _ of rankings(sides)) break;
    await expect(nearest(sides, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(tf.memory().numTensors).toBe(before);
  });
});
