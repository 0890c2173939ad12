import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { OptionsSchema } from "../core/options.js";
import type { Random } from "../core/random.js";

/** Which items meet in a batch. */
export interface BatchOptions {
  /**
   * "uniform": the shuffled rows, cut into batches; the last is filled up with rows of the first. "balanced": `perClass`
   * images of as many classes as fill the batch (P × M), for thousands of classes with few images each, where a uniform
   * batch holds no similar pair. "pairs": the second half of the batch are partners of the first, about half of them of
   * the same class.
   */
  readonly kind: "uniform" | "balanced" | "pairs";
  /** M of "balanced", at least 2; a smaller class gives all it has. Default 4. */
  readonly perClass: number;
}

export const BATCH_OPTIONS: OptionsSchema<BatchOptions> = {
  kind: {
    enum: ["uniform", "balanced", "pairs"],
    default: "uniform",
    description:
      "shuffled rows cut into batches; perClass images of as many classes as fill a batch, for thousands of classes; or rows and their partners, about half of them similar",
  },
  perClass: { type: "integer", minimum: 2, maximum: 1e6, default: 4, description: 'of "balanced"' },
};

/** What batches are drawn from. */
export interface BatchSource {
  /** Labels of all rows. */
  readonly labels: Labels;
  /** Rows to draw from. */
  readonly train: Int32Array;
  /** Items a batch. */
  readonly batch: number;
}

/** Items that a train row brings into its batch: itself, and its partner. */
const ITEMS_A_ROW: Readonly<Record<BatchOptions["kind"], number>> = { uniform: 1, balanced: 1, pairs: 2 };

/** Items a batch: as many as asked for, or all there are. @param rows number of train rows */
export function batchSize(asked: number, rows: number, { kind }: Pick<BatchOptions, "kind">): number {
  return Math.min(asked, ITEMS_A_ROW[kind] * rows);
}

/** Number of batches that an epoch has: enough for each row to come once, the last filled up. */
export function batchesPerEpoch(
  { train, batch }: Omit<BatchSource, "labels">,
  { kind }: Pick<BatchOptions, "kind">,
): number {
  return Math.ceil(train.length / (batch / ITEMS_A_ROW[kind]));
}

/**
 * The batches of one epoch.
 * @param random a stream for this epoch alone, so that a training can be taken up at any epoch
 * @returns rows, (batches, batch), row-major
 * @throws {InputError} when the batch cannot be filled
 */
export function epochBatches(source: BatchSource, options: BatchOptions, random: Random): Int32Array {
  switch (options.kind) {
    case "balanced":
      return balancedBatches(source, options, random);
    case "pairs":
      return pairBatches(source, random);
    case "uniform": {
      const count = batchesPerEpoch(source, options) * source.batch;
      return filledOrder(source.train.length, count, random).map(at => source.train[at]);
    }
  }
}

/** 0..n−1 in random order, gone on with from its start until there are `count`; count − n < n. */
function filledOrder(n: number, count: number, random: Random): Int32Array {
  const order = random.permutation(n);
  return Int32Array.from({ length: count }, (_, i) => order[i % n]);
}

/**
 * P × M batches: classes come in shuffled order, each gives its next `perClass` members, until the batch is full; no
 * row comes twice in a batch. Members and classes are shuffled anew when they have all been used.
 */
export function balancedBatches(
  source: BatchSource,
  { perClass }: Pick<BatchOptions, "perClass">,
  random: Random,
): Int32Array {
  const { train, batch } = source;
  const classes = trainRowsByClass(source).map(rows => new Deck(rows, random));
  const order = new Deck(Int32Array.from(classes.keys()), random);
  const labelled = new Set(classes.flatMap(({ cards }) => Array.from(cards))).size;
  if (labelled < batch) {
    throw new InputError("a balanced batch cannot be filled", {
      expected: `at least ${batch} labelled train rows`,
      actual: `${labelled} of ${train.length}`,
    });
  }
  const rows = new Int32Array(batchesPerEpoch(source, { kind: "balanced" }) * batch);
  for (let from = 0; from < rows.length; from += batch) {
    const inBatch = new Set<number>();
    while (inBatch.size < batch) {
      const deck = classes[order.draw()];
      const wanted = Math.min(inBatch.size + perClass, batch);
      for (let tries = deck.cards.length; tries > 0 && inBatch.size < wanted; tries--) inBatch.add(deck.draw());
    }
    rows.set(Array.from(inBatch), from);
  }
  return rows;
}

/**
 * Batches of pairs: each train row once in the first half of a batch (some twice to fill the last), its partner in the same place of the second half.
 * With probability 1/2 the partner is another row of the same class, drawn from the whole class and never the row
 * itself; else a row of another class. A row that has no such partner gets one of the other kind.
 */
export function pairBatches(source: BatchSource, random: Random): Int32Array {
  const { train, batch } = source;
  if (batch % 2 !== 0 || train.length < 2) {
    throw new InputError("batches of pairs cannot be filled", {
      expected: "an even batch and at least 2 train rows",
      actual: `batch ${batch}, ${train.length} train rows`,
    });
  }
  const half = batch / 2;
  const partnerOf = partners(source, random);
  const count = batchesPerEpoch(source, { kind: "pairs" });
  const order = filledOrder(train.length, count * half, random);
  const rows = new Int32Array(count * batch);
  for (let from = 0, next = 0; from < rows.length; from += batch) {
    for (let i = 0; i < half; i++, next++) {
      rows[from + i] = train[order[next]];
      rows[from + half + i] = partnerOf(rows[from + i]);
    }
  }
  return rows;
}

/** Draws a partner for a row. */
function partners({ labels, train, ...rest }: BatchSource, random: Random): (row: number) => number {
  const classes = trainRowsByClass({ labels, train, ...rest });
  const classesOf = new Map<number, number[]>();
  classes.forEach((rows, c) => {
    for (const row of rows) classesOf.set(row, [...(classesOf.get(row) ?? []), c]);
  });
  const shareClass = (a: number, b: number): boolean =>
    (classesOf.get(a) ?? []).some(c => (classesOf.get(b) ?? []).includes(c));
  const draw = (from: Int32Array, fits: (candidate: number) => boolean): number | undefined => {
    for (let tries = 0; tries < ATTEMPTS; tries++) {
      const candidate = from[random.integer(from.length)];
      if (fits(candidate)) return candidate;
    }
    return from.find(fits);
  };
  return row => {
    const own = (classesOf.get(row) ?? []).filter(c => classes[c].length > 1);
    const similar = (): number | undefined =>
      own.length === 0 ? undefined : draw(classes[own[random.integer(own.length)]], candidate => candidate !== row);
    const dissimilar = (): number | undefined =>
      draw(train, candidate => candidate !== row && !shareClass(row, candidate));
    const [first, second] = random.uniform() < 0.5 ? [similar, dissimilar] : [dissimilar, similar];
    return first() ?? second() ?? train.find(candidate => candidate !== row)!;
  };
}

/** Draws of a partner before all candidates are looked through. */
const ATTEMPTS = 100;

/** Cards drawn one after the other, shuffled anew when all are drawn. */
class Deck {
  private order: Int32Array = new Int32Array();
  private next = 0;

  constructor(
    readonly cards: Int32Array,
    private readonly random: Random,
  ) {}

  draw(): number {
    if (this.next >= this.order.length) {
      this.order = this.random.permutation(this.cards.length);
      this.next = 0;
    }
    return this.cards[this.order[this.next++]];
  }
}

/** The train rows of each class that has any; a multi-label row is in several. */
function trainRowsByClass({ labels, train }: BatchSource): Int32Array[] {
  const classes = new Map<number, number[]>();
  const add = (label: number, row: number): void => {
    const rows = classes.get(label);
    if (rows === undefined) classes.set(label, [row]);
    else rows.push(row);
  };
  for (const row of train) {
    if (labels instanceof Int32Array) add(labels[row], row);
    else {
      for (let c = 0; c < labels.classes; c++) {
        if ((labels.words[row * labels.wordsPerItem + (c >>> 5)] >>> (c & 31)) & 1) add(c, row);
      }
    }
  }
  const inOrder = [...classes.entries()].sort(([a], [b]) => a - b);
  return inOrder.map(([, rows]) => Int32Array.from(rows));
}
