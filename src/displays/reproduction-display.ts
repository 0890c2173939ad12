import type { Display } from "../core/display.js";
import { shownNumber } from "../core/shown-number.js";
import type { Reproduction, RunReproduction } from "../reproduction/reproduction.js";

/** Records that were run again: the verdict on each, and what is not as it was. */
export const reproductionDisplay: Display<Reproduction> = {
  name: "reproduction",
  is: (value): value is Reproduction => {
    const { study, runs, tolerance, holds } = (value ?? {}) as Reproduction;
    return (
      typeof study === "string" && Array.isArray(runs) && typeof tolerance === "number" && typeof holds === "boolean"
    );
  },
  async mime(reproduction) {
    const { changedTexts, verdictsText } = await import("../reproduction/reproduction-words.js");
    const { rowsBundle } = await import("./rows-bundle.js");
    const { study, runs } = reproduction;
    const changed = changedTexts(reproduction);
    const notes = [
      `Study **${study}**, run again: ${verdictsText(reproduction)}.`,
      ...(changed.length === 0 ? ["All is as it was."] : changed.map(what => `Not as it was: ${what}`)),
    ];
    return rowsBundle(runs.map(rowOf), notes);
  },
};

function rowOf({ name, verdict, furthest, seeds, seconds }: RunReproduction): Record<string, string | number> {
  const isMoved = furthest !== undefined && furthest.now !== furthest.recorded;
  const reach = furthest?.seedReach;
  return {
    run: name,
    verdict,
    furthest: isMoved ? furthest.measure : "–",
    recorded: isMoved ? shownNumber(furthest.recorded, 4) : "–",
    now: isMoved ? shownNumber(furthest.now, 4) : "–",
    "another seed": isMoved && reach !== undefined ? `± ${shownNumber(reach, 4)}, by ${seeds}` : "–",
    seconds: shownNumber(seconds, 1),
  };
}
