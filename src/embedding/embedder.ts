import type { PackedCodes } from "../codes/packed-codes.js";
import type { Abortable } from "../core/abort.js";
import type { NdArray } from "../core/arrays.js";
import type { ImageInput } from "../datasets/image-input.js";

/** What an embedder makes of an image. */
export interface Embedding {
  /** (dim,) */
  readonly feature: Float32Array;
  /** One code, as a gallery takes it for a query; undefined without a head, or where its output is no code. */
  readonly code?: PackedCodes;
}

/** Of many images: (images, dim), and their codes. */
export interface Embeddings {
  readonly features: NdArray<Float32Array>;
  readonly codes?: PackedCodes;
}

/** A backbone and a head, compiled once and kept: images in, features and codes out. */
export interface Embedder {
  /** Length of a feature. */
  readonly dim: number;
  /** Of a code; undefined where there are none. */
  readonly bits?: number;
  /** @throws {InputError} when the image cannot be decoded */
  embed(image: ImageInput, options?: Abortable): Promise<Embedding>;
  /** In the order in which they come; decoding runs ahead of the network, memory is that of a few batches. */
  embedStream(
    images: Iterable<ImageInput> | AsyncIterable<ImageInput>,
    options?: Abortable,
  ): AsyncGenerator<Embedding, void>;
  /** All at once. */
  embedAll(images: readonly ImageInput[], options?: Abortable): Promise<Embeddings>;
  /**
   * Gives the memory of its programs back, when images that are being embedded are done. It cannot embed afterwards: a
   * stream that is not at its end, and what comes later, are refused with an InputError.
   */
  close(): Promise<void>;
}
