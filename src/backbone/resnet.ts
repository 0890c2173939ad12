// Deep residual networks (He, Zhang, Ren, Sun, CVPR 2016, arXiv 1512.03385), in torchvision's form: the stride of a
// bottleneck lies in its 3×3 convolution ("v1.5"). Names after torchvision, which timm shares. And IBN-Net (Pan, Luo,
// Shi, Tang, ECCV 2018, arXiv 1807.09441) of kind a, as github.com/XingangPan/IBN-Net has it and with its names.
import * as tf from "@tensorflow/tfjs";
import type { Architecture, ConvolutionLayer } from "./architecture.js";
import { convolve } from "./convolve.js";
import { instanceNormalised } from "./instance-norm.js";

/** Weights of layers as tensors, by their names. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Depths that ImageNet weights exist for. */
export type ResNetDepth = 18 | 34 | 50 | 101 | 152;

/** Blocks in each of the four stages (table 1 of the paper). */
const REPEATS: Readonly<Record<ResNetDepth, readonly [number, number, number, number]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

const STEM_CHANNELS = 64;

interface Block {
  readonly name: string;
  readonly bottleneck: boolean;
  /** Of the first 3×3 convolution. */
  readonly stride: number;
  readonly input: number;
  /** Channels of the 3×3 convolutions. */
  readonly inner: number;
  readonly output: number;
  /** Half of the channels behind the first convolution are normalised within their image, not over images. */
  readonly ibn: boolean;
}

/** Settings of {@link resnet}. */
export interface ResNetOptions {
  /** Instance norm of half of the channels in each block of the first three stages (IBN-Net a). Default false. */
  readonly ibn?: boolean;
}

/** The blocks of each stage. */
function stagesOf(depth: ResNetDepth, { ibn = false }: ResNetOptions = {}): Block[][] {
  const bottleneck = depth >= 50;
  let input = STEM_CHANNELS;
  return REPEATS[depth].map((repeats, stage) =>
    Array.from({ length: repeats }, (_, i) => {
      const inner = STEM_CHANNELS * 2 ** stage;
      const output = bottleneck ? 4 * inner : inner;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      const name = `layer${stage + 1}.${i}`;
      const block = { name, bottleneck, stride, input, inner, output, ibn: ibn && stage < 3 };
      input = output;
      return block;
    }),
  );
}

/** The input of a block is added to its output; where their shapes differ, a 1×1 convolution adapts it. */
function adapts({ stride, input, output }: Block): boolean {
  return stride !== 1 || input !== output;
}

function layer(name: string, conv: string, norm: string, ...shape: ConvolutionLayer["shape"]): ConvolutionLayer {
  return { conv: `${name}${conv}`, norm: `${name}${norm}`, shape, depthwise: false };
}

function blockLayers(block: Block): ConvolutionLayer[] {
  const { bottleneck, input, inner, output, ibn } = block;
  const name = `${block.name}.`;
  const side = bottleneck ? 1 : 3;
  const first = ibn
    ? { ...layer(name, "conv1", "bn1.BN", inner, input, side, side), instanceNorm: `${name}bn1.IN` }
    : layer(name, "conv1", "bn1", inner, input, side, side);
  const inside = bottleneck
    ? [first, layer(name, "conv2", "bn2", inner, inner, 3, 3), layer(name, "conv3", "bn3", output, inner, 1, 1)]
    : [first, layer(name, "conv2", "bn2", output, inner, 3, 3)];
  return adapts(block) ? [...inside, layer(name, "downsample.0", "downsample.1", output, input, 1, 1)] : inside;
}

function applyBlock(x: tf.Tensor4D, weights: Weights, block: Block): tf.Tensor4D {
  const { name, bottleneck, stride, ibn } = block;
  const shortcut = adapts(block) ? convolve(x, weights, `${name}.downsample.0`, { stride, pad: 0 }) : x;
  const options = { ...(bottleneck ? { pad: 0 } : { stride, pad: 1 }), activation: ibn ? "linear" : "relu" } as const;
  const convolved = convolve(x, weights, `${name}.conv1`, options);
  const first = ibn ? tf.relu(instanceNormalised(convolved, weights, `${name}.bn1.IN`)) : convolved;
  const last = bottleneck
    ? convolve(
        convolve(first, weights, `${name}.conv2`, { stride, pad: 1, activation: "relu" }),
        weights,
        `${name}.conv3`,
        { pad: 0 },
      )
    : convolve(first, weights, `${name}.conv2`, { pad: 1 });
  return tf.relu(tf.add<tf.Tensor4D>(last, shortcut));
}

/** One of the four stages of a ResNet as a function, for training the last ones on stored outputs of those before. */
export interface ResidualStage {
  /** The stage's convolutions. */
  readonly layers: readonly ConvolutionLayer[];
  /**
   * @param x (batch, height, width, in)
   * @param weights folded, by name
   * @returns (batch, ⌈height/2⌉, ⌈width/2⌉, out); the first stage keeps height and width
   */
  forward(x: tf.Tensor4D, weights: Weights): tf.Tensor4D;
}

/** Stage 1 to 4 (`layer1` to `layer4` in torchvision) of a ResNet. */
export function residualStage(depth: ResNetDepth, stage: 1 | 2 | 3 | 4): ResidualStage {
  const blocks = stagesOf(depth)[stage - 1];
  return {
    layers: blocks.flatMap(blockLayers),
    forward: (x, weights) => blocks.reduce((y, block) => applyBlock(y, weights, block), x),
  };
}

/**
 * ResNet-18, -34, -50, -101 or -152 for 224×224 pixels: 512 features (18, 34) or 2048, the average of the last stage.
 * `layer4` and `layer3` are the outputs of the last two stages, flattened: for ResNet-50 (7, 7, 2048) and
 * (14, 14, 1024), 401 and 803 KB an image.
 * @param options IBN-Net instead, of the same shapes
 */
export function resnet(depth: ResNetDepth, options: ResNetOptions = {}): Architecture {
  const stages = stagesOf(depth, options);
  const dim = stages[3][0].output;
  return {
    name: options.ibn ? `resnet${depth}-ibn-a` : `resnet${depth}`,
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
    layers: [layer("", "conv1", "bn1", STEM_CHANNELS, 3, 7, 7), ...stages.flat().flatMap(blockLayers)],
    unused: /^fc\.|\.num_batches_tracked$/,
    earlier: { layer3: [14, 14, dim / 2], layer4: [7, 7, dim] },
    map(images, weights, from = "pool") {
      const stem = convolve(images, weights, "conv1", { stride: 2, pad: 3, activation: "relu" }); // (batch, 112, 112, 64)
      let x = tf.maxPool(stem, 3, 2, 1); // (batch, 56, 56, 64); the border is zeros, which after ReLU wins nowhere
      for (const blocks of from === "layer3" ? stages.slice(0, 3) : stages) {
        for (const block of blocks) x = applyBlock(x, weights, block);
      }
      return x; // (batch, height, width, channels)
    },
  };
}
