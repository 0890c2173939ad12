import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectedTensors } from "../../src/backbone/architecture.js";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { engineCases } from "../compute/engines.js";
import { relativeError } from "../methods/loss-cases.js";
import type { NetworkGoldens } from "./network-goldens.js";
import { channelMeans, runNetwork, thinned } from "./network-goldens.js";

const goldens: NetworkGoldens = JSON.parse(
  readFileSync(new URL("../goldens/densenet-ibn.json", import.meta.url), "utf8"),
);

for (const { name: engineName, skipped, open } of engineCases()) {
  // SwiftShader compiles each shader for about a second
  const slow = engineName.endsWith("webgpu") && !process.env.HASHBOOK_SLOW_TESTS ? "HASHBOOK_SLOW_TESTS=1" : undefined;
  const why = skipped ?? slow;
  describe.skipIf(why !== undefined)(
    `DenseNet on ${engineName}${why === undefined ? "" : ` (skipped: ${why})`}`,
    () => {
      const names = engineName === "cpu" ? ["densenet121", "densenet169", "densenet201"] : ["densenet121"];
      it.each(names)("%s gives torchvision's pooled features", { timeout: 300_000 }, async name => {
        const { data, shape } = await runNetwork(await open(), name, goldens);
        const { dim } = KNOWN_BACKBONES[name].architecture;
        expect(shape).toEqual([goldens.images, dim]);
        expect(relativeError(thinned(data, dim), goldens.features[name])).toBeLessThan(1e-4);
      });
    },
  );
}

describe("DenseNet", () => {
  it("gives torchvision's last map", async () => {
    const { data, shape } = await runNetwork(await engineCases()[0].open(), "densenet121", goldens, "norm5");
    expect(shape).toEqual([1, 2 * 2 * 1024]); // 80 pixels are halved to 40, 20, 10, 5 and 2
    expect(relativeError(channelMeans(data, 1024), goldens.layers.densenet121.norm5)).toBeLessThan(1e-4);
  });

  it.each([
    ["densenet121", 1024, 6_953_856],
    ["densenet169", 1664, 12_484_480],
    ["densenet201", 1920, 18_092_928],
  ])("%s has %d features and the paper's parameters", (name, dim, parameters) => {
    const { architecture } = KNOWN_BACKBONES[name];
    expect(architecture).toMatchObject({ name, dim, earlier: { norm5: [7, 7, dim] } });
    const learned = [...expectedTensors(architecture)].filter(([tensor]) => !tensor.includes(".running_"));
    const count = learned.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(count).toBe(parameters); // torchvision's num_params without the classifier's 1000·(dim + 1)
  });
});
