import { Random } from "../core/random.js";
import type { SeedVariances } from "./seed-variances.js";
import { moderatedVariance, pooledSeedVariance } from "./seed-variances.js";
import { semidefiniteRoot } from "./semidefinite-root.js";
import type { EntryParts } from "./variance-parts.js";

/** What tables without differences are drawn by. */
export interface NullModel {
  readonly parts: readonly EntryParts[];
  /** Of what seed and query do together, in each entry's mean. */
  readonly errors: readonly number[];
  /** By entry, of its kind. */
  readonly variances: readonly SeedVariances[];
  /** As `queryCovariance` gives it. */
  readonly covariance: readonly Float64Array[];
}

/** Of a table: means, and the variance over seeds of each, as a test has them. */
export interface DrawnTable {
  /** (entries,) */
  readonly means: Float64Array;
  /** (entries,) moderated, of the mean over seeds. */
  readonly seedVariances: Float64Array;
  /** The variances over queries, as a multiple of those observed. */
  readonly queryScale: number;
}

/**
 * Draws tables of the kind observed but without differences between entries: a parametric bootstrap. Means vary by the
 * choice of queries (with the observed covariance) and of seeds (all entries of a kind alike), and each table brings
 * variances of its own, as uncertain as those observed. How large the common variance over seeds of a kind truly is, is
 * drawn too, from what the observed one leaves open (a fiducial draw: observed · df / χ²): with it the test keeps its
 * level at few seeds.
 */
export class NullDraws {
  private readonly random: Random;
  private readonly root: readonly Float64Array[];
  private readonly queries: number;
  private spare: Float32Array = new Float32Array();
  private at: number = 0;

  constructor(
    private readonly model: NullModel,
    seed: number,
  ) {
    this.random = new Random(seed).stream("tables without differences");
    this.root = semidefiniteRoot(model.covariance);
    this.queries = model.parts[0].byQuery.length;
  }

  next(): DrawnTable {
    const { parts, errors, variances } = this.model;
    const common = new Map([...new Set(variances)].map(kind => [kind, this.drawTruth(kind)]));
    // Of one seed, never below what seed and query do together.
    const truths = parts.map(({ fixed, seeds }, m) =>
      fixed ? 0 : Math.max(common.get(variances[m])!, errors[m] * seeds),
    );
    const means = this.drawMeans();
    const drawn = parts.map(({ seeds, fixed }, m) => {
      means[m] += this.normal() * Math.sqrt(Math.max(0, truths[m] / seeds - errors[m]));
      const seedVariance = fixed || seeds === 1 ? undefined : truths[m] * this.meanSquare(seeds - 1);
      return { seeds, fixed, seedVariance };
    });
    const pooled = new Map([...common.keys()].map(kind => [kind, pooledSeedVariance(drawn, kind.members).pooled]));
    const seedVariances = Float64Array.from(drawn, (part, m) => {
      return moderatedVariance(part, part.seedVariance ?? 0, pooled.get(variances[m])!) / part.seeds;
    });
    return { means, seedVariances, queryScale: this.meanSquare(this.queries - 1) };
  }

  /** A variance over seeds that the observed one may come from. */
  private drawTruth({ pooled, freedom }: SeedVariances): number {
    return freedom === 0 ? 0 : pooled / this.meanSquare(freedom);
  }

  private normal(): number {
    if (this.at === this.spare.length) [this.spare, this.at] = [this.random.normals(4096), 0];
    return this.spare[this.at++];
  }

  /** (entries,) with the covariance over queries. */
  private drawMeans(): Float64Array {
    const z = Float64Array.from(this.root, () => this.normal());
    return Float64Array.from(this.root, row => row.reduce((sum, value, i) => sum + value * z[i], 0));
  }

  /** χ² of so many degrees of freedom, divided by them. */
  private meanSquare(freedom: number): number {
    // Wilson and Hilferty, 1931: within 0.1 % from here on.
    if (freedom > 40) return (1 - 2 / (9 * freedom) + this.normal() * Math.sqrt(2 / (9 * freedom))) ** 3;
    let sum = 0;
    for (let i = 0; i < freedom; i++) sum += this.normal() ** 2;
    return sum / freedom;
  }
}
