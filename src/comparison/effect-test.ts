import { Random } from "../core/random.js";

/** Runs that are alike but for one setting and the seed. */
export interface Block {
  readonly values: Float64Array;
  /** Of each value: which of the tried values of the setting it has, from 0; each of them is there. */
  readonly levels: readonly number[];
}

/**
 * Analysis of variance of one setting within blocks: whether the means of its values lie further apart than runs do that
 * differ by nothing but their seed. F is the mean square between values, each block's own mean taken off, over that between
 * seeds; what it is without an effect is drawn, of normal values in the same blocks. An effect that turns round from
 * block to block is none by this.
 * @returns p; 1 where every run has settings of its own, since nothing says then what seeds do
 */
export function effectTest(blocks: readonly Block[], { draws, seed }: { draws: number; seed: number }): number {
  const observed = varianceRatio(blocks);
  if (observed === undefined) return 1;
  const random = new Random(seed).stream("effect test");
  let extreme = 1; // the observed one counts as a draw
  for (let draw = 0; draw < draws; draw++) {
    const drawn = blocks.map(({ levels }) => ({ levels, values: Float64Array.from(random.normals(levels.length)) }));
    if ((varianceRatio(drawn) as number) >= observed) extreme++;
  }
  return extreme / (draws + 1);
}

/** F; undefined without two seeds of any run. */
function varianceRatio(blocks: readonly Block[]): number | undefined {
  const levelCount = Math.max(...blocks.flatMap(({ levels }) => levels)) + 1;
  const between = { sums: new Float64Array(levelCount), counts: new Float64Array(levelCount) };
  let within = 0;
  let freedom = 0;
  for (const { values, levels } of blocks) {
    const sums = new Float64Array(levelCount);
    const counts = new Float64Array(levelCount);
    levels.forEach((level, i) => {
      sums[level] += values[i];
      counts[level]++;
    });
    const mean = sums.reduce((sum, one) => sum + one, 0) / values.length;
    levels.forEach((level, i) => {
      within += (values[i] - sums[level] / counts[level]) ** 2;
      between.sums[level] += values[i] - mean;
      between.counts[level]++;
    });
    freedom += values.length - levelCount;
  }
  if (freedom === 0) return undefined;
  const squares = between.sums.reduce((total, sum, level) => total + sum ** 2 / between.counts[level], 0);
  if (squares === 0) return 0;
  return squares / (levelCount - 1) / (within / freedom);
}

/**
 * Holm's step-down correction: the chance of even one false alarm among all is that of the corrected p.
 * @returns in the order of `pValues`, at most 1
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const corrected: number[] = [];
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.min(1, Math.max(least, pValues[at] * (pValues.length - rank)));
    corrected[at] = least;
  });
  return corrected;
}
