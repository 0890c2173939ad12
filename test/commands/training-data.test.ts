import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainingDataFlags } from "../../src/commands/training-data.js";
import { readTrainingItems } from "../../src/commands/training-data.js";
import { encodeNpy } from "../../src/core/npy.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { writeDataFolder } from "../features/written-data-folder.js";

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

const LABELS = Int32Array.of(0, 1, -1, 1, 0, 1);
/** Row r is (r, r); row 3 could not be read. */
const FEATURES = Float32Array.of(0, 0, 1, 1, 2, 2, Number.NaN, Number.NaN, 4, 4, 5, 5);
const roles = {
  protocol: "made for a test",
  seed: 2,
  query: Int32Array.of(0),
  train: Int32Array.of(1, 2, 3, 4),
  database: Int32Array.of(1, 2, 3, 4, 5),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-training-data-"));
  const ids = ["a", "b", "c", "d", "e", "f"];
  const items = { classNames: ["x", "y"], labels: LABELS, ids, features: { data: FEATURES, shape: [6, 2] } };
  await writeDataFolder(at("plain"), items);
  await writeDataFolder(at("roles"), { ...items, roles });
  await writeDataFolder(at("other"), { ...items, classNames: ["y", "x"] });
  for (const name of ["plain", "roles"]) writeFileSync(at(name, "failed.csv"), "row,id,reason\n3,d,cut short\n");
  writeFileSync(at("f.npy"), encodeNpy({ data: new Float32Array(12).fill(1), shape: [6, 2] }));
  writeFileSync(at("l.npy"), encodeNpy({ data: LABELS, shape: [6] }));
  writeFileSync(at("short.npy"), encodeNpy({ data: LABELS.slice(1), shape: [5] }));
  writeFileSync(at("unknown.npy"), encodeNpy({ data: new Int32Array(6).fill(-1), shape: [6] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("readTrainingItems", () => {
  it("trains on rows of known label and readable image", async () => {
    const { train, failed, features, labels, classNames, items, origin, manifest, unchecked, ...rest } =
      await readTrainingItems({
        data: at("plain"),
      });
    expect([train, failed, labels, classNames]).toEqual([
      Int32Array.of(0, 1, 4, 5),
      Int32Array.of(3),
      LABELS,
      ["x", "y"],
    ]);
    expect([features.shape, features.failed]).toEqual([[6, 2], failed]);
    expect(items).toEqual(itemsOf(await readDataFolder(at("plain"))));
    expect(origin).toEqual({ items, from: 0 });
    expect([manifest?.backbone, unchecked, rest]).toEqual(["none", [], { converted: [], unlabelled: 1 }]);
  });

  it("trains on the role train alone where the data has roles", async () => {
    const { train, roles: drawn } = await readTrainingItems({ data: at("roles") });
    expect([train, drawn]).toEqual([Int32Array.of(1, 4), { protocol: "made for a test", seed: 2 }]);
  });

  it("takes arrays, says what it could not check, and knows those of a data folder by their names", async () => {
    const bare = await readTrainingItems({ features: at("f.npy"), labels: at("l.npy") });
    expect(bare.train).toEqual(Int32Array.of(0, 1, 3, 4, 5));
    expect([bare.classNames, bare.manifest, bare.items]).toEqual([undefined, undefined, undefined]);
    expect(bare.unchecked).toEqual([expect.stringMatching(/came as arrays/)]);
    const ours = await readTrainingItems({ features: at("plain", "features.npy"), labels: at("plain", "labels.npy") });
    expect([ours.classNames, ours.manifest?.backbone, ours.failed]).toEqual([["x", "y"], "none", Int32Array.of(3)]);
  });

  it.each<[string, () => TrainingDataFlags, string, RegExp]>([
    ["nothing", () => ({}), "usage", /say what to train on; expected --data/],
    ["features alone", () => ({ features: at("f.npy") }), "usage", /say what to train on/],
    ["both", () => ({ data: at("plain"), labels: at("l.npy") }), "usage", /say what to train on/],
    [
      "a label too few",
      () => ({ features: at("f.npy"), labels: at("short.npy") }),
      "input",
      /short\.npy: .*expected 6 rows.*found 5/,
    ],
    [
      "labels of other data",
      () => ({ features: at("plain", "features.npy"), labels: at("other", "labels.npy") }),
      "input",
      /other.labels\.npy: these labels are of other data than the features/,
    ],
    [
      "no known label",
      () => ({ features: at("f.npy"), labels: at("unknown.npy") }),
      "input",
      /unknown\.npy: there is no item to train on/,
    ],
  ])("refuses %s", async (_, flags, kind, message) => {
    const error: unknown = await readTrainingItems(flags()).catch(cause => cause);
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
  });
});
