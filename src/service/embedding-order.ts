// What is said between the service and the threads that compute for it.
import type { ImageInput } from "../datasets/image-input.js";
import type { NetworkSpec } from "./network-spec.js";
import type { RefusalCode } from "./refusal.js";

/** What codes are made of: an uploaded file, a picture of the gallery, or a feature that is known. */
export type EmbeddingSource =
  | { readonly kind: "upload"; readonly bytes: Uint8Array }
  | { readonly kind: "gallery"; readonly image: ImageInput }
  | { readonly kind: "feature"; readonly feature: Float32Array };

/** What a thread is told when it starts. */
export interface EmbeddingThreadData {
  readonly networks: readonly NetworkSpec[];
  /** The most pixels of an uploaded picture. */
  readonly pixels: number;
}

/** What a thread is to do. */
export interface EmbeddingOrder {
  readonly id: number;
  /** Place of the network. */
  readonly network: number;
  readonly source: EmbeddingSource;
}

/** Seconds of the work on a picture. */
export interface EmbeddingSeconds {
  readonly decode: number;
  readonly network: number;
  readonly head: number;
}

/** What a thread makes. */
export interface EmbeddedPicture {
  /** (dim,) */
  readonly feature: Float32Array;
  /** Of each head, (bits,). */
  readonly relaxed: readonly Float32Array[];
  /** Of an uploaded picture: its sides as its file has them. */
  readonly width?: number;
  readonly height?: number;
  readonly seconds: EmbeddingSeconds;
}

/** What a thread answers. */
export type EmbeddingNews =
  | { readonly kind: "ready" }
  | { readonly kind: "made"; readonly id: number; readonly made: EmbeddedPicture }
  | { readonly kind: "refused"; readonly id: number; readonly code: RefusalCode; readonly message: string }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };
