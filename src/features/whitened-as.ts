import { createHash } from "node:crypto";
import type { JsonSchema } from "../core/json-schema.js";
import { COUNT, NUMBER, objectOf, TEXT } from "../core/json-schema.js";
import type { FeatureWhitening } from "./whitening.js";

/** How features of a folder were whitened, as its manifest says it. */
export interface WhitenedAs {
  /** Length of the features before. */
  readonly from: number;
  /** Directions kept. */
  readonly dim: number;
  readonly shrinkage: number;
  /** What it was fitted to: rows of the features of a dataset. */
  readonly fittedTo: { readonly dataset: string; readonly contentHash: string; readonly rows: number };
  /** SHA-256 of mean and directions. */
  readonly sha256: string;
}

/** {@link WhitenedAs} in files. */
export const WHITENED_SCHEMA: JsonSchema = objectOf({
  from: COUNT,
  dim: COUNT,
  shrinkage: NUMBER,
  fittedTo: objectOf({ dataset: TEXT, contentHash: TEXT, rows: COUNT }),
  sha256: TEXT,
});

/** What a manifest says of a whitening. */
export function whitenedAs(whitening: FeatureWhitening, fittedTo: WhitenedAs["fittedTo"]): WhitenedAs {
  const { mean, directions, shrinkage } = whitening;
  const [dim, from] = directions.shape;
  const hash = createHash("sha256");
  for (const { data } of [mean, directions]) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { from, dim, shrinkage, fittedTo, sha256: hash.digest("hex") };
}
