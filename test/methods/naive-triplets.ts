// Batch-hard triplets in loops.
import type { TripletOptions } from "../../src/methods/triplet.js";
import { dot, mean, similarity } from "./method-suite.js";

type Rows = readonly (readonly number[])[];

interface Triplets {
  /** d(a, p) − d(a, n) of each anchor that has both. */
  readonly gaps: readonly number[];
  /** All distances of pairs, of anchors by candidates of one kind. */
  readonly candidates: readonly (readonly number[])[];
}

function tripletsOf(codes: Rows, labels: Rows, distance: TripletOptions["distance"]): Triplets {
  const vectors = codes.map(row => (distance === "unit" ? row.map(x => x / Math.sqrt(dot(row, row))) : row));
  const alike = similarity(labels);
  const gaps: number[] = [];
  const candidates: number[][] = [];
  vectors.forEach((a, i) => {
    const distances = (kind: number): number[] =>
      vectors.flatMap((b, j) => (j !== i && alike[i][j] === kind ? [Math.hypot(...a.map((x, k) => x - b[k]))] : []));
    const [positive, negative] = [distances(1), distances(0)];
    if (positive.length === 0 || negative.length === 0) return;
    gaps.push(Math.max(...positive) - Math.min(...negative));
    candidates.push(positive, negative);
  });
  return { gaps, candidates };
}

/** The loss: 0 without an anchor that has a positive and a negative. */
export function naiveTriplets(codes: Rows, labels: Rows, { margin, distance }: TripletOptions): number {
  const { gaps } = tripletsOf(codes, labels, distance);
  if (gaps.length === 0) return 0;
  return mean(gaps.map(gap => (margin === undefined ? Math.log1p(Math.exp(gap)) : Math.max(gap + margin, 0))));
}

/** Whether the farthest and the nearest are so for certain, no distance is near 0, and no hinge near its corner. */
export function areSmoothTriplets(codes: Rows, labels: Rows, { margin, distance }: TripletOptions): boolean {
  const { gaps, candidates } = tripletsOf(codes, labels, distance);
  const apart = candidates.every(distances => {
    const sorted = [...distances].sort((a, b) => a - b);
    return sorted.every((value, i) => value > 0.05 && (i === 0 || value - sorted[i - 1] > 1e-3));
  });
  return apart && (margin === undefined || gaps.every(gap => Math.abs(gap + margin) > 1e-3));
}
