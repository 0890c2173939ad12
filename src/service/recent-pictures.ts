/**
 * What was made of the pictures that came last: a page that compares two models sends each picture twice, at once or one
 * after the other, and a network that both share computes it once.
 */
export class RecentPictures<T> {
  private readonly made: Map<string, Promise<T>> = new Map();
  /** Pictures that were found. */
  private hits: number = 0;

  /** @param most pictures that are remembered, 0 or more */
  constructor(private readonly most: number) {}

  /** How often nothing had to be made. */
  get found(): number {
    return this.hits;
  }

  /** What was or is being made by this key, else what `make` makes; failures are not remembered. */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    if (this.most === 0) return make();
    const known = this.made.get(key);
    if (known !== undefined) {
      this.hits++;
      this.made.delete(key);
      this.made.set(key, known); // now the newest
      return known;
    }
    const making = make();
    this.made.set(key, making);
    making.catch(() => this.made.get(key) === making && this.made.delete(key));
    for (const oldest of this.made.keys()) {
      if (this.made.size <= this.most) break;
      this.made.delete(oldest);
    }
    return making;
  }
}
