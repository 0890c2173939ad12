// CIFAR-10's protocols at a fiftieth of their counts, from files to the figures of a data folder.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCifar10 } from "../../src/datasets/cifar-10.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import { datasetWithRoles } from "../../src/datasets/dataset-with-roles.js";
import { splitOverlaps } from "../../src/datasets/split-overlaps.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { extractToFolder } from "../../src/features/extract.js";
import { readFeatures } from "../../src/features/features-file.js";
import { protocolOf } from "../../src/protocols/known-protocols.js";
import { linearBackbone } from "../features/fake.js";

/** Images of each class; all of one have one colour each. */
const OF_EACH = 120;
const SCALE = 0.02;

/** Red, green and blue of the image in a row. */
const colourOf = (row: number): number[] => [row % 256, (7 * row) % 256, 255 - (row % 200)];

let folder: string;
let images: Dataset;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-cifar-pipeline-"));
  const names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
  for (const [batch, name] of names.entries()) {
    const records = Array.from({ length: (10 * OF_EACH) / names.length }, (_, i) => {
      const row = (batch * 10 * OF_EACH) / names.length + i;
      return Buffer.concat([Buffer.of(row % 10), ...colourOf(row).map(value => Buffer.alloc(1024, value))]);
    });
    writeFileSync(join(folder, `${name}.bin`), Buffer.concat(records));
  }
  images = await openCifar10({ root: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ["cifar10", [20, 100, 1080], 100],
  ["cifar10-1", [20, 100, 1180], 0],
  ["cifar10-2", [200, 1000, 1000], 0],
] as const)("%s", (name, counts, outside) => {
  it("has its counts, name and overlaps after extract, and features of its own pixels", async () => {
    const roles = protocolOf(name).rule!.draw(images, { seed: 3, scale: SCALE });
    const dataset = datasetWithRoles(images, name, roles);
    const backbone = linearBackbone();
    await extractToFolder(dataset, backbone, { folder: join(folder, name) });
    const { featuresFile, split } = await readDataFolder(join(folder, name));
    const features = (await readFeatures(featuresFile)).data;
    expect(split).toMatchObject({ name, seed: 3, asPublished: roles.asPublished });
    expect([split!.query, split!.train, split!.database]).toEqual([roles.query, roles.train, roles.database]);
    expect([split!.query.length, split!.train.length, split!.database.length]).toEqual(counts);
    expect(splitOverlaps(split!)).toMatchObject({
      trainOutsideDatabase: outside,
      queriesInDatabase: 0,
      trainQueries: 0,
    });
    const { data: weights } = backbone.weights.weight;
    for (const row of [0, 199, 200, 777, 1199]) {
      const wanted = Array.from({ length: 5 }, (_, j) =>
        colourOf(row).reduce((sum, value, colour) => sum + (value / 255) * weights[5 * colour + j], 0),
      );
      const found = features.subarray(5 * row, 5 * (row + 1));
      for (const [j, value] of wanted.entries()) expect(found[j]).toBeCloseTo(value, 5);
    }
  });
});
