import type { Views } from "../images/preprocessing.js";

/**
 * How the map before the pooled end becomes one vector: its mean, or the generalised mean with exponent p ≥ 1,
 * (mean of max(x, 10⁻⁶)^p)^(1/p) (GeM: Radenović, Tolias, Chum, "Fine-tuning CNN image retrieval with no human
 * annotation", TPAMI 2018, eq. 2); 1 is the average.
 */
export type Pooling = "average" | { readonly gem: number };

/** How a network makes features of images, as `extract` takes it. */
export interface FeatureSettings {
  /** As for `openBackbone`. Default efficientnet-lite0. */
  readonly backbone?: string;
  /** Side of the network's input, in pixels. Default: as the network wants it. */
  readonly size?: number;
  /** Squares of an image that are averaged. Default "centre". */
  readonly views?: Views;
  /**
   * Sides as multiples of `size`, such as [0.71, 1, 1.41]: the feature is the mean of those of all sides, each of length
   * 1. Default: `size` alone.
   */
  readonly scales?: readonly number[];
  /** Default "average"; "learned" learns GeM's exponent on labelled images. */
  readonly pool?: Pooling | "learned";
  /** Default "fp32". */
  readonly precision?: "fp32" | "int8";
}

/** Features of several networks or settings side by side: each part of length 1 times its weight, then joined. */
export interface JoinedFeatures {
  /** Two or more. */
  readonly join: readonly {
    readonly features: FeatureSettings;
    /** Above 0. Default 1. */
    readonly weight?: number;
  }[];
}
