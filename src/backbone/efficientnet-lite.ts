// EfficientNet-Lite: EfficientNet (Tan & Le, ICML 2019, arXiv 1905.11946) without squeeze-and-excitation, with ReLU6.
// Tables after tensorflow/tpu models/official/efficientnet/lite/efficientnet_lite_builder.py; names after timm's
// tf_efficientnet_lite0.
import * as tf from "@tensorflow/tfjs";
import type { Architecture, ConvolutionLayer } from "./architecture.js";
import { convolve } from "./convolve.js";

interface Stage {
  readonly repeats: number;
  readonly kernel: number;
  /** Stride of the first block; the others have 1. */
  readonly stride: number;
  /** Channels inside a block are `expansion` times those that enter it. */
  readonly expansion: number;
  readonly output: number;
}

const STEM_CHANNELS = 32;
const FEATURES = 1280;

const STAGES: readonly Stage[] = [
  { repeats: 1, kernel: 3, stride: 1, expansion: 1, output: 16 },
  { repeats: 2, kernel: 3, stride: 2, expansion: 6, output: 24 },
  { repeats: 2, kernel: 5, stride: 2, expansion: 6, output: 40 },
  { repeats: 3, kernel: 3, stride: 2, expansion: 6, output: 80 },
  { repeats: 3, kernel: 5, stride: 1, expansion: 6, output: 112 },
  { repeats: 4, kernel: 5, stride: 2, expansion: 6, output: 192 },
  { repeats: 1, kernel: 3, stride: 1, expansion: 6, output: 320 },
];

/** One inverted residual block: expand (unless the expansion is 1), filter depthwise, project. */
interface Block {
  readonly name: string;
  readonly kernel: number;
  readonly stride: number;
  readonly input: number;
  readonly inner: number;
  readonly output: number;
}

function blocksOf(stages: readonly Stage[]): Block[] {
  let input = STEM_CHANNELS;
  return stages.flatMap(({ repeats, kernel, stride, expansion, output }, stage) =>
    Array.from({ length: repeats }, (_, i) => {
      const name = `blocks.${stage}.${i}`;
      const block = { name, kernel, stride: i === 0 ? stride : 1, input, inner: input * expansion, output };
      input = output;
      return block;
    }),
  );
}

function layersOf(blocks: readonly Block[]): ConvolutionLayer[] {
  const pointwise = (conv: string, norm: string, input: number, output: number): ConvolutionLayer => {
    return { conv, norm, shape: [output, input, 1, 1], depthwise: false };
  };
  const inside = blocks.flatMap(({ name, kernel, input, inner, output }) => {
    const depthwise = (norm: string): ConvolutionLayer => {
      return { conv: `${name}.conv_dw`, norm, shape: [inner, 1, kernel, kernel], depthwise: true };
    };
    if (inner === input) {
      return [depthwise(`${name}.bn1`), pointwise(`${name}.conv_pw`, `${name}.bn2`, inner, output)];
    }
    return [
      pointwise(`${name}.conv_pw`, `${name}.bn1`, input, inner),
      depthwise(`${name}.bn2`),
      pointwise(`${name}.conv_pwl`, `${name}.bn3`, inner, output),
    ];
  });
  const last = blocks[blocks.length - 1].output;
  return [
    { conv: "conv_stem", norm: "bn1", shape: [STEM_CHANNELS, 3, 3, 3], depthwise: false },
    ...inside,
    pointwise("conv_head", "bn2", last, FEATURES),
  ];
}

function applyBlock(x: tf.Tensor4D, weights: Readonly<Record<string, tf.Tensor>>, block: Block): tf.Tensor4D {
  const { name, stride, input, inner, output } = block;
  const expands = inner !== input;
  const expanded = expands ? convolve(x, weights, `${name}.conv_pw`, { activation: "relu6" }) : x;
  const filtered = convolve(expanded, weights, `${name}.conv_dw`, { stride, depthwise: true, activation: "relu6" });
  const projected = convolve(filtered, weights, expands ? `${name}.conv_pwl` : `${name}.conv_pw`);
  return stride === 1 && input === output ? tf.add(projected, x) : projected;
}

const BLOCKS = blocksOf(STAGES);

/**
 * EfficientNet-Lite0: 224×224 pixels, 3.4 M parameters without the classifier, 1280 features (after the last 1×1
 * convolution, batch norm and ReLU6, averaged over the 7×7 places).
 */
export const EFFICIENTNET_LITE0: Architecture = {
  name: "efficientnet-lite0",
  dim: FEATURES,
  // efficientnet_lite_builder.py: MEAN_RGB 127, STDDEV_RGB 128 (on 0..255); preprocessing.py: crop fraction 0.875 of
  // the shorter side to 224, bicubic. Resizing to 256 and cropping 224 is the same field of view.
  preprocessing: {
    resize: 256,
    crop: 224,
    mean: [127 / 255, 127 / 255, 127 / 255],
    std: [128 / 255, 128 / 255, 128 / 255],
    interpolation: "bicubic",
  },
  normEpsilon: 1e-3,
  layers: layersOf(BLOCKS),
  unused: /^classifier\.|\.num_batches_tracked$/,
  map(images, weights) {
    let x = convolve(images, weights, "conv_stem", { stride: 2, activation: "relu6" }); // (batch, 112, 112, 32)
    for (const block of BLOCKS) x = applyBlock(x, weights, block);
    return convolve(x, weights, "conv_head", { activation: "relu6" }); // (batch, 7, 7, 1280)
  },
};
