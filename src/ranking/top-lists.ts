import { InputError } from "../core/errors.js";

/**
 * The k best items of many rows while scores come in: a heap a row, the worst of those kept in front. Items of a row have to
 * come in ascending order, so that at equal scores the earlier one stays. Memory: rows × k × 8 bytes.
 */
export class TopLists {
  /** (rows,) what a score has to exceed to be kept; NaN, which nothing is compared with, until a row has k items. */
  readonly least: Float32Array;
  private readonly items: Int32Array; // (rows, k)
  private readonly scores: Float32Array; // (rows, k)
  private readonly kept: Int32Array; // (rows,)

  /** @param k places a row, 1 or more */
  constructor(
    rows: number,
    readonly k: number,
  ) {
    this.least = new Float32Array(rows).fill(Number.NaN);
    this.items = new Int32Array(rows * k);
    this.scores = new Float32Array(rows * k);
    this.kept = new Int32Array(rows);
  }

  /**
   * Takes an item in. Ask `!(score <= least[row])` before: it is the quick answer for almost all.
   * @throws {InputError} when the score is NaN
   */
  put(row: number, item: number, score: number): void {
    if (Number.isNaN(score)) throw new InputError("a score is NaN", { actual: `NaN for item ${item}` });
    const base = row * this.k;
    const kept = this.kept[row];
    if (kept < this.k) {
      this.items[base + kept] = item;
      this.scores[base + kept] = score;
      this.rise(base, kept);
      this.kept[row] = kept + 1;
      if (kept + 1 === this.k) this.least[row] = this.scores[base];
      return;
    }
    this.items[base] = item;
    this.scores[base] = score;
    this.sink(base);
    this.least[row] = this.scores[base];
  }

  /**
   * Offers the scores of items that follow each other.
   * @param scores (items,) @param first the item of scores[0]
   * @throws {InputError} when one of them is NaN
   */
  offer(row: number, scores: Float32Array, first: number = 0): void {
    let least = this.least[row];
    for (let at = 0; at < scores.length; at++) {
      if (scores[at] <= least) continue;
      this.put(row, first + at, scores[at]);
      least = this.least[row];
    }
  }

  /** What is kept of a row, best first, ties by ascending item; copied. */
  list(row: number): { readonly indices: Int32Array; readonly scores: Float32Array } {
    const base = row * this.k;
    const places = Int32Array.from({ length: this.kept[row] }, (_, place) => base + place);
    places.sort((a, b) => this.scores[b] - this.scores[a] || this.items[a] - this.items[b]);
    return {
      indices: places.map(place => this.items[place]),
      scores: Float32Array.from(places, place => this.scores[place]),
    };
  }

  /** Whether what lies at a is behind what lies at b. */
  private isWorse(a: number, b: number): boolean {
    const { scores, items } = this;
    return scores[a] < scores[b] || (scores[a] === scores[b] && items[a] > items[b]);
  }

  private swap(a: number, b: number): void {
    const { scores, items } = this;
    [items[a], items[b]] = [items[b], items[a]];
    [scores[a], scores[b]] = [scores[b], scores[a]];
  }

  private rise(base: number, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isWorse(base + at, base + parent)) return;
      this.swap(base + at, base + parent);
      at = parent;
    }
  }

  private sink(base: number): void {
    let at = 0;
    for (;;) {
      let worst = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2; child++) {
        if (child < this.k && this.isWorse(base + child, base + worst)) worst = child;
      }
      if (worst === at) return;
      this.swap(base + at, base + worst);
      at = worst;
    }
  }
}
