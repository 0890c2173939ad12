import type { Backbone } from "../backbone/backbone.js";
import { poolingText } from "../backbone/pooling.js";
import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import { scalesText } from "../images/scales.js";
import { summaryBundle } from "./summary.js";

/** A backbone: what it takes and gives. Its weights are counted, not shown. */
export const backboneDisplay: Display<Backbone> = {
  name: "backbone",
  is: (value): value is Backbone => {
    const { name, dim, preprocessing, weightsHash } = (value ?? {}) as Backbone;
    return typeof name === "string" && typeof dim === "number" && !!preprocessing && typeof weightsHash === "string";
  },
  mime: ({ name, dim, layer, pool, preprocessing, weights, weightsHash, assumptions = [] }) => {
    const { crop, resize, mean, std } = preprocessing;
    const size = Object.values(weights).reduce((sum, { data }) => sum + data.length, 0);
    return summaryBundle({
      title: "Backbone",
      about: `${name}, features of ${countText(dim)} values`,
      facts: {
        layer,
        pooling: pool && poolingText(pool),
        input: `${crop} × ${crop} pixels, RGB, after a resize to ${resize}${scalesText(preprocessing)}`,
        normalisation: `mean ${numbersText(mean)}; deviation ${numbersText(std)}`,
        weights: `${size === 0 ? "" : `${countText(size)}, `}sha-256 ${weightsHash.slice(0, 12)}…`,
      },
      notes: assumptions,
    });
  },
};

function numbersText(values: readonly number[]): string {
  return values.map(value => Number(value.toPrecision(4))).join(", ");
}
