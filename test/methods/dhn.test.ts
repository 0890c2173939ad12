import fc from "fast-check";
import { dhn } from "../../src/methods/dhn.js";
import { describeLoss, dot, mean, similarity } from "./method-suite.js";

describeLoss(dhn, {
  options: fc.record({
    alpha: fc.constantFrom(0.2, 1),
    lambda: fc.constantFrom(0, 0.1, 3),
    pairs: fc.constantFrom("distinct" as const, "all" as const),
  }),
  naive: ({ codes, labels, options: { alpha, lambda, pairs } }) => {
    const similar = similarity(labels);
    const terms = codes.flatMap((h, i) =>
      codes.flatMap((k, j) => {
        const x = alpha * dot(h, k);
        return pairs === "distinct" && i === j ? [] : [Math.log(1 + Math.exp(x)) - similar[i][j] * x];
      }),
    );
    return mean(terms) + lambda * mean(codes.flat().map(h => Math.log(Math.cosh(Math.abs(h) - 1))));
  },
});
