import * as tf from "@tensorflow/tfjs";
import type { Backbone, BackboneGraph } from "../backbone/backbone.js";
import { pooledMap } from "../backbone/pooled-map.js";
import type { CompiledModel } from "../compute/compile.js";
import { compile } from "../compute/compile.js";
import type { GraphPort } from "../compute/graph.js";
import { joinModels } from "../compute/join-models.js";
import { InputError } from "../core/errors.js";
import type { HashModel, ModelGraph } from "./hash-model.js";
import { givesCodes, modelGraph } from "./hash-model.js";

/** Settings of {@link exportModel}. */
export interface ExportOptions {
  /** Images a call; the shapes of the model are fixed. 1 or more, default 1. */
  readonly batch?: number;
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * Backbone, head and sign as one ONNX model that any ONNX runtime runs.
 *
 * Input `pixels` (batch, crop, crop, 3): red, green, blue from 0 to 255, float32, resized and cropped as the model's
 * metadata says; the normalisation is in the model. Outputs: `code` (batch, bits) of −1 and +1, `z` (batch, bits), the
 * hash layer's output whose signs they are, `feature` (batch, dim). Of a model that gives real values: `embedding`
 * (batch, bits) and `feature`. A backbone that is an ONNX file is joined as it is, its weights with it.
 * @param backbone whose features the model was trained on
 * @param model a trained head or a fitted model
 * @param options images a call
 * @throws {InputError} when model and backbone do not fit together, or the backbone takes another number of images a call
 * @throws {EngineError} when the backbone is an ONNX file of operators too old to be joined
 */
export function exportModel(backbone: Backbone, model: HashModel, { batch = 1 }: ExportOptions = {}): CompiledModel {
  const { crop, scales } = backbone.preprocessing;
  if (scales !== undefined) {
    throw new InputError("the model was trained on features of several scales, and a file takes one picture", {
      expected: "features of one scale",
      actual: `scales ${scales.join(", ")}`,
    });
  }
  const { inputDim, bits, arrays } = modelGraph(model);
  if (inputDim !== backbone.dim) {
    throw new InputError("the model was not trained on features of this backbone", {
      expected: `features of ${inputDim} values`,
      actual: `${backbone.name} with ${backbone.dim}`,
    });
  }
  const constants = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`head.${name}`, array]));
  const inputs = { pixels: { shape: [batch, crop, crop, 3], dtype: "float32" } } as const;
  const metadata = {
    bits: String(bits),
    backbone: backbone.name,
    weightsHash: backbone.weightsHash,
    preprocessing: JSON.stringify(backbone.preprocessing),
    precision: backbone.quantization?.precision ?? "fp32",
  };
  const { graph } = backbone;
  if (graph !== undefined) return joinWithHead(backbone, graph, { model, inputs, constants, metadata });
  const body = (tensors: Tensors): Tensors => {
    const feature = backbone.forward(normalise(tensors.pixels, backbone) as tf.Tensor4D, tensors); // (batch, dim)
    return { ...headOutputs(model, feature, tensors), feature };
  };
  const { quantization } = backbone;
  return compile(body, { inputs, constants: { ...backbone.weights, ...constants }, metadata, quantization });
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
  readonly inputs: { readonly pixels: { readonly shape: readonly number[]; readonly dtype: "float32" } };
  readonly constants: ModelGraph["arrays"];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * What `prepare` makes of the output `raw` of a backbone's graph: `feature`, (batch, dim). A map is pooled; else an output
 * of more axes is flattened, and its shape here is any that makes a Reshape of it.
 */
function featureOfOutput({ pooled }: BackboneGraph, [batch, dim]: readonly [number, number]): CompiledModel {
  if (pooled === undefined) {
    const inputs = { raw: { shape: [batch, dim, 1], dtype: "float32" } } as const;
    return compile(({ raw }) => ({ feature: tf.reshape(raw, [batch, dim]) }), { inputs });
  }
  const { places, channels, channelsFirst } = pooled.layout;
  const side = Math.sqrt(places); // maps are square
  const shape = channelsFirst ? [batch, channels, side, side] : [batch, side, side, channels];
  const body = ({ raw }: Tensors): Tensors => {
    const map = (channelsFirst ? tf.transpose(raw, [0, 2, 3, 1]) : raw) as tf.Tensor4D;
    return { feature: pooledMap(map, pooled.pool) };
  };
  return compile(body, { inputs: { raw: { shape, dtype: "float32" } } });
}

/** Normalisation, the backbone's own graph, head: one graph. */
function joinWithHead(backbone: Backbone, graph: BackboneGraph, ends: Ends): CompiledModel {
  const { model, inputs, constants, metadata } = ends;
  const [batch] = inputs.pixels.shape;
  if (graph.batch !== 0 && graph.batch !== batch) {
    throw new InputError(`${backbone.name} takes a fixed number of images a call`, {
      expected: `--batch ${graph.batch}`,
      actual: `${batch}`,
    });
  }
  const images = ({ pixels }: Tensors): Tensors => {
    const values = normalise(pixels, backbone);
    return { images: graph.channelsFirst ? tf.transpose(values, [0, 3, 1, 2]) : values };
  };
  const before = compile(images, { inputs });
  const head = (tensors: Tensors): Tensors => headOutputs(model, tensors.feature as tf.Tensor2D, tensors);
  const after = compile(head, { inputs: { feature: { shape: [batch, backbone.dim], dtype: "float32" } }, constants });
  const flatten = featureOfOutput(graph, [batch, backbone.dim]);
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
