import type { NdArray } from "../core/arrays.js";
import { takeRows } from "../core/arrays.js";
import type { TrainingData } from "./training-data.js";

/** Features on their way to a process: room for all of them, or some of their rows. */
export type FeaturesOrder =
  | { readonly kind: "features"; readonly shape: readonly number[] }
  /** @property values (rows.length, dim) */
  | { readonly kind: "rows"; readonly rows: Int32Array; readonly values: Float32Array };

/** Rows a message: what is on its way is held twice. */
const ROWS_A_MESSAGE = 4096;

/**
 * Which rows of which features a process has been sent. It gets the rows that a training reads, in their places: a study of a
 * million items of which five thousand are learned from sends five thousand.
 */
export class FeaturesOfProcess {
  private features: TrainingData["features"] | undefined;
  private has = new Uint8Array();

  /** Whether it has rows of these features, and maybe all that is needed. */
  isOf(features: TrainingData["features"]): boolean {
    return this.features === features;
  }

  /** What has to be sent before a training on this data. */
  *missing({ features, train, validation }: TrainingData): Generator<FeaturesOrder> {
    if (!this.isOf(features)) {
      this.features = features;
      this.has = new Uint8Array(features.shape[0]);
      yield { kind: "features", shape: features.shape };
    }
    const parts = [train, validation?.query ?? [], validation?.database ?? []];
    const rows = this.note(parts);
    for (let from = 0; from < rows.length; from += ROWS_A_MESSAGE) {
      const some = rows.slice(from, from + ROWS_A_MESSAGE);
      yield { kind: "rows", rows: some, values: takeRows(features, some).data };
    }
  }

  /** Takes down that it has these rows. @returns those that it had not, each once */
  private note(parts: readonly ArrayLike<number>[]): Int32Array {
    const rows: number[] = [];
    for (const part of parts) {
      for (let i = 0; i < part.length; i++) {
        if (this.has[part[i]] === 1) continue;
        this.has[part[i]] = 1;
        rows.push(part[i]);
      }
    }
    return Int32Array.from(rows);
  }
}

/** In the process: room for features. A row that is never written takes no memory, and is never read. */
export function roomForFeatures(shape: readonly number[]): NdArray<Float32Array> {
  return { data: new Float32Array(shape.reduce((product, side) => product * side, 1)), shape };
}

/** In the process: puts rows where they belong. */
export function placeRows(
  { data, shape: [, dim] }: NdArray<Float32Array>,
  { rows, values }: FeaturesOrder & { readonly kind: "rows" },
): void {
  for (let i = 0; i < rows.length; i++) data.set(values.subarray(i * dim, (i + 1) * dim), rows[i] * dim);
}
