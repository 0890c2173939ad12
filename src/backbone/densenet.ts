// Densely connected networks (Huang, Liu, van der Maaten, Weinberger, CVPR 2017, arXiv 1608.06993), the form with
// bottlenecks and compression (DenseNet-BC), as torchvision has it and with its names, which timm shares.
import * as tf from "@tensorflow/tfjs";
import type { Architecture, Layer } from "./architecture.js";
import { convolve } from "./convolve.js";
import type { Weights } from "./resnet.js";

/** Depths that ImageNet weights exist for, with 32 channels a layer. */
export type DenseNetDepth = 121 | 169 | 201;

/** Layers of each of the four dense blocks (table 1 of the paper). */
const REPEATS: Readonly<Record<DenseNetDepth, readonly [number, number, number, number]>> = {
  121: [6, 12, 24, 16],
  169: [6, 12, 32, 32],
  201: [6, 12, 48, 32],
};

const STEM_CHANNELS = 64;
/** Channels that each layer adds to what it reads, k in the paper. */
const GROWTH = 32;
/** Channels between the two convolutions of a layer. */
const BOTTLENECK = 4 * GROWTH;

/** A layer of a dense block: it reads all that came before it in the block, and adds to it. */
interface DenseLayer {
  readonly name: string;
  readonly input: number;
}

interface DenseBlock {
  readonly layers: readonly DenseLayer[];
  /** The 1×1 convolution behind the block, which halves the channels, before places are halved. The last has none. */
  readonly transition?: string;
  readonly output: number;
}

function blocksOf(depth: DenseNetDepth): DenseBlock[] {
  let channels = STEM_CHANNELS;
  return REPEATS[depth].map((repeats, at) => {
    const layers = Array.from({ length: repeats }, (_, i) => {
      return { name: `features.denseblock${at + 1}.denselayer${i + 1}`, input: channels + i * GROWTH };
    });
    const output = channels + repeats * GROWTH;
    channels = output / 2;
    return { layers, output, ...(at < 3 ? { transition: `features.transition${at + 1}` } : {}) };
  });
}

function blockLayers({ layers, transition, output }: DenseBlock): Layer[] {
  const inside = layers.flatMap(({ name, input }): Layer[] => [
    { alone: `${name}.norm1`, channels: input },
    { conv: `${name}.conv1`, norm: `${name}.norm2`, shape: [BOTTLENECK, input, 1, 1], depthwise: false },
    { conv: `${name}.conv2`, shape: [GROWTH, BOTTLENECK, 3, 3], depthwise: false },
  ]);
  if (transition === undefined) return inside;
  return [
    ...inside,
    { alone: `${transition}.norm`, channels: output },
    { conv: `${transition}.conv`, shape: [output / 2, output, 1, 1], depthwise: false },
  ];
}

/** A batch norm that stands alone, and ReLU: a convolution of each channel with one number. */
function normAndRelu(x: tf.Tensor4D, weights: Weights, name: string): tf.Tensor4D {
  return convolve(x, weights, name, { depthwise: true, activation: "relu" });
}

function applyBlock(x: tf.Tensor4D, weights: Weights, { layers, transition }: DenseBlock): tf.Tensor4D {
  let all = x;
  for (const { name } of layers) {
    const read = normAndRelu(all, weights, `${name}.norm1`);
    const inner = convolve(read, weights, `${name}.conv1`, { activation: "relu" }); // (batch, height, width, 128)
    all = tf.concat([all, convolve(inner, weights, `${name}.conv2`, { pad: 1 })], 3); // 32 channels more
  }
  if (transition === undefined) return all;
  const halved = convolve(normAndRelu(all, weights, `${transition}.norm`), weights, `${transition}.conv`);
  return tf.avgPool(halved, 2, 2, "valid");
}

/**
 * DenseNet-121, -169 or -201 for 224×224 pixels: 1024, 1664 or 1920 features, the average of the last block behind its
 * batch norm and ReLU. `norm5` is that map, flattened: for DenseNet-169 (7, 7, 1664), 326 KB an image.
 */
export function densenet(depth: DenseNetDepth): Architecture {
  const blocks = blocksOf(depth);
  const dim = blocks[3].output;
  return {
    name: `densenet${depth}`,
    dim,
    // torchvision's ImageClassification preset of the IMAGENET1K_V1 weights
    preprocessing: {
      resize: 256,
      crop: 224,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      interpolation: "bilinear",
    },
    normEpsilon: 1e-5,
    layers: [
      { conv: "features.conv0", norm: "features.norm0", shape: [STEM_CHANNELS, 3, 7, 7], depthwise: false },
      ...blocks.flatMap(blockLayers),
      { alone: "features.norm5", channels: dim },
    ],
    unused: /^classifier\.|\.num_batches_tracked$/,
    earlier: { norm5: [7, 7, dim] },
    map(images, weights) {
      const stem = convolve(images, weights, "features.conv0", { stride: 2, pad: 3, activation: "relu" });
      let x = tf.maxPool(stem, 3, 2, 1); // (batch, 56, 56, 64); the border is zeros, which after ReLU wins nowhere
      for (const block of blocks) x = applyBlock(x, weights, block);
      return normAndRelu(x, weights, "features.norm5"); // (batch, 7, 7, dim)
    },
  };
}
