// Spectral hashing: Weiss, Torralba, Fergus, NIPS 2008.
import * as tf from "@tensorflow/tfjs";
import type { FittedMethod } from "./method.js";
import { centredProduct } from "./pcah.js";
import { alongAxes, principalAxes } from "./principal-axes.js";

/** Spectral hashing has no options. */
export type SpectralOptions = Readonly<Record<never, never>>;

/**
 * Signs of the eigenfunctions of the Laplacian of a uniform distribution on the box that the principal components fill
 * (section 3): bit = sign cos(k·π·(y_j − min_j)/(max_j − min_j)) for the pairs (component j, mode k) of the smallest
 * frequencies k/(max_j − min_j). As the authors' code: as many components as bits, bounds from the train rows, modes of
 * one component only. Bits are at most the dimensions of the features, where that code takes all components then.
 */
export const spectral: FittedMethod<SpectralOptions> = {
  kind: "fitted",
  name: "spectral",
  title: "Spectral hashing",
  source: 'Weiss, Torralba, Fergus, "Spectral Hashing", NIPS 2008, section 3',
  options: {},
  async fit(features, { bits, engine, random }) {
    const dim = features.shape[1];
    const { mean, axes } = await principalAxes(features, { count: bits, engine, random });
    const { data } = await alongAxes(features, { mean, axes }, { engine });
    const bounds = Array.from({ length: bits }, (_, j) => boundsOfColumn(data, bits, j));
    const modes = slowestModes(bounds);
    // y·ω − min·ω: the frequency goes into the axis and the bound into the phase
    const scaled = new Float32Array(bits * dim);
    const phases = new Float32Array(bits);
    modes.forEach(({ component, frequency }, bit) => {
      for (let i = 0; i < dim; i++) scaled[bit * dim + i] = frequency * axes.data[component * dim + i];
      phases[bit] = -frequency * bounds[component].low;
    });
    return { mean, axes: { data: scaled, shape: [bits, dim] }, phases: { data: phases, shape: [bits] } };
  },
  encode: (features, fitted) => tf.cos(tf.add<tf.Tensor2D>(centredProduct(features, fitted), fitted.phases)),
};

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function boundsOfColumn(data: Float32Array, width: number, column: number): Bounds {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = column; at < data.length; at += width) {
    low = Math.min(low, data[at]);
    high = Math.max(high, data[at]);
  }
  return { low, high };
}

/** One (component, mode) a bit, of the smallest frequencies ω = kπ/(high − low); of equal ones the earlier component's. */
function slowestModes(bounds: readonly Bounds[]): { component: number; frequency: number }[] {
  return bounds
    .flatMap(({ low, high }, component) =>
      bounds.map((_, mode) => ({ component, frequency: ((mode + 1) * Math.PI) / Math.max(high - low, 1e-30) })),
    )
    .sort((a, b) => a.frequency - b.frequency)
    .slice(0, bounds.length);
}
