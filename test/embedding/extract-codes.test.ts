import { mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backbone } from "../../src/backbone/backbone.js";
import { readCodes } from "../../src/codes/codes-file.js";
import { openEngine } from "../../src/compute/engine.js";
import type { Engine } from "../../src/compute/program.js";
import { Random } from "../../src/core/random.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { extractCodes } from "../../src/embedding/extract-codes.js";
import { readCodesIds, readCodesSidecar } from "../../src/features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { readFeatures } from "../../src/features/features-file.js";
import { mergeCodeShards } from "../../src/features/merge.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { expectedFeature, greyDataset, linearBackbone } from "../features/fake.js";

const folder = mkdtempSync(join(tmpdir(), "hashbook-extract-codes-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]): string => join(folder, ...names);

const [COUNT, BITS, DIM] = [50, 11, 5];
const backbone = linearBackbone(DIM);
const config = { inputDim: DIM, hidden: [], bits: BITS, dropout: 0 };
const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 1 };
const madeBy = { hash: "of the model" };
const dataset = greyDataset(COUNT);
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ engine: "cpu", threads: 1 });
});

/** Bit j of row r: the sign of the hash layer of the feature that is known in closed form. */
function expectedCode(row: number): number[] {
  const { "hash.weight": weight, "hash.bias": bias } = head.parameters;
  const feature = expectedFeature(backbone, row);
  const bytes = [0, 0];
  for (let bit = 0; bit < BITS; bit++) {
    const z = feature.reduce((sum, value, d) => sum + value * weight.data[bit * DIM + d], bias.data[bit]);
    if (z >= 0) bytes[bit >> 3] |= 0x80 >> (bit & 7);
  }
  return bytes;
}

const settings = (name: string) => ({ folder: at(name), backbone, model: head, madeBy, engine, batchSize: 8 });
const bytesOf = (name: string, file: string): Buffer => readFileSync(at(name, file));

describe("extractCodes", () => {
  it("keeps packed codes with what they are, ids and labels, and no features", async () => {
    const made = await extractCodes(dataset, settings("whole"));
    expect([made.cached, made.manifest.codes]).toEqual([false, { model: madeBy.hash, bits: BITS }]);
    expect(readdirSync(at("whole")).sort()).toEqual(
      ["codes.ids.txt", "codes.json", "codes.npy", "ids.txt", "labels.npy", "manifest.json"].sort(),
    );
    const { data } = await readCodes(at("whole", "codes.npy"), { bits: BITS });
    // Row 0 is black: its z are the biases, 0, and the sign of 0 is +1.
    expect([...data]).toEqual(Array.from({ length: COUNT }, (_, row) => expectedCode(row)).flat());
    const [found, sidecar] = [await readDataFolder(at("whole")), await readCodesSidecar(at("whole", "codes.npy"))];
    expect(sidecar).toMatchObject({ form: "packed", rows: COUNT, bits: BITS, model: madeBy, data: itemsOf(found) });
    expect(await readCodesIds(at("whole", "codes.npy"), sidecar!)).toEqual(dataset.ids);
    expect(found.labels).toEqual(dataset.labels);
    expect((await extractCodes(dataset, settings("whole"))).cached).toBe(true);
    await expect(readFeatures(found.featuresFile)).rejects.toThrow(/features were not kept/);
  });

  it("says it is a folder of other codes where model or features are others", async () => {
    const other = { ...settings("whole"), madeBy: { hash: "another" } };
    await expect(extractCodes(dataset, other)).rejects.toThrow(/made in another way/);
    const wide = { ...settings("new"), model: { ...head, config: { ...config, inputDim: 9 } } };
    await expect(extractCodes(dataset, wide)).rejects.toThrow(/length 5 from linear.*found features of length 9/);
    const real = { ...settings("new"), model: { ...head, output: "embedding" as const } };
    await expect(extractCodes(dataset, real)).rejects.toThrow(/real values instead of codes/);
  });

  it("makes no code of what is no feature, where the image could be read", async () => {
    const ratio: Backbone["forward"] = (images, weights) => {
      const colour = tf.mean<tf.Tensor2D>(images, [1, 2]);
      return tf.matMul(tf.div<tf.Tensor2D>(colour, colour), weights.weight as tf.Tensor2D); // 0 / 0 of a black image
    };
    const black30 = greyDataset(COUNT, row => dataset.image((row + 20) % COUNT) as Promise<RawImage>);
    const wild = { ...settings("wild"), backbone: { ...backbone, forward: ratio } };
    await expect(extractCodes(black30, wild)).rejects.toThrow(/no feature.*finite values; found NaN in row 30 /);
  });

  it("is only read where it is whole, also where nothing can be written", async () => {
    await extractCodes(dataset, settings("whole"));
    const before = readdirSync(at("whole"));
    const locks: string[] = [];
    const watched = watch(at("whole"), (_, name) => void locks.push(`${name}`));
    expect((await extractCodes(dataset, settings("whole"))).cached).toBe(true);
    watched.close();
    expect([readdirSync(at("whole")), locks]).toEqual([before, []]);
  });

  it("stopped and started again, ends in the bytes of an undisturbed run", async () => {
    const controller = new AbortController();
    const stopAt = ({ done }: { done: number }) => done >= 24 && controller.abort(new Error("enough"));
    const stopped = extractCodes(dataset, { ...settings("again"), signal: controller.signal, onProgress: stopAt });
    await expect(stopped).rejects.toThrow("enough");
    expect(readdirSync(at("again"))).toContain("codes.npy.partial");
    const seen: number[] = [];
    await extractCodes(dataset, { ...settings("again"), onProgress: ({ done }) => void seen.push(done) });
    expect(seen[0]).toBe(32);
    expect(bytesOf("again", "codes.npy")).toEqual(bytesOf("whole", "codes.npy"));
    rmSync(at("again", "codes.json")); // killed between codes and what they are
    writeFileSync(at("again", "codes.ids.txt.1-0000abcd.partial"), "a part");
    await extractCodes(dataset, settings("again"));
    expect(bytesOf("again", "codes.json")).toEqual(bytesOf("whole", "codes.json"));
    expect(readdirSync(at("again"))).toEqual(readdirSync(at("whole")));
  });

  it("of shards that are joined, gives the bytes of one run; an image that cannot be read has bits of 0", async () => {
    const broken = greyDataset(COUNT, async (row): Promise<RawImage | Uint8Array> => {
      return row === 20 ? new Uint8Array(4) : ((await dataset.image(row)) as RawImage);
    });
    await extractCodes(broken, settings("undivided"));
    for (const index of [1, 2, 3]) {
      await extractCodes(broken, { ...settings(`parts/shard-${index}-of-3`), shard: { index, of: 3 } });
    }
    const { failed, codes } = await mergeCodeShards(at("parts"));
    expect([failed.map(({ row }) => row), codes.bits]).toEqual([[20], BITS]);
    for (const name of [
      "codes.npy",
      "codes.json",
      "codes.ids.txt",
      "ids.txt",
      "labels.npy",
      "failed.csv",
      "manifest.json",
    ]) {
      expect(bytesOf("parts", name).equals(bytesOf("undivided", name)), name).toBe(true);
    }
    const { data } = await readCodes(at("parts", "codes.npy"), { bits: BITS });
    const expected = Array.from({ length: COUNT }, (_, row) => (row === 20 ? [0, 0] : expectedCode(row)));
    expect([...data]).toEqual(expected.flat());
  });
});
