import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { batchOf } from "../../src/methods/batch.js";
import { greedyhash } from "../../src/methods/greedyhash.js";
import { describeLoss, dot, mean, negativeLogShare } from "./method-suite.js";

describeLoss(greedyhash, {
  options: fc.record({ alpha: fc.constantFrom(0, 0.1, 1) }),
  severalClasses: false,
  naive: ({ codes, at, labels, options: { alpha }, arrays: { classifier } }) => {
    // the sign of where the gradient is asked for, moved as the codes are: what a straight-through gradient is that of
    const b = codes.map((row, i) => row.map((z, k) => (at[i][k] >= 0 ? 1 : -1) + z - at[i][k]));
    const entropy = b.map((row, i) =>
      negativeLogShare(
        classifier.map(w => dot(w, row)),
        labels[i].indexOf(1),
      ),
    );
    return mean(entropy) + alpha * mean(codes.flat().map(z => Math.abs(Math.abs(z) - 1) ** 3));
  },
});

it("refuses items with several classes", () => {
  tf.tidy(() => {
    const batch = batchOf({
      labels: tf.tensor2d([
        [1, 1, 0],
        [0, 1, 0],
      ]),
      ...{ bits: 2, classes: 3, inputDim: 1, z: tf.zeros([2, 2]) as tf.Tensor2D },
      rows: tf.tensor1d([0, 1], "int32"),
      constants: {},
      parameters: {},
    });
    const loss = (): unknown =>
      greedyhash.loss(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        batch,
        { alpha: 0.1 },
      );
    expect(loss).toThrow(InputError);
    expect(loss).toThrow(/one class an item/);
  });
});
