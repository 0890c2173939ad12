import type { LeakReport } from "../challenge/leak-check.js";
import type { Display } from "../core/display.js";
import { countText } from "../core/size-text.js";
import { summaryBundle } from "./summary.js";

/** Pairs that are named. */
const NAMED = 5;

/** Pictures that stand on two sides: how many, and the first of them by their places. */
export const leaksDisplay: Display<LeakReport> = {
  name: "leaks",
  is: (value): value is LeakReport => {
    const { sameFile, near, transformed, pairs } = (value ?? {}) as LeakReport;
    return [sameFile, near, transformed].every(count => typeof count === "number") && Array.isArray(pairs);
  },
  mime: ({ sameFile, near, transformed, pairs, radius, bits }) => {
    const first = pairs.slice(0, NAMED).map(pair => `${pair.first} and ${pair.second}`);
    const places = [...first, ...(pairs.length > NAMED ? ["…"] : [])].join("; ");
    return summaryBundle({
      title: "Leaks",
      about: `${countText(sameFile + near + transformed)} pairs of pictures that are one`,
      facts: {
        "equal files": countText(sameFile),
        "near-duplicates": `${countText(near)} (at most ${radius} of ${bits} bits differ)`,
        "cropped, mirrored, turned, framed": countText(transformed),
        "places in the first set and the second": places,
      },
    });
  },
};
