import type { ConventionName } from "./published.js";
import { publishedAveragePrecision } from "./published.js";

/** The mAP of published codes, a query at a time. */
export class PublishedMeans {
  private readonly sums: { name: ConventionName; cutoff: string; sum: number; count: number }[];

  /** @param cutoffs "all" or the R of mAP@R */
  constructor(
    private readonly names: readonly ConventionName[],
    cutoffs: readonly string[],
  ) {
    this.sums = names.flatMap(name => cutoffs.map(cutoff => ({ name, cutoff, sum: 0, count: 0 })));
  }

  /** @param relevantRanks (P,) ranks from 1 of a query's relevant items, ascending */
  add(relevantRanks: Int32Array): void {
    for (const entry of this.sums) {
      const limit = entry.cutoff === "all" ? undefined : Number(entry.cutoff);
      const value = publishedAveragePrecision(entry.name, relevantRanks, limit);
      if (value === undefined) continue;
      entry.sum += value;
      entry.count++;
    }
  }

  /** By convention, then by cutoff; 0 where a code leaves out all queries. */
  means(): Record<string, Record<string, number>> {
    const of = (name: ConventionName): Record<string, number> => {
      const entries = this.sums.filter(entry => entry.name === name);
      return Object.fromEntries(entries.map(({ cutoff, sum, count }) => [cutoff, count === 0 ? 0 : sum / count]));
    };
    return Object.fromEntries(this.names.map(name => [name, of(name)]));
  }
}
