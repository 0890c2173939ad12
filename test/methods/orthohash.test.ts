import fc from "fast-check";
import { orthohash } from "../../src/methods/orthohash.js";
import { describeLoss, dot, mean, negativeLogShare } from "./method-suite.js";

describeLoss(orthohash, {
  options: fc.record({
    scale: fc.constantFrom(1, 8),
    margin: fc.constantFrom(0, 0.2),
    centres: fc.constantFrom("bernoulli" as const, "hadamard" as const),
  }),
  naive: ({ codes, labels, options: { scale, margin }, arrays: { centres } }) =>
    mean(
      codes.map((v, i) => {
        const logits = centres.map((o, c) => {
          const cosine = dot(v, o) / Math.sqrt(dot(v, v) * dot(o, o));
          return scale * (cosine - margin * labels[i][c]);
        });
        const count = labels[i].reduce((sum, has) => sum + has, 0);
        return labels[i].reduce((sum, has, c) => (has ? sum + negativeLogShare(logits, c) / count : sum), 0);
      }),
    ),
});
