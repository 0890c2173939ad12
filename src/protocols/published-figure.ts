/** A figure that somebody published on a protocol: to stand beside ours, never to be taken for ours. */
export interface PublishedFigure {
  /** Its name as ours: "hashnet", "dch", "lsh". */
  readonly method: string;
  readonly bits: number;
  /** 0..1. */
  readonly value: number;
  /** What was measured: "mAP@5000", "mAP@all", "MAP@H≤2". */
  readonly metric: string;
  /** The network, and whether it was trained with the hash layer. */
  readonly backbone: string;
  /** Paper or repository, and where in it. */
  readonly source: string;
  /** True where the figure was written down from memory and not looked up since. */
  readonly fromMemory?: true;
}

/** What the figures of one row have in common. */
export type FigureOrigin = Omit<PublishedFigure, "bits" | "value">;

/**
 * A row of a published table: one method at several lengths.
 * @param values of each number of bits
 */
export function figures(origin: FigureOrigin, values: Readonly<Record<number, number>>): PublishedFigure[] {
  return Object.entries(values).map(([bits, value]) => ({ ...origin, bits: Number(bits), value }));
}

/** AlexNet, its convolutions trained on with the hash layer: what nearly all tables of the field were made with. */
export const ALEXNET = "AlexNet, trained end to end";

const SWUXYJ = {
  backbone: ALEXNET,
  source:
    "github.com/swuxyj/DeepHash-pytorch, README or the method's file: its own runs, the best epoch on the queries",
} as const;

/**
 * What DeepHash-pytorch says of its own runs at 48 bits: the epoch is chosen by the mAP of the test queries.
 * @param metric as it measures on that data
 * @param values of each method
 */
export function deepHashPytorchFigures(metric: string, values: Readonly<Record<string, number>>): PublishedFigure[] {
  return Object.entries(values).map(([method, value]) => ({ ...SWUXYJ, method, metric, bits: 48, value }));
}
