import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readChoiceRecord } from "../../src/experiments/choice-record.js";
import { readFeatureSettings } from "../../src/experiments/features-list-file.js";
import { readFoldResult, writeFoldResult } from "../../src/experiments/fold-result-file.js";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "challenge-files-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("sets of features in a file", () => {
  it("have poolings as on the command line, or as values", async () => {
    const pools = ["average", "gem", "gem:2.5", "gem:learned", "learned", { gem: 4 }];
    const features = Object.fromEntries(pools.map((pool, i) => [`${i}`, { pool }]));
    const join2 = { join: [{ features: { pool: "gem:2" }, weight: 2 }, { features: {} }] };
    await writeFile(at("features.json"), JSON.stringify({ features: { ...features, joined: join2 } }));
    const read = await readFeatureSettings(at("features.json"));
    const found = Object.values(read).map(one => ("join" in one ? one : one.pool));
    expect(found).toEqual([
      ...["average", { gem: 3 }, { gem: 2.5 }, "learned", "learned", { gem: 4 }],
      { join: [{ features: { pool: { gem: 2 } }, weight: 2 }, { features: {} }] },
    ]);
  });
});

describe("how a candidate did on a fold", () => {
  const result = { name: "a", fold: "f", products: [1, 2], scores: [0.5, 1], seconds: 0 };

  it("is read as it was kept", async () => {
    await writeFoldResult(folder, "whole", result);
    expect(await readFoldResult(folder, "whole")).toMatchObject(result);
    expect(await readFoldResult(folder, "none")).toBeUndefined();
  });

  it.each<[string, object | string, RegExp]>([
    ["cut short", "{", /this is no JSON.*delete it: it is computed again/],
    ["a score of 2", { ...result, format: 1, scores: [2] }, /"scores\[0\]" cannot be this.*at most 1.*found 2/],
    ["without products", { ...result, format: 1, products: [] }, /"products" cannot be this.*at least 1/],
    ["of another version", { ...result, format: 99 }, /written by a newer hashbook/],
  ])("is refused when it is damaged: %s", async (name, document, says) => {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    await writeFile(at(`${name}.json`), text);
    await expect(readFoldResult(folder, name)).rejects.toThrow(says);
  });
});

describe("why a submission was chosen", () => {
  it.each<[string, RegExp]>([
    ["", /this is no JSON.*an empty file/],
    ["[]", /this is not why a submission was chosen/],
    ['{"format": 99}', /written by a newer hashbook/],
    ['{"format": 1, "kind": "challenge-choice"}', /"submission" is missing.*choose again/],
  ])("is refused when it is damaged: %s", async (text, says) => {
    await writeFile(at("s.csv.choice.json"), text);
    await expect(readChoiceRecord(at("s.csv.choice.json"))).rejects.toThrow(says);
  });
});
