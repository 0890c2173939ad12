import * as tf from "@tensorflow/tfjs";
import type { Backbone, BackboneGraph } from "../backbone/backbone.js";
import { pooledMap } from "../backbone/pooled-map.js";
import type { CompiledModel } from "../compute/compile.js";
import { compile } from "../compute/compile.js";
import type { GraphPort, TensorSpec } from "../compute/graph.js";
import { joinModels } from "../compute/join-models.js";
import { InputError } from "../core/errors.js";
import { viewCount } from "../images/views.js";
import { checkViewsFit, featureOfViews, meanOfViews, pixelSpecs } from "./export-inputs.js";
import type { HashModel, ModelGraph } from "./hash-model.js";
import { givesCodes, modelGraph } from "./hash-model.js";

/** Settings of {@link exportModel}. */
export interface ExportOptions {
  /** Images a call; the shapes of the model are fixed. 1 or more, default 1. */
  readonly batch?: number;
  /**
   * What of an image the model takes: "centre" is the middle square alone; "all" are the views and scales that the
   * backbone's preprocessing says, whose mean is the feature, as `extract` makes it. Default "centre".
   */
  readonly views?: "centre" | "all";
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * Backbone, head and sign as one ONNX model that any ONNX runtime runs.
 *
 * Input `pixels` (batch, crop, crop, 3): red, green, blue from 0 to 255, float32, resized and cropped as the model's
 * metadata says; the normalisation is in the model. Outputs: `code` (batch, bits) of −1 and +1, `z` (batch, bits), the
 * hash layer's output whose signs they are, `feature` (batch, dim). Of a model that gives real values: `embedding`
 * (batch, bits) and `feature`. A backbone that is an ONNX file is joined as it is, its weights with it. With `views: "all"`
 * the views of an image follow one another in `pixels`, (batch · views, crop, crop, 3), and of several scales each has an
 * input of its own, `pixels_224` by its side.
 * @param backbone whose features the model was trained on
 * @param model a trained head or a fitted model
 * @param options images a call, and what of an image
 * @throws {InputError} when model and backbone do not fit together, the backbone takes another number of images a call, or
 *   its features are of views or scales that no file can take
 * @throws {EngineError} when the backbone is an ONNX file of operators too old to be joined
 */
export function exportModel(
  backbone: Backbone,
  model: HashModel,
  { batch = 1, views = "centre" }: ExportOptions = {},
): CompiledModel {
  const network = views === "all" ? backbone : withOneView(backbone);
  checkViewsFit(network);
  const { inputDim, bits, arrays } = modelGraph(model);
  if (inputDim !== network.dim) {
    throw new InputError("the model was not trained on features of this backbone", {
      expected: `features of ${inputDim} values`,
      actual: `${network.name} with ${network.dim}`,
    });
  }
  const constants = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`head.${name}`, array]));
  const inputs = pixelSpecs(network.preprocessing, batch);
  const metadata = {
    bits: String(bits),
    backbone: network.name,
    weightsHash: network.weightsHash,
    preprocessing: JSON.stringify(network.preprocessing),
    precision: network.quantization?.precision ?? "fp32",
  };
  const { graph, quantization } = network;
  if (graph !== undefined) return joinWithHead(network, graph, { model, inputs, constants, metadata });
  const body = (tensors: Tensors): Tensors => {
    const perScale = Object.keys(inputs).map(name =>
      network.forward(normalise(tensors[name], network) as tf.Tensor4D, tensors),
    ); // (batch · views, dim) each
    const feature = featureOfViews(perScale, viewCount(network.preprocessing)); // (batch, dim)
    return { ...headOutputs(model, feature, tensors), feature };
  };
  return compile(body, { inputs, constants: { ...network.weights, ...constants }, metadata, quantization });
}

/** @throws {InputError} when its features are of several scales, none of which is the feature alone */
function withOneView(backbone: Backbone): Backbone {
  const { scales, views: _, ...oneView } = backbone.preprocessing;
  if (scales === undefined) return { ...backbone, preprocessing: oneView };
  throw new InputError("the model was trained on features of several scales, and a file takes one picture", {
    expected: 'features of one scale, or views: "all", as the folder of `hashbook export --out DIR` has it',
    actual: `scales ${scales.join(", ")}`,
  });
}

/** (batch, crop, crop, 3) of 0..255; the order of operations of `preprocess`, so that the bits agree. */
function normalise(pixels: tf.Tensor, { preprocessing: { mean, std } }: Backbone): tf.Tensor {
  return tf.div(tf.sub(tf.div(pixels, 255), tf.tensor1d([...mean])), tf.tensor1d([...std]));
}

/** What a model makes of features, by name. @param tensors its arrays as `head.<name>`, among others */
function headOutputs(model: HashModel, feature: tf.Tensor2D, tensors: Tensors): Record<string, tf.Tensor> {
  const { arrays, z: zOf, relax } = modelGraph(model);
  const own = Object.fromEntries(Object.keys(arrays).map(name => [name, tensors[`head.${name}`]]));
  const z = zOf(feature, own); // (batch, bits)
  if (!givesCodes(model)) return { embedding: relax(z, own) };
  const positive = tf.cast(tf.greaterEqual(z, 0), "float32"); // sign(0) = +1
  return { code: tf.sub(tf.mul(positive, 2), 1), z };
}

/** What is joined with a backbone's graph. */
interface Ends {
  readonly model: HashModel;
  /** Of `pixels`. */
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly constants: ModelGraph["arrays"];
  readonly metadata: Readonly<Record<string, string>>;
}

/** How many images go through a backbone's graph in a call, how many of them are views of one, and how long a feature is. */
interface GraphRows {
  readonly rows: number;
  readonly views: number;
  readonly dim: number;
}

/**
 * What `prepare` makes of the output `raw` of a backbone's graph: `feature`, (batch, dim). A map is pooled; else an output
 * of more axes is flattened, and its shape here is any that makes a Reshape of it.
 */
function featureOfOutput({ pooled }: BackboneGraph, { rows, views, dim }: GraphRows): CompiledModel {
  if (pooled === undefined) {
    const inputs = { raw: { shape: [rows, dim, 1], dtype: "float32" } } as const;
    return compile(({ raw }) => ({ feature: meanOfViews(tf.reshape(raw, [rows, dim]), views) }), { inputs });
  }
  const { places, channels, channelsFirst } = pooled.layout;
  const side = Math.sqrt(places); // maps are square
  const shape = channelsFirst ? [rows, channels, side, side] : [rows, side, side, channels];
  const body = ({ raw }: Tensors): Tensors => {
    const map = (channelsFirst ? tf.transpose(raw, [0, 2, 3, 1]) : raw) as tf.Tensor4D;
    return { feature: meanOfViews(pooledMap(map, pooled.pool), views) };
  };
  return compile(body, { inputs: { raw: { shape, dtype: "float32" } } });
}

/** @throws {InputError} when a graph takes another number of images a call than it would get */
function checkImagesACall(backbone: Backbone, graph: BackboneGraph, { rows, views }: GraphRows): void {
  if (graph.batch === 0 || graph.batch === rows) return;
  const [batch, each] = [graph.batch / views, views === 1 ? "" : `, each of ${views} views`];
  throw new InputError(`${backbone.name} takes a fixed number of images a call`, {
    expected: Number.isInteger(batch) ? `--batch ${batch}${each}` : `a network that takes any number, or one view`,
    actual: `${rows / views}${each}`,
  });
}

/** Normalisation, the backbone's own graph, head: one graph. */
function joinWithHead(backbone: Backbone, graph: BackboneGraph, ends: Ends): CompiledModel {
  const { model, inputs, constants, metadata } = ends;
  const [rows] = inputs.pixels.shape;
  const views = viewCount(backbone.preprocessing);
  const graphRows = { rows, views, dim: backbone.dim };
  checkImagesACall(backbone, graph, graphRows);
  const images = ({ pixels }: Tensors): Tensors => {
    const values = normalise(pixels, backbone);
    return { images: graph.channelsFirst ? tf.transpose(values, [0, 3, 1, 2]) : values };
  };
  const before = compile(images, { inputs });
  const head = (tensors: Tensors): Tensors => headOutputs(model, tensors.feature as tf.Tensor2D, tensors);
  const feature = { shape: [rows / views, backbone.dim], dtype: "float32" } as const;
  const after = compile(head, { inputs: { feature }, constants });
  const flatten = featureOfOutput(graph, graphRows);
  const outputs: GraphPort[] = [...after.outputs, ...flatten.outputs];
  const joined = joinModels(
    [
      { bytes: before.bytes, prefix: "input/", kept: ["pixels", "images"] },
      { bytes: graph.bytes(), prefix: "backbone/", renamed: { [graph.input]: "images", [graph.output]: "raw" } },
      { bytes: flatten.bytes, prefix: "flatten/", kept: ["raw", "feature"] },
      { bytes: after.bytes, prefix: "head/", kept: ["feature", ...after.outputs.map(({ name }) => name)] },
    ],
    { outputs: outputs.map(({ name }) => name), metadata },
  );
  return { ...joined, inputs: before.inputs, outputs };
}
