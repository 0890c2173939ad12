/** Some of the items are marked; some are drawn, without replacement. */
export interface Drawing {
  readonly items: number;
  /** 0..items */
  readonly marked: number;
  /** 0..items */
  readonly drawn: number;
}

/** Chances below this share of the largest are left out. */
const NEGLIGIBLE = 1e-20;

/**
 * Visits each number of marked items that may be among those drawn, with its chance. From the likeliest number outwards,
 * by the ratio of neighbouring chances, so that nothing overflows however many items there are.
 */
export function eachHypergeometric(drawing: Drawing, visit: (hits: number, chance: number) => void): void {
  const { items, marked, drawn } = drawing;
  const least = Math.max(0, drawn + marked - items);
  const most = Math.min(marked, drawn);
  const likeliest = Math.min(most, Math.max(least, Math.floor(((drawn + 1) * (marked + 1)) / (items + 2))));
  const weights = new Map([[likeliest, 1]]);
  let total = 1;
  for (let h = likeliest, weight = 1; h < most && weight > NEGLIGIBLE; h++) {
    weight *= ((marked - h) * (drawn - h)) / ((h + 1) * (items - marked - drawn + h + 1));
    weights.set(h + 1, weight);
    total += weight;
  }
  for (let h = likeliest, weight = 1; h > least && weight > NEGLIGIBLE; h--) {
    weight *= (h * (items - marked - drawn + h)) / ((marked - h + 1) * (drawn - h + 1));
    weights.set(h - 1, weight);
    total += weight;
  }
  for (const [hits, weight] of weights) visit(hits, weight / total);
}
