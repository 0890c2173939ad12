import { readFileSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import type { Engine } from "../../src/compute/program.js";
import { engineCases } from "../compute/engines.js";
import { relativeError } from "../methods/loss-cases.js";
import { formulaBackbone, formulaPixels } from "./formula-weights.js";

interface Goldens {
  readonly side: number;
  readonly images: number;
  /** Every eighth pooled feature of each image, by backbone. */
  readonly features: Record<string, number[]>;
  /** Means over channels at each place, by backbone and layer. */
  readonly layers: Record<string, Record<string, number[]>>;
}
const goldens: Goldens = JSON.parse(readFileSync(new URL("../goldens/resnet.json", import.meta.url), "utf8"));

async function run(
  engine: Engine,
  name: string,
  layer?: string,
): Promise<{ data: Float32Array; shape: readonly number[] }> {
  const { side, images } = goldens;
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

/** SwiftShader compiles each shader for about a second: ResNet-50 on WebGPU takes a minute, and is run when asked for. */
function depthsOn(engine: string): number[] {
  if (engine === "cpu") return [18, 34, 50, 101, 152];
  return engine.endsWith("webgpu") && !process.env.HASHBOOK_SLOW_TESTS ? [18] : [18, 50];
}

/** Every eighth value of each row. */
function thinned(data: Float32Array, width: number): number[] {
  return Array.from(data).filter((_, i) => (i % width) % 8 === 0);
}

/** Means over the last axis. */
function channelMeans(data: Float32Array, channels: number): number[] {
  return Array.from({ length: data.length / channels }, (_, place) => {
    const values = data.subarray(place * channels, (place + 1) * channels);
    return values.reduce((sum, value) => sum + value, 0) / channels;
  });
}

for (const { name: engineName, skipped, open } of engineCases()) {
  describe.skipIf(skipped !== undefined)(
    `ResNet on ${engineName}${skipped === undefined ? "" : ` (skipped: ${skipped})`}`,
    () => {
      const depths = depthsOn(engineName);
      it.each(depths)("-%d gives torchvision's pooled features", { timeout: 300_000 }, async depth => {
        const name = `resnet${depth}`;
        const { data, shape } = await run(await open(), name);
        const { dim } = KNOWN_BACKBONES[name].architecture;
        expect(shape).toEqual([goldens.images, dim]);
        expect(relativeError(thinned(data, dim), goldens.features[name])).toBeLessThan(1e-4);
      });
    },
  );
}

describe("earlier layers of a ResNet", () => {
  const [cpu] = engineCases();
  it.each([
    ["resnet18", "layer3", 256],
    ["resnet18", "layer4", 512],
    ["resnet50", "layer3", 1024],
    ["resnet50", "layer4", 2048],
  ])("%s gives torchvision's %s", async (name, layer, channels) => {
    const { data } = await run(await cpu.open(), name, layer);
    expect(relativeError(channelMeans(data, channels), goldens.layers[name][layer])).toBeLessThan(1e-4);
  });

  it("have the sizes that the architecture states, at 224 pixels", () => {
    for (const depth of [18, 34, 50, 101, 152]) {
      const { earlier, dim } = KNOWN_BACKBONES[`resnet${depth}`].architecture;
      expect(earlier).toEqual({ layer3: [14, 14, dim / 2], layer4: [7, 7, dim] });
    }
  });
});
