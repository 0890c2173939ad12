import fc from "fast-check";
import { arcface } from "../../src/methods/arcface.js";
import { describeLoss, dot, mean, negativeLogShare } from "./method-suite.js";

/** The angle between two vectors. */
function angle(a: readonly number[], b: readonly number[]): number {
  return Math.acos(Math.min(1, Math.max(-1, dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))));
}

describeLoss(arcface, {
  options: fc.record({
    scale: fc.constantFrom(1, 8, 64),
    margin: fc.constantFrom(0, 0.2, 1),
    margins: fc.constantFrom("all" as const, "acute" as const),
  }),
  severalClasses: false,
  naive: ({ codes, at, labels, options: { scale, margin, margins }, arrays: { classifier } }) =>
    mean(
      codes.map((v, i) => {
        const own = labels[i].indexOf(1);
        // on which side of the edge an angle lies is that of where the gradient is asked for
        const edge = angle(at[i], classifier[own]);
        const logits = classifier.map((w, c) => {
          const theta = angle(v, w);
          if (c !== own) return scale * Math.cos(theta);
          if (margins === "acute") return scale * Math.cos(edge <= Math.PI / 2 ? theta + margin : theta);
          return (
            scale * (edge <= Math.PI - margin ? Math.cos(theta + margin) : Math.cos(theta) - margin * Math.sin(margin))
          );
        });
        return negativeLogShare(logits, own);
      }),
    ),
});
