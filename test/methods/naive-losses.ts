// The losses of the papers in plain float64 loops, to compare with and to differentiate numerically.

export interface NaiveOptions {
  readonly alpha?: number;
  readonly gamma?: number;
  readonly lambda?: number;
  readonly epsilon?: number;
  readonly proxy?: "cosine" | "squared-euclidean";
  readonly quantization?: "cauchy" | "quadratic";
  readonly weighting?: "class-balanced" | "similar-only" | "fixed" | "none";
  readonly similarWeight?: number;
  readonly pairs?: "distinct" | "all" | "partners";
  readonly reduction?: "mean" | "weighted-mean" | "sum";
  readonly graded?: boolean;
}

type Rows = readonly (readonly number[])[];

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

function length(a: readonly number[]): number {
  return Math.sqrt(dot(a, a) + 1e-8);
}

/** Mean (or what `reduction` says) over counted pairs of w_ij · term(i, j). */
function naivePairMean(
  similarity: Rows,
  { weighting = "class-balanced", similarWeight = 1, pairs = "distinct", reduction = "mean" }: NaiveOptions,
  term: (i: number, j: number) => number,
): number {
  const batch = similarity.length;
  const counted: [number, number][] = [];
  for (let i = 0; i < batch; i++) {
    for (let j = 0; j < batch; j++) {
      const counts = { distinct: i !== j, all: true, partners: Math.abs(i - j) === batch / 2 };
      if (counts[pairs]) counted.push([i, j]);
    }
  }
  const isSimilar = ([i, j]: readonly [number, number]): boolean => similarity[i][j] > 0;
  const similarPairs = counted.filter(isSimilar).length;
  const similarOfAll = similarity.flat().filter(s => s > 0).length;
  let sum = 0;
  let weights = 0;
  for (const [i, j] of counted) {
    const similar = isSimilar([i, j]);
    const weight = {
      "class-balanced": counted.length / (similar ? similarPairs : counted.length - similarPairs),
      "similar-only": similar ? (batch * batch) / similarOfAll : 1,
      fixed: similar ? similarWeight : 1,
      none: 1,
    }[weighting];
    sum += weight * term(i, j);
    weights += weight;
  }
  if (counted.length === 0 || reduction === "sum") return sum;
  return sum / (reduction === "mean" ? counted.length : weights);
}

export function naiveHashNet(h: Rows, similarity: Rows, options: NaiveOptions = {}): number {
  const alpha = options.alpha ?? 10 / h[0].length;
  return naivePairMean(similarity, options, (i, j) => {
    const x = alpha * dot(h[i], h[j]);
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - similarity[i][j] * x;
  });
}

export function naiveDch(h: Rows, similarity: Rows, options: NaiveOptions = {}): number {
  const { gamma = 20, lambda = 0.1, epsilon = 0.001, proxy = "cosine", quantization = "cauchy" } = options;
  const bits = h[0].length;
  const crossEntropy = naivePairMean(similarity, options, (i, j) => {
    const cosine = dot(h[i], h[j]) / (length(h[i]) * length(h[j]));
    const squares = h[i].reduce((sum, value, k) => sum + (value - h[j][k]) ** 2, 0);
    const d = (proxy === "cosine" ? (bits / 2) * (1 - cosine) : squares / 4) + epsilon;
    return similarity[i][j] * Math.log(d / gamma) + Math.log(1 + gamma / d);
  });
  const errors = h.map(row => {
    if (quantization === "quadratic") return row.reduce((sum, value) => sum + (Math.abs(value) - 1) ** 2, 0) / bits;
    const cosine = row.reduce((sum, value) => sum + Math.abs(value), 0) / (length(row) * Math.sqrt(bits));
    return Math.log(1 + ((bits / 2) * (1 - cosine)) / gamma);
  });
  const items = options.reduction === "sum" ? 1 : h.length;
  return crossEntropy + (lambda * errors.reduce((sum, q) => sum + q, 0)) / items;
}

/** Gradient of f at rows by central differences. */
export function finiteDifferences(f: (rows: number[][]) => number, rows: Rows, step = 1e-5): number[] {
  return rows.flatMap((row, i) =>
    row.map((_, k) => {
      const moved = (by: number): number[][] => rows.map((r, a) => r.map((v, b) => (a === i && b === k ? v + by : v)));
      return (f(moved(step)) - f(moved(-step))) / (2 * step);
    }),
  );
}
