import type { Figure } from "../plots/figure.js";
import type { Measured } from "./measured-document.js";

/** The figures of what was measured, by what each curve is called. */
export async function evaluationFigures(curves: Readonly<Record<string, Measured>>): Promise<Record<string, Figure>> {
  const { resultFigures } = await import("../experiments/paper-figures.js");
  const results = Object.entries(curves).map(([title, { document, byRank }]) => ({
    ...{ method: title, title, bits: document.bits, evaluation: document, byRank },
    ...{ bytesPerItem: 0, trainSeconds: 0, evaluateSeconds: 0 }, // no figure shows them
  }));
  return resultFigures(results);
}
