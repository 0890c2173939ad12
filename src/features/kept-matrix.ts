import type { TypedArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { ImageBatch } from "../images/preprocessed-batches.js";
import type { FeatureManifest } from "./feature-manifest.js";

/** The array that a data folder keeps, a row an image: features, or codes that a model made of them. */
export interface KeptMatrix {
  readonly name: "features.npy" | "codes.npy";
  /** Type of the values as NumPy writes it: float32, or bytes of packed codes. */
  readonly descr: "<f4" | "|u1";
  readonly shape: readonly [rows: number, columns: number];
}

/** What a data folder with this manifest keeps. */
export function keptMatrix({ shape, codes }: Pick<FeatureManifest, "shape" | "codes">): KeptMatrix {
  if (codes === undefined) return { name: "features.npy", descr: "<f4", shape };
  return { name: "codes.npy", descr: "|u1", shape: [shape[0], Math.ceil(codes.bits / 8)] };
}

/** Makes codes of features, so that these need not be kept. */
export interface FeatureCoder {
  /** What the manifest says of the codes. */
  readonly codes: NonNullable<FeatureManifest["codes"]>;
  /**
   * @param features (rows, dim)
   * @returns packed, (rows, bytesPerCode)
   */
  codesOf(features: Float32Array): Promise<Uint8Array>;
}

/** Where a batch lies in those of the whole dataset. */
export interface BatchPlace {
  /** Images of a batch, as many as a call takes. */
  readonly images: number;
  /** Place of the first image in its batch. */
  readonly slot: number;
}

/**
 * What is kept of a batch: its features, or their codes; bits of images that could not be read are 0. Codes are computed
 * in whole batches, each image in its place, so that shards have the bits of one run.
 * @param features (rows, dim)
 * @throws {InputError} when codes are to be made of a feature that is not finite, of an image that could be read
 */
export async function keptValues(
  features: Float32Array,
  { rows, failed }: Pick<ImageBatch, "rows" | "failed">,
  { images, slot, coder }: BatchPlace & { readonly coder?: FeatureCoder },
): Promise<TypedArray> {
  if (coder === undefined) return features;
  const dim = features.length / rows.length;
  const whole = new Float32Array(images * dim); // (images, dim)
  whole.set(features, slot * dim);
  const missing = failed.map(({ row }) => rows.indexOf(row));
  for (const place of missing) whole.fill(0, (slot + place) * dim, (slot + place + 1) * dim);
  checkFinite(whole, { dim, slot, rows });
  const codes = await coder.codesOf(whole); // (images, bytesPerCode)
  const width = codes.length / images;
  const values = codes.slice(slot * width, (slot + rows.length) * width);
  for (const place of missing) values.fill(0, place * width, (place + 1) * width);
  return values;
}

/** @throws {InputError} where the network gave no finite feature of an image that could be read */
function checkFinite(
  features: Float32Array,
  { dim, slot, rows }: { readonly dim: number; readonly slot: number; readonly rows: Int32Array },
): void {
  const at = features.findIndex(value => !Number.isFinite(value));
  if (at < 0) return;
  throw new InputError("the network gives no feature of an image, so there is no code", {
    expected: "finite values",
    actual: `${features[at]} in row ${rows[Math.floor(at / dim) - slot]} of the dataset`,
  });
}
