import { describe, expect, it } from "vitest";
import { sweepCells } from "../../src/sweeps/sweep-cells.js";
import type { SweepDefinition } from "../../src/sweeps/sweep-options.js";
import { openMethods } from "../../src/sweeps/swept-method.js";
import { resolveConfig, trainConfig } from "../../src/training/train-config.js";
import { toyStudyData } from "../records/toy-study.js";

const cellsOf = async (definition: SweepDefinition, data?: Parameters<typeof sweepCells>[2]) =>
  sweepCells(await openMethods(definition.methods), definition, data);
const namesOf = async (definition: SweepDefinition): Promise<string[]> =>
  (await cellsOf(definition)).map(({ name }) => name);

describe("sweepCells", () => {
  it("is every combination, by method, bits, settings, seed; a fit has no settings of trainings", async () => {
    const definition = {
      ...{ methods: ["dch", "lsh"], bits: [16, 8], seeds: [1, 0], settings: { epochs: [2, 3] } },
      options: { dch: { gamma: [5, 10] } },
    };
    const expected: string[] = [];
    for (const bits of [16, 8])
      for (const epochs of [2, 3])
        for (const gamma of [5, 10])
          for (const seed of [1, 0]) expected.push(`dch-${bits}-s${seed}-epochs=${epochs}-gamma=${gamma}`);
    for (const bits of [16, 8]) for (const seed of [1, 0]) expected.push(`lsh-${bits}-s${seed}`);
    expect(await namesOf(definition)).toEqual(expected);
  });

  it("gives what resolveConfig gives of the same settings; groups keep what is not said, presets what they say", async () => {
    const [cell] = await cellsOf({
      ...{ methods: ["dch"], bits: [16], seeds: [3], options: { dch: { gamma: 5 } } },
      settings: { "optimizer.weightDecay": 0.01, hidden: [8, 4], keep: "best" },
    });
    const optimizer = { ...trainConfig("dch", 16).optimizer, weightDecay: 0.01 };
    const asked = { method: "dch", bits: 16, seed: 3, hidden: [8, 4], keep: "best", options: { gamma: 5 } } as const;
    expect(cell.settings).toEqual(resolveConfig({ ...asked, optimizer }));
    const presets = { hashnet: "deephash-pytorch" };
    const [preset] = await cellsOf({ methods: ["hashnet"], bits: [16], presets, settings: { epochs: 3 } });
    const { presetConfig } = await import("../../src/training/presets.js");
    expect(preset.settings).toEqual({ ...presetConfig("deephash-pytorch", "hashnet", 16), epochs: 3 });
  });

  it("takes a list as one value of a setting that is a list, and values that come to the same as one run", async () => {
    expect(await namesOf({ methods: ["dch"], bits: [8], settings: { hidden: [[256], [8], [8]] } })).toEqual([
      "dch-8-s0",
      "dch-8-s0-hidden=8",
    ]);
  });

  it("takes the bits of a method that decides them by the data", async () => {
    const cells = await cellsOf({ methods: ["predicted-class"], bits: [8, 16], seeds: [0, 1] }, toyStudyData());
    expect(cells.map(({ settings }) => settings.bits)).toEqual([2]); // four classes
  });

  it("draws no more than there are", async () => {
    const definition = { methods: ["dch"], bits: [8], options: { dch: { gamma: [1, 2, 3] } }, random: { draws: 10 } };
    expect((await namesOf(definition)).sort()).toEqual([1, 2, 3].map(gamma => `dch-8-s0-gamma=${gamma}`));
  });

  it.each<[string, object, RegExp]>([
    ["no methods", { methods: [] }, /needs methods/],
    ["bits that are none", { bits: [8, 8.5] }, /bits cannot be this; expected a whole number/],
    ["bits out of bounds", { bits: [2048] }, /bits cannot be this.*at most 1024/],
    ["a seed out of bounds", { seeds: [-1] }, /seeds cannot be this.*at least 0/],
    ["no seeds", { seeds: [] }, /needs seeds/],
    ["a setting of another name", { settings: { epoch: 3 } }, /no setting "epoch".*"epochs"/],
    ["a seed among the settings", { settings: { seed: [1, 2] } }, /it as "seeds"/],
    ["an empty list", { settings: { epochs: [] } }, /no value to try of "epochs"/],
    ["a range to be tried whole", { settings: { dropout: { from: 0, to: 0.5 } } }, /"dropout" is a range/],
    ["a range upside down", { settings: { dropout: { from: 1, to: 0 } }, random: { draws: 2 } }, /cannot be drawn/],
    ["a logarithmic range from 0", { settings: { dropout: { from: 0, to: 1, logarithmic: true } } }, /above 0/],
    ["no draws", { random: { draws: 0 } }, /cannot be drawn.*at least 1/],
    ["a preset that there is not", { presets: { dch: "papr" } }, /no preset "papr" of dch/],
    ["a preset of another method", { presets: { hashnet: "paper" } }, /presets are given for "hashnet"/],
    ["too many", { seeds: Array.from({ length: 100_001 }, (_, i) => i) }, /too many runs/],
  ])("refuses %s", async (_, change, message) => {
    const definition = { methods: ["dch"], bits: [8], ...change } as SweepDefinition;
    await expect(cellsOf(definition)).rejects.toThrow(message);
  });
});
