import type { Tensor2D } from "@tensorflow/tfjs";
import type { Architecture } from "../../src/backbone/architecture.js";
import { expectedTensors } from "../../src/backbone/architecture.js";
import type { Backbone } from "../../src/backbone/backbone.js";
import { foldBatchNorms } from "../../src/backbone/fold.js";
import { pooledMap } from "../../src/backbone/pooled-map.js";
import type { Pooling } from "../../src/backbone/pooling.js";
import type { NdArray } from "../../src/core/arrays.js";
import { sizeOf } from "../../src/core/arrays.js";

/** FNV-1a, 32 bits. */
function nameHash(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(name)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** Index + hash of the name through the murmur3 finaliser, over 2³²: `uniform` of tools/make-resnet-goldens.py. */
function uniformAt(seed: number, index: number): number {
  let h = (seed + index) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** `count` numbers in [0, 1): `uniform` of the tools that make goldens. */
export function formulaValues(name: string, count: number): Float64Array {
  const seed = nameHash(name);
  return Float64Array.from({ length: count }, (_, i) => uniformAt(seed, i));
}

/** Weights of a ResNet by the formula of tools/make-resnet-goldens.py. */
export function formulaTensors(architecture: Architecture): Record<string, NdArray<Float32Array>> {
  const shapes = expectedTensors(architecture);
  const lastNorm = shapes.has("layer1.0.conv3.weight") ? ".bn3.weight" : ".bn2.weight";
  const tensors: Record<string, NdArray<Float32Array>> = {};
  for (const [name, shape] of shapes) {
    const seed = nameHash(name);
    const data = new Float32Array(sizeOf(shape));
    const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
    const [low, width] =
      shape.length === 4
        ? [-bound, 2 * bound]
        : name.endsWith(lastNorm)
          ? [0.1, 0.2]
          : name.endsWith(".weight") || name.endsWith("var")
            ? [0.5, 1]
            : [-0.1, 0.2];
    for (let i = 0; i < data.length; i++) data[i] = low + width * uniformAt(seed, i);
    tensors[name] = { data, shape };
  }
  return tensors;
}

/** A backbone with those weights, for images of `side` pixels. */
export function formulaBackbone(architecture: Architecture, side: number, layer?: string, pool?: Pooling): Backbone {
  const { name, dim, preprocessing } = architecture;
  return {
    name,
    dim,
    preprocessing: { ...preprocessing, resize: side, crop: side },
    weights: foldBatchNorms(architecture, formulaTensors(architecture)),
    weightsHash: "formula",
    forward(images, weights) {
      const map = architecture.map(images, weights, layer);
      return layer === undefined ? pooledMap(map, pool) : map.reshape<Tensor2D>([map.shape[0], -1]);
    },
  };
}

/** (1, side, side, 3): `pixels` of tools/make-resnet-goldens.py. */
export function formulaPixels(side: number): Float32Array {
  const data = new Float32Array(side * side * 3);
  let at = 0;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        data[at++] = ((x * (3 + c) + y * (5 - c) + Math.floor((x * y) / 16)) % 97) / 24 - 2;
      }
    }
  }
  return data;
}
