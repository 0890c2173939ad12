import type { Convention, ConventionName, PublishedQuery } from "./published.js";
import { conventionOf, publishedAveragePrecision } from "./published.js";

interface Sum {
  readonly convention: Convention;
  /** Absent: all of the ranking. */
  readonly cutoff?: number;
  sum: number;
  count: number;
}

/** The mAP of published codes, a query at a time. */
export class PublishedMeans {
  private readonly sums: readonly Sum[];
  private mostRelevant: number = 0;

  /** @param cutoffs the R of mAP@R, beside "all" */
  constructor(names: readonly ConventionName[], cutoffs: readonly number[]) {
    this.sums = names
      .map(conventionOf)
      .flatMap(convention => [undefined, ...cutoffs].map(cutoff => ({ convention, cutoff, sum: 0, count: 0 })));
  }

  add(query: PublishedQuery): void {
    this.mostRelevant = Math.max(this.mostRelevant, query.relevantRanks.length);
    for (const entry of this.sums) {
      const value = publishedAveragePrecision(entry.convention, query, entry.cutoff);
      if (value === undefined) continue;
      entry.sum += value;
      entry.count++;
    }
  }

  /** By convention, then by cutoff, "all" for none; NaN, as there, where a code leaves out all queries. */
  means(): Record<string, Record<string, number>> {
    const means: Record<string, Record<string, number>> = {};
    for (const { convention, cutoff = "all", sum, count } of this.sums) {
      means[convention.name] ??= {};
      means[convention.name][cutoff] = sum / count;
    }
    return means;
  }

  /** What the codes' authors say against these figures, a sentence each. */
  caveats(): string[] {
    return this.sums.flatMap(({ convention, cutoff }) => {
      const caveat = cutoff === undefined ? undefined : convention.caveat?.(cutoff, this.mostRelevant);
      return caveat === undefined ? [] : [`${convention.name} ${caveat}`];
    });
  }
}
