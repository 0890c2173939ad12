import { readFileSync } from "node:fs";
import type { Tensor4D } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { pooledMap, pooledValues } from "../../src/backbone/pooled-map.js";
import type { Pooling } from "../../src/backbone/pooling.js";
import { checkedPooling, poolingText } from "../../src/backbone/pooling.js";
import { engineCases } from "../compute/engines.js";
import { CHANNELS, formulaMaps, SIDE } from "../features/formula-maps.js";

const goldens: { readonly average: number[]; readonly gem: Record<string, number[]> } = JSON.parse(
  readFileSync(new URL("../goldens/pooling.json", import.meta.url), "utf8"),
);
const COUNT = 3;
const maps = formulaMaps().slice(0, COUNT * SIDE * SIDE * CHANNELS); // (COUNT, SIDE, SIDE, CHANNELS)
const cases: (readonly [string, Pooling, number[]])[] = [
  ["average", "average", goldens.average],
  ...Object.entries(goldens.gem).map(([p, values]) => [`gem:${p}`, { gem: Number(p) }, values] as const),
];

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => void expect(found[i]).toBeCloseTo(value, 5));
}

for (const { name, skipped, open } of engineCases()) {
  describe.skipIf(skipped !== undefined)(`pooledMap on ${name}`, () => {
    it.each(cases)("gives PyTorch's %s", async (_, pooling, expected) => {
      const engine = await open();
      const program = await engine.prepare({
        inputs: { map: { shape: [COUNT, SIDE, SIDE, CHANNELS], dtype: "float32" } },
        body: ({ map }) => ({ pooled: pooledMap(map as Tensor4D, pooling) }),
      });
      const before = tf.memory().numTensors;
      const { pooled } = await program.run({ map: maps });
      expect(tf.memory().numTensors).toBe(before);
      await program.dispose();
      expect(pooled.shape).toEqual([COUNT, CHANNELS]);
      expectClose(pooled.data, expected);
    });
  });
}

describe("pooledValues", () => {
  it.each(cases)("gives PyTorch's %s, channels last and first", (_, pooling, expected) => {
    const layout = { places: SIDE * SIDE, channels: CHANNELS };
    expectClose(pooledValues(maps, { ...layout, channelsFirst: false }, pooling), expected);
    const first = new Float32Array(maps.length); // (COUNT, CHANNELS, SIDE · SIDE)
    for (const [at, value] of maps.entries()) {
      const [place, channel] = [Math.floor(at / CHANNELS), at % CHANNELS];
      const [image, inside] = [Math.floor(place / (SIDE * SIDE)), place % (SIDE * SIDE)];
      first[(image * CHANNELS + channel) * SIDE * SIDE + inside] = value;
    }
    expectClose(pooledValues(first, { ...layout, channelsFirst: true }, pooling), expected);
  });
});

describe("a pooling from outside", () => {
  it("is the average at exponent 1, and refused where there is none such", () => {
    expect(checkedPooling("average")).toBe("average");
    expect(checkedPooling({ gem: 1 })).toBe("average");
    expect(checkedPooling({ gem: 2.5 })).toEqual({ gem: 2.5 });
    expect(poolingText({ gem: 2.5 })).toBe("gem:2.5");
    for (const wrong of [{ gem: 0.5 }, { gem: 17 }, { gem: "3" }, "max", null, {}]) {
      expect(() => checkedPooling(wrong as Pooling)).toThrow(/no such pooling; expected "average", or \{ gem: p \}/);
    }
  });
});
