import { figureAxis } from "./figure-layout.js";

/** Settings of figures whose axes are of shares, 0..1. */
export interface SpanOptions {
  /**
   * What such axes span: "data": what the curves do, to the next tenth or, where that is little, twentieth; an axis starts
   * at 0 where that costs little room, and elsewhere says where it does; "unit": 0 to 1. Default: data.
   */
  range?: "data" | "unit";
}

/** Nothing of a figure is lost to speak of by an axis from 0 where the lowest value is below this part of the highest. */
const FROM_ZERO = 0.3;

/**
 * An axis for values, most of them shares in 0..1.
 * @param values all that is drawn along it, with what bars and bands reach
 */
export function spanAxis(name: string, values: readonly number[], { range = "data" }: SpanOptions = {}): object {
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  if (low < 0 || high > 1) return figureAxis(name, { rangemode: "tozero" }); // no shares
  return range === "unit" ? axisOf(name, 0, 1) : axisOf(name, ...spanOf(low, high));
}

/** The part of 0..1 that holds all values, to the next tenth; twentieths where that leaves three tenths or less. */
function spanOf(low: number, high: number): [number, number] {
  const step = high - low <= 0.25 ? 20 : 10;
  // 0.3 · 10 is 3.0000000000000004 in floating point
  const [from, to] = [Math.floor(low * step + 1e-9) / step, Math.ceil(high * step - 1e-9) / step];
  const start = low < FROM_ZERO * high ? 0 : Math.max(0, Math.min(from, 1 - 1 / step));
  return [start, Math.min(1, Math.max(to, start + 1 / step))];
}

function axisOf(name: string, low: number, high: number): object {
  const title = low === 0 ? name : `${name} (axis from ${low})`;
  const room = 0.02 * (high - low);
  const dtick = high - low <= 0.15 ? 0.02 : high - low <= 0.3 ? 0.05 : high - low <= 0.6 ? 0.1 : 0.2;
  // where it starts at 0, at 0; elsewhere a little before, so that no curve lies on the edge
  return figureAxis(title, { range: [low === 0 ? 0 : low - room, high + room], dtick });
}
