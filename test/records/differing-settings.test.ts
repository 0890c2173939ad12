import { describe, expect, it } from "vitest";
import { differingSettings, flatSettings } from "../../src/records/differing-settings.js";
import type { RunRecord } from "../../src/records/run-record.js";

/** A config of few settings. */
const run = (method: string, seed: number, options: object, training: object = {}) => {
  return { config: { method, bits: 8, seed, options, ...training } as unknown as RunRecord["config"] };
};

describe("what sets settings of one method apart", () => {
  it("is nothing where only seeds and lengths differ", () => {
    expect(differingSettings([run("dch", 0, { gamma: 5 }), run("dch", 1, { gamma: 5 })])).toEqual(["", ""]);
  });

  it("is named, of the method first, and not told by other methods", () => {
    const runs = [
      run("dch", 0, { gamma: 5, lambda: 1 }, { epochs: 3, optimizer: { kind: "adam" } }),
      run("dch", 0, { gamma: 20, lambda: 1 }, { epochs: 3, optimizer: { kind: "sgd" } }),
      run("hashnet", 0, { alpha: 1 }, { epochs: 9 }),
    ];
    expect(differingSettings(runs)).toEqual(["gamma=5, optimizer.kind=adam", "gamma=20, optimizer.kind=sgd", ""]);
  });

  it("is said of what one of them does not have", () => {
    expect(differingSettings([run("mine", 0, { a: [1, 2] }), run("mine", 0, {})])).toEqual(["a=[1,2]", "a=none"]);
  });

  it("keeps an option apart from a setting of the same name", () => {
    const flat = flatSettings(run("mine", 0, { epochs: 2 }, { epochs: 30 }).config);
    expect(Object.fromEntries(flat)).toEqual({ "options.epochs": "2", epochs: "30" });
  });
});
