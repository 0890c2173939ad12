// The losses of the papers in plain float64 loops, to compare with and to differentiate numerically.

export interface NaiveOptions {
  readonly alpha?: number;
  readonly gamma?: number;
  readonly lambda?: number;
  readonly epsilon?: number;
  readonly weighting?: "class-balanced" | "none";
  readonly pairs?: "distinct" | "all";
}

type Rows = readonly (readonly number[])[];

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

function length(a: readonly number[]): number {
  return Math.sqrt(dot(a, a) + 1e-8);
}

/** Mean over counted pairs of w_ij · term(i, j). */
function naivePairMean(
  similarity: Rows,
  { weighting = "class-balanced", pairs = "distinct" }: NaiveOptions,
  term: (i: number, j: number) => number,
): number {
  const counted: [number, number][] = [];
  for (let i = 0; i < similarity.length; i++) {
    for (let j = 0; j < similarity.length; j++) if (i !== j || pairs === "all") counted.push([i, j]);
  }
  const similarPairs = counted.filter(([i, j]) => similarity[i][j] === 1).length;
  let sum = 0;
  for (const [i, j] of counted) {
    const ofKind = similarity[i][j] === 1 ? similarPairs : counted.length - similarPairs;
    sum += (weighting === "none" ? 1 : counted.length / ofKind) * term(i, j);
  }
  return counted.length === 0 ? 0 : sum / counted.length;
}

export function naiveHashNet(h: Rows, similarity: Rows, options: NaiveOptions = {}): number {
  const alpha = options.alpha ?? 10 / h[0].length;
  return naivePairMean(similarity, options, (i, j) => {
    const x = alpha * dot(h[i], h[j]);
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - similarity[i][j] * x;
  });
}

export function naiveDch(h: Rows, similarity: Rows, options: NaiveOptions = {}): number {
  const { gamma = 20, lambda = 0.1, epsilon = 0.001 } = options;
  const bits = h[0].length;
  const crossEntropy = naivePairMean(similarity, options, (i, j) => {
    const d = (bits / 2) * (1 - dot(h[i], h[j]) / (length(h[i]) * length(h[j]))) + epsilon;
    return similarity[i][j] * Math.log(d / gamma) + Math.log(1 + gamma / d);
  });
  const quantization = h.map(row => {
    const cosine = row.reduce((sum, value) => sum + Math.abs(value), 0) / (length(row) * Math.sqrt(bits));
    return Math.log(1 + ((bits / 2) * (1 - cosine)) / gamma);
  });
  return crossEntropy + (lambda * quantization.reduce((sum, q) => sum + q, 0)) / h.length;
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
