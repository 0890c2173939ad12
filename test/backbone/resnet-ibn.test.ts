import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectedTensors } from "../../src/backbone/architecture.js";
import { foldBatchNorms, unfoldBatchNorms } from "../../src/backbone/fold.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { resnet } from "../../src/backbone/resnet.js";
import { engineCases } from "../compute/engines.js";
import { relativeError } from "../methods/loss-cases.js";
import { formulaTensors } from "./formula-weights.js";
import type { NetworkGoldens } from "./network-goldens.js";
import { channelMeans, runNetwork, thinned } from "./network-goldens.js";

const goldens: NetworkGoldens = JSON.parse(
  readFileSync(new URL("../goldens/densenet-ibn.json", import.meta.url), "utf8"),
);

for (const { name: engineName, skipped, open } of engineCases()) {
  // SwiftShader compiles each shader for about a second
  const slow = engineName.endsWith("webgpu") && !process.env.HASHBOOK_SLOW_TESTS ? "HASHBOOK_SLOW_TESTS=1" : undefined;
  const why = skipped ?? slow;
  describe.skipIf(why !== undefined)(`IBN-Net on ${engineName}${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
    const names = engineName === "cpu" ? ["resnet50-ibn-a", "resnet101-ibn-a"] : ["resnet50-ibn-a"];
    it.each(names)("%s gives its makers' pooled features", { timeout: 300_000 }, async name => {
      const { data, shape } = await runNetwork(await open(), name, goldens);
      expect(shape).toEqual([goldens.images, 2048]);
      expect(relativeError(thinned(data, 2048), goldens.features[name])).toBeLessThan(1e-4);
    });
  });
}

describe("IBN-Net", () => {
  it.each([
    ["layer3", 1024],
    ["layer4", 2048],
  ])("gives its makers' %s", async (layer, channels) => {
    const { data } = await runNetwork(await engineCases()[0].open(), "resnet50-ibn-a", goldens, layer);
    expect(relativeError(channelMeans(data, channels), goldens.layers["resnet50-ibn-a"][layer])).toBeLessThan(1e-4);
  });

  it("says in one line of shell how its weights are made", () => {
    const { conversion, hub, file } = KNOWN_BACKBONES["resnet50-ibn-a"];
    expect(hub).toBeUndefined();
    expect(conversion).toMatch(/^python -c "[^"]*resnet50_ibn_a-d9d0bb7b\.pth'[^"]*'resnet50-ibn-a\.safetensors'\)"$/);
    expect(file()).toMatch(/resnet50-ibn-a/);
  });

  it("has weights that unfold to ones that fold to the same again", () => {
    const architecture = resnet(18, { ibn: true });
    const folded = foldBatchNorms(architecture, formulaTensors(architecture));
    const unfolded = unfoldBatchNorms(architecture, folded);
    for (const [name, shape] of expectedTensors(architecture)) expect(unfolded[name].shape, name).toEqual(shape);
    const again = foldBatchNorms(architecture, unfolded);
    for (const name of ["layer1.0.conv1.weight", "layer1.0.conv1.bias", "layer1.0.bn1.IN.weight"]) {
      expect(relativeError(again[name].data, Array.from(folded[name].data)), name).toBeLessThan(1e-6);
    }
    expect(Object.keys(again)).toEqual(Object.keys(folded));
  });
});
