import type * as tf from "@tensorflow/tfjs";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import type { Engine } from "../../src/compute/program.js";
import { formulaBackbone, formulaPixels } from "./formula-weights.js";

/** What another implementation gives for weights and pixels by formula. */
export interface NetworkGoldens {
  readonly side: number;
  readonly images: number;
  /** Every eighth pooled feature of each image, by backbone. */
  readonly features: Record<string, number[]>;
  /** Means over channels at each place, by backbone and layer. */
  readonly layers: Record<string, Record<string, number[]>>;
}

/** What ours gives for them. @param layer default: the pooled end */
export async function runNetwork(
  engine: Engine,
  name: string,
  { side, images }: NetworkGoldens,
  layer?: string,
): Promise<{ data: Float32Array; shape: readonly number[] }> {
  const backbone = formulaBackbone(KNOWN_BACKBONES[name].architecture, side, layer);
  const program = await engine.prepare({
    inputs: { images: { shape: [images, side, side, 3], dtype: "float32" } },
    constants: backbone.weights,
    body: tensors => ({ features: backbone.forward(tensors.images as tf.Tensor4D, tensors) }),
  });
  const { features } = await program.run({ images: formulaPixels(side) });
  await program.dispose();
  return features;
}

/** Every eighth value of each row. */
export function thinned(data: Float32Array, width: number): number[] {
  return Array.from(data).filter((_, i) => (i % width) % 8 === 0);
}

/** Means over the last axis. */
export function channelMeans(data: Float32Array, channels: number): number[] {
  return Array.from({ length: data.length / channels }, (_, place) => {
    const values = data.subarray(place * channels, (place + 1) * channels);
    return values.reduce((sum, value) => sum + value, 0) / channels;
  });
}
