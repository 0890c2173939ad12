import { shownNumber } from "../core/shown-number.js";
import type { SettingEffect } from "./setting-effects.js";

/** A row of the table of effects. (A type, not an interface: tables take objects with any keys.) */
export type EffectRow = {
  readonly method: string;
  readonly setting: string;
  /** The values that were tried, with the mean of each. */
  readonly tried: string;
  readonly measure: string;
  /** The largest mean minus the smallest. */
  readonly moves: number;
  /** Deviation over seeds, all else being equal. */
  readonly "seeds move": number;
  /** Corrected for the number of rows that were computed together. */
  readonly p: string;
};

/** Below this an effect is told. */
const LEVEL = 0.05;

/** Rows for a table in a cell, numbers rounded to what is significant. */
export function effectRows(effects: readonly SettingEffect[]): EffectRow[] {
  return effects.map(({ title, setting, measure, levels, range, noise, corrected }) => ({
    method: title,
    setting,
    tried: levels.map(({ value, mean }) => `${value}: ${shownNumber(mean)}`).join(", "),
    measure,
    moves: Number(shownNumber(range)),
    "seeds move": Number(shownNumber(noise)),
    p: shownP(corrected),
  }));
}

/** A sentence an effect, for people: what it does, held against what seeds do, and whether that can be told. */
export function effectSentences(effects: readonly SettingEffect[]): string[] {
  return effects.map(({ title, setting, measure, levels, range, noise, corrected }) => {
    const byMean = [...levels].sort((a, b) => b.mean - a.mean);
    const [best, worst] = [byMean[0], byMean[byMean.length - 1]];
    const seeds = `over seeds ± ${shownNumber(noise)}`;
    if (corrected >= LEVEL) {
      return `${title}: no effect of ${setting} on ${measure} can be told (${shownNumber(range)} between ${best.value} and ${worst.value}; ${seeds}; p = ${shownP(corrected)}).`;
    }
    const from = `from ${shownNumber(worst.mean)} at ${worst.value} to ${shownNumber(best.mean)} at ${best.value}`;
    return `${title}: **${setting} moves ${measure} by ${shownNumber(range)}**, ${from} (${seeds}; p ${equals(shownP(corrected))}).`;
  });
}

function shownP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

function equals(p: string): string {
  return p.startsWith("<") ? p : `= ${p}`;
}
