import fc from "fast-check";
import { dpsh } from "../../src/methods/dpsh.js";
import { describeLoss, dot, mean, similarity } from "./method-suite.js";

describeLoss(dpsh, {
  options: fc.record({ eta: fc.constantFrom(0, 0.1, 3), pairs: fc.constantFrom("distinct" as const, "all" as const) }),
  naive: ({ codes, labels, options: { eta, pairs } }) => {
    const similar = similarity(labels);
    const terms = codes.flatMap((u, i) =>
      codes.flatMap((v, j) => {
        const theta = dot(u, v) / 2;
        return pairs === "distinct" && i === j ? [] : [Math.log(1 + Math.exp(theta)) - similar[i][j] * theta];
      }),
    );
    return mean(terms) + eta * mean(codes.flat().map(u => (u - Math.sign(u)) ** 2));
  },
});
