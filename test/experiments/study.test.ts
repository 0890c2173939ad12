import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/datasets/dataset.js";
import { compareMethods } from "../../src/experiments/compare-methods.js";
import { openProtocolStudy } from "../../src/experiments/protocol-study.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { scoreOverFolds } from "../../src/experiments/score-over-folds.js";
import { openStudy, openStudyDataset } from "../../src/experiments/study.js";
import { studySplit } from "../../src/experiments/study-split.js";
import { greyDataset } from "../features/fake.js";
import { toyExperiment } from "./toy-experiment.js";

describe("studySplit", () => {
  const sizes = (images: number, smoke = false) => {
    const { query, train, database } = studySplit(greyDataset(images), { smoke });
    return [query.length, train.length, database.length];
  };

  it("is the usual protocol where classes are large enough", () => {
    expect(sizes(2 * 700)).toEqual([200, 1000, 1200]);
  });

  it("is what the dataset says, where it gives all roles", () => {
    const roles = {
      protocol: "its own",
      seed: 3,
      query: Int32Array.of(0),
      train: Int32Array.of(1),
      database: Int32Array.of(1, 2),
    };
    const dataset = greyDataset(1400);
    for (const smoke of [false, true]) expect(studySplit({ ...dataset, roles }, { smoke, seed: 5 })).toBe(roles);
    const untrained = { ...roles, train: new Int32Array() }; // as of a challenge's test part
    expect(studySplit({ ...dataset, roles: untrained })).toEqual(studySplit(dataset));
    const published = { ...untrained, asPublished: "the lists test.txt, database.txt" };
    expect(() => studySplit({ ...dataset, roles: published })).toThrow(
      "the lists of grey have no train images; expected train.txt beside the others",
    );
  });

  it("shrinks with the classes, so that a folder of one's own works", () => {
    expect(sizes(2 * 600)).toEqual([120, 600, 1080]);
    expect(sizes(2 * 30)).toEqual([6, 30, 54]);
    expect(sizes(2 * 2)).toEqual([2, 2, 2]);
    expect(() => sizes(2)).toThrow(/too small/);
  });

  it("is small in smoke runs", () => {
    expect(sizes(2 * 40, true)).toEqual([16, 48, 64]);
    expect(sizes(2 * 20, true)).toEqual([4, 20, 36]);
  });

  /** Classes of so many images each, dealt in turn. */
  function unevenDataset(...counts: number[]): Dataset<Int32Array> {
    const labels = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)));
    const classNames = counts.map((_, label) => `class-${label}`);
    return { ...greyDataset(labels.length), labels, classNames };
  }

  it("takes of each class by its own size, and says what which lack", () => {
    const counts = [700, 50, 3, 1, 0];
    const dataset = unevenDataset(...counts);
    const { protocol, query, train, database } = studySplit(dataset);
    const inClass = (rows: Int32Array) =>
      counts.map((_, label) => rows.filter(row => dataset.labels[row] === label).length);
    expect(inClass(query)).toEqual([100, 5, 1, 0, 0]);
    expect(inClass(train)).toEqual([500, 25, 1, 0, 0]);
    expect(inClass(database)).toEqual([600, 45, 2, 1, 0]);
    const asked = new Set(query);
    expect([...database, ...train].some(row => asked.has(row))).toBe(false);
    expect(train.every(row => database.includes(row))).toBe(true);
    expect(protocol).toContain("2 classes have fewer than 601 images: class-1 (50), class-2 (3)");
    expect(protocol).toContain("1 classes have one image, which is in the database alone: class-3 (1)");
    expect(protocol).toContain("1 classes have none: class-4 (0)");
    expect(studySplit(dataset)).toEqual(studySplit(dataset));
    expect(() => studySplit(unevenDataset(1, 1, 0))).toThrow(/all classes of grey are too small.*class-0 has 1/);
  });
});

describe("what can be refused is refused before work", () => {
  let folder: string;
  let home: string | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-study-"));
    home = process.env.HASHBOOK_HOME;
    process.env.HASHBOOK_HOME = join(folder, "home");
  });
  afterEach(async () => {
    if (home === undefined) delete process.env.HASHBOOK_HOME;
    else process.env.HASHBOOK_HOME = home;
    await rm(folder, { recursive: true });
  });

  async function pictures(...counts: number[]): Promise<string> {
    for (const [label, count] of counts.entries()) {
      await mkdir(join(folder, "set", `${label}`), { recursive: true });
      for (let i = 0; i < count; i++) {
        const image = sharp({
          create: { width: 9, height: 9, channels: 3, background: { r: 20 * i, g: 90 * label, b: 5 } },
        });
        await image.png().toFile(join(folder, "set", `${label}`, `${i}.png`));
      }
    }
    return join(folder, "set");
  }

  it("a study does not extract what it cannot split, or hold out of", async () => {
    const extracted: unknown[] = [];
    const onProgress = (progress: unknown) => extracted.push(progress);
    const alone = { dataset: await pictures(1, 1), onProgress };
    await expect(openStudy(alone)).rejects.toThrow(/all classes of image-folder are too small/);
    const pairs = { dataset: await pictures(2, 3), onProgress };
    await expect(openStudy(pairs)).rejects.toThrow(/nothing to hold out/);
    await expect(openStudy({ ...pairs, backbone: "resnet50" })).rejects.toThrow(/weights of resnet50 are not here/);
    expect(extracted).toEqual([]);
    expect(await readdir(join(folder, "home", "data")).catch(() => [])).not.toContain("features");
  });

  it("a study of a protocol has its roles and its way from image to square", async () => {
    const set = await pictures(8, 8);
    const line = (label: number) => (i: number) =>
      `${label}/${i}.png ${Array.from({ length: 80 }, (_, one) => (one === label ? 1 : 0)).join(" ")}\n`;
    const lines = [0, 1].flatMap(label => Array.from({ length: 8 }, (_, i) => line(label)(i)));
    const lists = join(folder, "lists");
    await mkdir(lists);
    await writeFile(join(lists, "test.txt"), lines.slice(0, 2).join(""));
    await writeFile(join(lists, "database.txt"), lines.join(""));
    await expect(openStudy({ dataset: "coco", lists, images: set })).rejects.toThrow("have no train images");
    await expect(openStudy({ dataset: "coco", lists, images: set, smoke: true })).rejects.toThrow("no train images");
    await writeFile(join(lists, "train.txt"), lines.slice(2).join(""));
    const study = await openStudy({ dataset: "coco", lists, images: set, preprocessing: { size: 64 } });
    expect(study.split).toMatchObject({ name: "coco", query: Int32Array.of(0, 1) });
    expect(study.split.database).toHaveLength(16);
    const { manifest } = study.featureSet;
    expect(manifest.preprocessing).toMatchObject({ cropMode: "squash", resize: 73, crop: 64 });
    expect(manifest.run?.assumptions).toEqual([expect.stringContaining("as protocol coco has it")]);

    const { validation, differs, protocol } = await openProtocolStudy({ dataset: "coco", lists, images: set });
    expect(validation.query.length).toBeGreaterThan(0);
    const [learned, held] = [validation.train.length, validation.query.length];
    expect(differs.at(-1)).toContain(`learn from ${learned} of the 14 train rows: ${held} are held out`);
    expect([learned + held, protocol.name]).toEqual([14, "coco"]);

    await rm(join(set, "1", "7.png"));
    const open = { dataset: "coco", lists, images: set };
    for (const way of [{}, { missing: "refuse" as const }]) {
      await expect(openProtocolStudy({ ...open, ...way })).rejects.toThrow(/1 of the 16 images.*missing: "drop"/);
    }
    expect((await openProtocolStudy({ ...open, missing: "drop" })).split.database).toHaveLength(15);
    expect((await openStudy({ ...open, missing: "drop" })).split.database).toHaveLength(15);
    await expect(openStudy({ ...open, missing: "dropp" as never })).rejects.toThrow('"dropp" to go on without images');
    await expect(openProtocolStudy({ ...open, mising: "drop" } as never)).rejects.toThrow(
      'unknown option "mising" of a study; expected "missing"?',
    );
    await expect(openProtocolStudy({ ...open, lists: join(folder, "set") })).rejects.toThrow(
      `${join(folder, "set")}: there is no list of the query and database images`,
    );
    // As it stands in a notebook, whose folder is not that of the command: the place that was looked at is named.
    const nowhere = relative(process.cwd(), join(folder, "nowhere"));
    await expect(openProtocolStudy({ ...open, lists: nowhere })).rejects.toThrow(
      `${join(folder, "nowhere")}: there is no such folder; expected a folder of published lists`,
    );
  }, 60_000);

  it("a study of CIFAR-10 draws the roles of its protocol by the seed, from where it is", async () => {
    const names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"];
    for (const name of names) {
      const records = Buffer.alloc(3073 * 1010);
      for (let i = 0; i < 1010; i++) records[3073 * i] = i % 10;
      await writeFile(join(folder, `${name}.bin`), records);
    }
    const open = (seed?: number) => openStudyDataset("cifar10", { root: folder, seed });
    const [first, again, other] = [await open(), await open(0), await open(1)];
    expect(studySplit(first)).toBe(first.roles);
    expect(first.roles).toMatchObject({ name: "cifar10", seed: 0 });
    expect(again.contentHash).toBe(first.contentHash);
    expect(other.roles).toMatchObject({ name: "cifar10", seed: 1 });
    expect(other.roles!.query).not.toEqual(first.roles!.query);
  });

  it("a study of uneven classes and a singleton is made, also for a smoke run", async () => {
    const dataset = await pictures(14, 5, 1);
    const study = await openStudy({ dataset });
    expect(study.split.protocol).toContain("1 classes have one image");
    expect(study.featureSet.features.shape[0]).toBe(20);
    expect((await openStudyDataset(dataset, { smoke: true })).ids).toHaveLength(20);
  }, 60_000);

  it("a comparison, an experiment, folds: all settings before the first training", async () => {
    const data = toyExperiment();
    const runs = join(folder, "runs");
    const dch = { method: "dch", bits: 8, epochs: 1 } as const;
    await expect(compareMethods(data, { methods: ["lsh", "dch"], bits: [8, 0], folder: runs })).rejects.toThrow(/bits/);
    const options = { dch: { gamma: -1 } };
    await expect(compareMethods(data, { methods: ["lsh", "dch"], bits: [8], options, folder: runs })).rejects.toThrow(
      /gamma/,
    );
    await expect(runExperiment(data, dch, { metrics: ["none@5"], folder: runs })).rejects.toThrow(/none/);
    await expect(runExperiment(data, dch, { cutoffs: [0], folder: runs })).rejects.toThrow(/cutoff out of range/);
    expect(await readdir(runs).catch(() => [])).toEqual([]);
    const dataset = { ...greyDataset(30), labels: Int32Array.from({ length: 30 }, (_, row) => row % 6) };
    const reports: unknown[] = [];
    const folds = scoreOverFolds(
      { dataset, featureSet: data.featureSet },
      { good: dch, bad: { ...dch, epochs: -1 } },
      { plain: { ranking: "hamming" } },
      { of: 2, onProgress: progress => reports.push(progress) },
    );
    await expect(folds).rejects.toThrow(/epochs/);
    expect(reports).toEqual([]);
  });
});
