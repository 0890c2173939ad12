import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { rankGallery } from "../../src/challenge/rank-gallery.js";
import { submissionLines } from "../../src/challenge/submission.js";
import { featureSides } from "../../src/experiments/challenge-candidates.js";
import { challengeNotice } from "../../src/experiments/challenge-notice.js";
import { heldOutFeatures, openChallenge } from "../../src/experiments/challenge-study.js";
import { writeFiles } from "../datasets/digix-folder.js";

const PRODUCTS = 8;
const EACH = 5;
const BROKEN = ["train_data/DIGIX_000002/T1.jpg", "test_data_A/query/Q1.jpg", "test_data_A/gallery/G4.jpg"];
let home: string;

/** Eight products of five plain pictures, and test A of 3 queries and 12 gallery images; three files are no images. */
async function digixWithBrokenImages(): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = {};
  const add = async (path: string, hue: number, size: number): Promise<void> => {
    const background = { r: hue % 256, g: (7 * hue) % 256, b: 90 };
    const picture = sharp({ create: { width: size, height: 40, channels: 3, background } });
    files[path] = BROKEN.includes(path) ? "no image" : await picture.jpeg().toBuffer();
  };
  const lines: string[] = [];
  for (let i = 0; i < PRODUCTS * EACH; i++) {
    const product = Math.floor(i / EACH);
    const path = `DIGIX_00000${product}/T${i % EACH}.jpg`;
    await add(`train_data/${path}`, 30 * product + i, 40 + i);
    lines.push(`${path},${product}\n`);
  }
  files["train_data/label.txt"] = lines.join("");
  for (let i = 0; i < 3; i++) await add(`test_data_A/query/Q${i}.jpg`, 60 * i, 41);
  for (let i = 0; i < 12; i++) await add(`test_data_A/gallery/G${i}.jpg`, 20 * i, 43);
  return files;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "challenge-study-"));
  vi.stubEnv("HASHBOOK_HOME", home);
  vi.stubEnv("HASHBOOK_ENGINE", "cpu");
  await writeFiles(join(home, "data", "digix"), await digixWithBrokenImages());
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

describe("openChallenge", () => {
  it("goes on without labelled images that cannot be read, and ranks for every query of the test part", async () => {
    const study = await openChallenge({ fold: { fold: 1, of: 4 } });
    const { dataset, featureSet, split, validation, heldOut, test, testFeatures, engine } = study;
    expect(dataset.ids).toHaveLength(PRODUCTS * EACH - 1);
    expect(dataset.ids).not.toContain("DIGIX_000002/T1.jpg");
    expect(await readFile((await dataset.image(11)) as string)).toEqual(
      await readFile(join(home, "data/digix/train_data", dataset.ids[11])),
    );
    expect(featureSet.features.shape[0]).toBe(dataset.ids.length);
    expect(featureSet.labels).toEqual(dataset.labels);
    expect(featureSet.features.data.every(Number.isFinite)).toBe(true);
    const rows = [...split.query, ...split.train, ...split.database].sort((a, b) => a - b);
    expect(rows).toEqual([...dataset.ids.keys()]);
    expect(split.protocol).toMatch(/, without 1 unreadable images$/);
    const watched = [...validation.query, ...validation.train, ...validation.database];
    expect(watched.sort((a, b) => a - b)).toEqual([...split.train].sort((a, b) => a - b));
    expect(heldOut.rows).toEqual({ query: split.query, gallery: split.database });

    const sides = featureSides(testFeatures.features, test.rows);
    const ranked = await rankGallery(sides, { engine, ranking: "features" });
    const lines = submissionLines(ranked, test.names.queries, test.names.gallery);
    expect(lines.map(({ query }) => query)).toEqual(["Q0.jpg", "Q1.jpg", "Q2.jpg"]);
    for (const { gallery } of lines) expect(new Set(gallery).size).toBe(10);
    expect(study.unreadable.labelled.map(({ id }) => id)).toEqual(["DIGIX_000002/T1.jpg"]);
    expect(study.synthetic).toBe(false);
    expect(challengeNotice(study)).toMatch(
      /^\*\*Images in the layout of DIGIX 2020, but not as many\*\*.*39 labelled images \(DIGIX has 68811\), 15 in test part A \(DIGIX has 59404\), whose labels are not known; .* 1 labelled, left out; 2 of test part A, given the mean feature\.$/,
    );
    const flipped = await heldOutFeatures(study, { views: "flip" });
    expect(flipped.queries.features!.shape[0]).toBe(split.query.length);
  }, 60_000);
});
