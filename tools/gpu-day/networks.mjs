// The networks that are timed: EfficientNet-Lite0 with its weights, ResNet-50 with weights by a formula (its own would
// not fit into the pack), in 32 and in 16 bits.
import { join } from "node:path";
import { expectedTensors } from "../../lib/backbone/architecture.js";
import { knownBackbone } from "../../lib/backbone/known-backbones.js";
import { openBackbone } from "../../lib/backbone/open-backbone.js";
import { compileDefinition } from "../../lib/compute/compile-definition.js";
import { writeSafetensors } from "../../lib/core/safetensors.js";
import { halfModel } from "./half.mjs";
import { nameSeed, uniforms } from "./mixed.mjs";
import { SETTINGS } from "./part.mjs";

export const NETWORKS = ["efficientnet-lite0", "resnet50"];

const resnetFile = () => join(SETTINGS.folder, "resnet50.safetensors");

/** Range of a tensor's values: filters after He; the last norm of a block small, so that 16 residual sums stay small. */
function rangeOf(name, shape) {
  const bound = Math.sqrt(6 / shape.slice(1).reduce((a, b) => a * b, 1));
  if (shape.length === 4) return [-bound, 2 * bound];
  if (name.endsWith(".bn3.weight")) return [0.1, 0.2];
  return name.endsWith(".weight") || name.endsWith("var") ? [0.5, 1] : [-0.1, 0.2];
}

/** Writes the weights of ResNet-50 by their formula, for us and for PyTorch. */
export async function writeResnetWeights() {
  const tensors = {};
  for (const [name, shape] of expectedTensors(knownBackbone("resnet50").architecture)) {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors[name] = { data: uniforms(size, nameSeed(name), ...rangeOf(name, shape)), shape };
  }
  await writeSafetensors(resnetFile(), tensors);
}

/** A network by name. */
export function openNetwork(name) {
  return openBackbone(name, name === "resnet50" ? { file: resnetFile() } : {});
}

/** Images of a batch as the network takes them. (batch, side, side, 3) */
export function mixedImages({ preprocessing: { crop } }, batch) {
  return uniforms(batch * crop * crop * 3, 1, -2, 4);
}

/** The program `images` → `features` of a backbone; "fp16" only on compiled engines. */
export function networkProgram(engine, backbone, { batch, precision }) {
  const { crop } = backbone.preprocessing;
  const definition = {
    inputs: { images: { shape: [batch, crop, crop, 3], dtype: "float32" } },
    constants: backbone.weights,
    body: tensors => ({ features: backbone.forward(tensors.images, tensors) }),
  };
  if (precision === "fp32") return engine.prepare(definition);
  return engine.prepare({ ...definition, compiled: halfModel(compileDefinition(definition)) });
}
