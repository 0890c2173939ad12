import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { engineCases } from "../compute/engines.js";
import { relativeError } from "../methods/loss-cases.js";
import type { NetworkGoldens } from "./network-goldens.js";
import { channelMeans, runNetwork, thinned } from "./network-goldens.js";

const goldens: NetworkGoldens = JSON.parse(readFileSync(new URL("../goldens/resnet.json", import.meta.url), "utf8"));

/** SwiftShader compiles each shader for about a second: ResNet-50 on WebGPU takes a minute, and is run when asked for. */
function depthsOn(engine: string): number[] {
  if (engine === "cpu") return [18, 34, 50, 101, 152];
  return engine.endsWith("webgpu") && !process.env.HASHBOOK_SLOW_TESTS ? [18] : [18, 50];
}

for (const { name: engineName, skipped, open } of engineCases()) {
  describe.skipIf(skipped !== undefined)(
    `ResNet on ${engineName}${skipped === undefined ? "" : ` (skipped: ${skipped})`}`,
    () => {
      const depths = depthsOn(engineName);
      it.each(depths)("-%d gives torchvision's pooled features", { timeout: 300_000 }, async depth => {
        const name = `resnet${depth}`;
        const { data, shape } = await runNetwork(await open(), name, goldens);
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
    const { data } = await runNetwork(await cpu.open(), name, goldens, layer);
    expect(relativeError(channelMeans(data, channels), goldens.layers[name][layer])).toBeLessThan(1e-4);
  });

  it("have the sizes that the architecture states, at 224 pixels", () => {
    for (const depth of [18, 34, 50, 101, 152]) {
      const { earlier, dim } = KNOWN_BACKBONES[`resnet${depth}`].architecture;
      expect(earlier).toEqual({ layer3: [14, 14, dim / 2], layer4: [7, 7, dim] });
    }
  });
});
