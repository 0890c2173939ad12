import type * as tf from "@tensorflow/tfjs";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import type { Preprocessing } from "../images/preprocessing.js";

/** A convolution without bias and the norm behind it, by their names in the weights file. */
export interface ConvolutionLayer {
  /** Name of the convolution; its filter is `<conv>.weight`. */
  readonly conv: string;
  /** Name of the batch norm: `<norm>.weight`, `.bias`, `.running_mean`, `.running_var`. Default: none is behind it. */
  readonly norm?: string;
  /**
   * Name of an instance norm of the first half of the channels, `<instanceNorm>.weight` and `.bias`; `norm` is then of
   * the others. It depends on the image, and stays beside the folded convolution. Default: none.
   */
  readonly instanceNorm?: string;
  /** Shape of the filter in the file, PyTorch's (out, in of a group, height, width). */
  readonly shape: readonly [number, number, number, number];
  /** Each channel is filtered on its own: `shape` is (channels, 1, height, width). */
  readonly depthwise: boolean;
}

/** A batch norm that stands in front of convolutions or at the end, where no convolution can take it in. */
export interface NormLayer {
  /** Its name: `<alone>.weight`, `.bias`, `.running_mean`, `.running_var`. */
  readonly alone: string;
  readonly channels: number;
}

/** What has weights in a network. */
export type Layer = ConvolutionLayer | NormLayer;

/** A convolutional network up to its pooled features, without weights. A new backbone is one value of this type. */
export interface Architecture {
  readonly name: string;
  /** Length of a feature. */
  readonly dim: number;
  readonly preprocessing: Preprocessing;
  /** What the batch norms add to the variance. */
  readonly normEpsilon: number;
  /** In the order of the network. */
  readonly layers: readonly Layer[];
  /** Names of tensors that a weights file may hold and features do not need, such as the classifier. */
  readonly unused: RegExp;
  /** Layers before the pooled one that features can be taken at: (height, width, channels) of their outputs. */
  readonly earlier?: Readonly<Record<string, readonly [number, number, number]>>;
  /**
   * The last map of a network, which is pooled to features: a pure tfjs function that can be traced.
   * @param images (batch, crop, crop, 3), preprocessed
   * @param weights folded, by name, as `foldBatchNorms` gives them
   * @param from the layer: "pool" (default), or one of `earlier`, which is a map before that
   * @returns (batch, height, width, dim), or (batch, height, width, channels)
   */
  map(images: tf.Tensor4D, weights: Readonly<Record<string, tf.Tensor>>, from?: string): tf.Tensor4D;
}

/** The tensors of a batch norm, behind its name and a dot: γ, β, μ, σ². */
export const NORM_PARTS = ["weight", "bias", "running_mean", "running_var"] as const;

/** The tensors an architecture needs, with their shapes, in the order of the network. */
export function expectedTensors({ layers }: Architecture): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const addNorm = (norm: string, channels: number): void => {
    for (const part of NORM_PARTS) shapes.set(`${norm}.${part}`, [channels]);
  };
  for (const layer of layers) {
    if ("alone" in layer) {
      addNorm(layer.alone, layer.channels);
      continue;
    }
    const { conv, norm, instanceNorm, shape } = layer;
    const instances = instanceChannels(layer);
    shapes.set(`${conv}.weight`, shape);
    for (const part of ["weight", "bias"]) if (instanceNorm) shapes.set(`${instanceNorm}.${part}`, [instances]);
    if (norm !== undefined) addNorm(norm, shape[0] - instances);
  }
  return shapes;
}

/** How many of a convolution's channels, from the first on, an instance norm is of. */
export function instanceChannels({ instanceNorm, shape }: ConvolutionLayer): number {
  return instanceNorm === undefined ? 0 : Math.floor(shape[0] / 2);
}

/**
 * Checks that tensors are the weights of an architecture: all of them, in their shapes, and nothing unknown.
 * @param file the name used in messages
 * @throws {InputError} naming the first tensor (in the order of the network) that is missing or misshapen, or an extra
 */
export function checkWeights(
  architecture: Architecture,
  tensors: Readonly<Record<string, NdArray<Float32Array>>>,
  file: string,
): void {
  const expected = expectedTensors(architecture);
  for (const [name, shape] of expected) {
    if (!Object.hasOwn(tensors, name)) {
      throw new InputError(`tensor "${name}" of ${architecture.name} is missing`, {
        file,
        expected: `shape (${shape.join(", ")})`,
        actual: `${Object.keys(tensors).length} other tensors`,
      });
    }
    if (tensors[name].shape.join() !== shape.join()) {
      throw new InputError(`tensor "${name}" is not that of ${architecture.name}`, {
        file,
        expected: `shape (${shape.join(", ")})`,
        actual: `(${tensors[name].shape.join(", ")})`,
      });
    }
  }
  const extra = Object.keys(tensors).find(name => !expected.has(name) && !architecture.unused.test(name));
  if (extra !== undefined) {
    throw new InputError(`tensor "${extra}" has no place in ${architecture.name}`, {
      file,
      expected: `the ${expected.size} tensors of the network`,
    });
  }
}
