import { describe, expect, it } from "vitest";
import { foldSeen, queriesSeen } from "../../src/commands/seen.js";
import type { CodesSidecar } from "../../src/features/codes-sidecar.js";

const items = { dataset: "pictures", contentHash: "abc", rows: 9, ids: "def" };
const split = {
  protocol: "ten a class",
  seed: 3,
  query: Int32Array.of(0),
  train: Int32Array.of(1),
  database: Int32Array.of(1, 2),
};

/** Codes of a model that has seen something. */
function codes(seen: object): CodesSidecar {
  return { codes: "", form: "codes", rows: 9, bits: 8, model: { hash: "m", ...seen } };
}

describe("what the model has seen", () => {
  const place = "work";
  const roles = { protocol: "ten a class", seed: 3 };

  it.each<[string, CodesSidecar | undefined, boolean, boolean]>([
    ["codes from elsewhere", undefined, true, false],
    ["a model of other data", codes({ trainedOn: { ...items, contentHash: "other" } }), false, false],
    ["a model of the same roles", codes({ trainedOn: items, roles }), true, false],
    ["a model of another draw", codes({ trainedOn: items, roles: { ...roles, seed: 4 } }), true, true],
    ["a model of all rows", codes({ trainedOn: items }), true, true],
    ["a model of all rows of data without roles", codes({ trainedOn: items }), false, true],
    ["a model that left a fold out", codes({ trainedOn: items, fold: { fold: 1, of: 5, seed: 0 } }), false, true],
    ["a model fine-tuned on it", codes({ tunedOn: items }), false, true],
  ])("%s", (_, sidecar, hasRoles, isSeen) => {
    const found = queriesSeen(sidecar, { items, place, ...(hasRoles ? { split } : {}) });
    expect(found).toEqual(isSeen ? [expect.stringMatching(/queries are new.*trained on work/)] : []);
  });

  it.each<[string, object, boolean]>([
    ["the same fold left out", { trainedOn: items, fold: { fold: 1, of: 5, seed: 0 } }, false],
    ["another fold left out", { trainedOn: items, fold: { fold: 2, of: 5, seed: 0 } }, true],
    ["another deal", { trainedOn: items, fold: { fold: 1, of: 5, seed: 1 } }, true],
    ["no fold left out", { trainedOn: items }, true],
    ["other data", {}, false],
  ])("products of a fold: %s", (_, seen, isSeen) => {
    const found = foldSeen(codes(seen), items, { fold: 1, of: 5, seed: 0 });
    expect(found).toEqual(isSeen ? [expect.stringMatching(/products are new.*--fold 1\/5/)] : []);
  });
});
