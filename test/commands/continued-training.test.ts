import { describe, expect, it } from "vitest";
import { checkContinues } from "../../src/commands/continued-training.js";
import type { TrainingItems } from "../../src/commands/training-data.js";

const items = { dataset: "pictures", contentHash: "abc", rows: 2, ids: "def" };
const roles = { protocol: "ten a class", seed: 3 };
const data: TrainingItems = {
  features: { file: "f.npy", shape: [2, 1], converted: [], failed: new Int32Array(0), blocks: async function* () {} },
  labels: Int32Array.of(0, 1),
  train: Int32Array.of(0, 1),
  failed: new Int32Array(0),
  unchecked: [],
  converted: [],
  unlabelled: 0,
};

describe("a training that goes on", () => {
  it.each<[string, object, Partial<TrainingItems>]>([
    ["arrays without names", { classNames: ["a", "b"] }, {}],
    ["a model without names", {}, { classNames: ["a", "b"], items, roles }],
    [
      "the same classes and roles",
      { classNames: ["a", "b"], trainedOn: items, roles },
      { classNames: ["a", "b"], items, roles },
    ],
    ["other data of the same classes", { trainedOn: { ...items, contentHash: "x" }, roles }, { items }],
  ])("takes %s", (_, description, more) => {
    expect(() => checkContinues("m", { ...description }, { ...data, ...more })).not.toThrow();
  });

  it.each<[string, object, Partial<TrainingItems>, RegExp]>([
    [
      "reordered classes",
      { classNames: ["a", "b"] },
      { classNames: ["b", "a"] },
      /m.head\.json: .*other classes.*found "b", "a"/,
    ],
    [
      "all rows after roles",
      { trainedOn: items, roles },
      { items },
      /other roles.*expected the roles ten a class; seed 3.*hashbook split.*found none/,
    ],
    [
      "other products made one, of which a fold that was left out knows nothing",
      { mergedProducts: [["a", "b"]] },
      {},
      /m.head\.json: .*other products made one.*expected a = b; found none/,
    ],
    ["another draw", { trainedOn: items, roles }, { items, roles: { ...roles, seed: 4 } }, /found ten a class; seed 4/],
  ])("refuses %s", (_, description, more, message) => {
    expect(() => checkContinues("m", { ...description }, { ...data, ...more })).toThrow(message);
  });
});
