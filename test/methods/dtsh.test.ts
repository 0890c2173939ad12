import fc from "fast-check";
import { dtsh } from "../../src/methods/dtsh.js";
import { describeLoss, dot, mean, similarity } from "./method-suite.js";

describeLoss(dtsh, {
  options: fc.record({
    margin: fc.constantFrom(undefined, 0, 5),
    scale: fc.constantFrom(0.5, 1),
    lambda: fc.constantFrom(0, 1),
    pairs: fc.constantFrom("distinct" as const, "all" as const),
  }),
  naive: ({ codes, labels, options: { margin = codes[0].length / 2, scale, lambda, pairs } }) => {
    const similar = similarity(labels);
    const items: number[] = [];
    codes.forEach((q, i) => {
      const terms: number[] = [];
      codes.forEach((p, j) => {
        if (similar[i][j] === 0 || (pairs === "distinct" && i === j)) return;
        codes.forEach((n, k) => {
          const x = scale * (dot(q, p) - dot(q, n)) - margin;
          if (similar[i][k] === 0) terms.push(Math.log(1 + Math.exp(-x)));
        });
      });
      if (terms.length > 0) items.push(mean(terms));
    });
    const likelihood = items.length > 0 ? mean(items) : 0;
    return likelihood + lambda * mean(codes.flat().map(u => (u - Math.sign(u)) ** 2));
  },
});
