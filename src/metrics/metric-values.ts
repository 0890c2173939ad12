import { InputError } from "../core/errors.js";
import type { QueryRanking } from "../ranking/query-ranking.js";
import { harmonicNumbers } from "./average-precision.js";
import { meanOf } from "./bootstrap.js";
import type { Metric, MetricContext } from "./metric.js";

/** The values of metrics, a query at a time. */
export class MetricValues {
  private readonly contexts: readonly MetricContext[];
  private readonly values: readonly Float64Array[];

  /** @param queries that may come @param items ranked */
  constructor(
    private readonly metrics: readonly Metric[],
    queries: number,
    items: number,
  ) {
    this.contexts = contextsOf(metrics, items);
    this.values = metrics.map(() => new Float64Array(queries));
  }

  /** @throws {InputError} when a metric gives no number */
  add(ranking: QueryRanking, at: number, query: number): void {
    for (const [i, metric] of this.metrics.entries()) {
      const value = metric.perQuery(ranking, this.contexts[i]);
      if (value === undefined) this.values[i][at] = Number.NaN;
      else if (typeof value === "number" && Number.isFinite(value)) this.values[i][at] = value;
      else {
        throw new InputError(`the metric "${metric.name}" gives no number`, {
          expected: "a finite number, or undefined to leave the query out",
          actual: `${value} for query ${query}`,
        });
      }
    }
  }

  /** By name, the values of the first `count` queries; NaN where a query was left out. */
  first(count: number): Record<string, Float64Array> {
    return Object.fromEntries(this.metrics.map(({ name }, i) => [name, this.values[i].subarray(0, count)]));
  }
}

/**
 * Means by name over the queries that a metric does not leave out.
 * @throws {InputError} when it leaves all out
 */
export function metricMeans(values: Readonly<Record<string, Float64Array>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, perQuery]) => [name, meanOfKept(name, perQuery)]));
}

function meanOfKept(name: string, values: Float64Array): number {
  const kept = values.filter(value => !Number.isNaN(value));
  if (kept.length > 0) return meanOf(kept);
  throw new InputError(`the metric "${name}" leaves all queries out, so it has no mean`, {
    actual: `${values.length} queries`,
  });
}

/** A context each, all with the same tables. */
function contextsOf(metrics: readonly Metric[], items: number): MetricContext[] {
  let harmonic: Float64Array | undefined;
  let discounts: Float64Array | undefined;
  return metrics.map(({ cutoff }) => ({
    cutoff,
    get harmonic() {
      harmonic ??= harmonicNumbers(items);
      return harmonic;
    },
    get discounts() {
      discounts ??= discountSums(items);
      return discounts;
    },
  }));
}

/** Σ_{i=1..n} 1 / log2(i + 1) for n = 0..count, summed with compensation (Kahan). */
function discountSums(count: number): Float64Array {
  const sums = new Float64Array(count + 1);
  let lost = 0;
  for (let i = 1; i <= count; i++) {
    const term = 1 / Math.log2(i + 1) - lost;
    sums[i] = sums[i - 1] + term;
    lost = sums[i] - sums[i - 1] - term;
  }
  return sums;
}
