/** Something unusual about the files of a dataset that is no error: the official DIGIX has several. */
export interface Oddity {
  /** In words, plural: "lines of label.txt that come twice". */
  readonly what: string;
  readonly count: number;
  /** The first few, as they stand in the files. */
  readonly examples: readonly string[];
}

/** Examples kept of each kind. */
const EXAMPLES = 3;

/** Collects oddities while a dataset is read. */
export class OddityList {
  private readonly found = new Map<string, { count: number; examples: string[] }>();

  note(what: string, example: string): void {
    const one = this.found.get(what) ?? { count: 0, examples: [] };
    one.count++;
    if (one.examples.length < EXAMPLES) one.examples.push(example);
    this.found.set(what, one);
  }

  /** In the order in which each kind was first met. */
  list(): Oddity[] {
    return Array.from(this.found, ([what, { count, examples }]) => ({ what, count, examples }));
  }
}

/** One line for people: `3 product folders without images: DIGIX_001453, DIGIX_001639, DIGIX_002284`. */
export function oddityText({ what, count, examples }: Oddity): string {
  return `${count} ${what}: ${examples.join(", ")}${count > examples.length ? ", …" : ""}`;
}
