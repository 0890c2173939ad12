import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { datasetCommand } from "../../src/commands/dataset.js";
import { InputError, UsageError } from "../../src/core/errors.js";
import { printedBy } from "./in-process.js";

const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-command-"));
  for (const [name, width] of [
    ["hats", 20],
    ["shoes", 30],
  ] as const) {
    await mkdir(join(folder, "set", name), { recursive: true });
    const image = sharp({ create: { width, height: 25, channels: 3, background: "#345678" } });
    for (const i of [1, 2, 3])
      await image
        .clone()
        .jpeg()
        .toFile(join(folder, "set", name, `${i}.jpg`));
  }
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const output = (...args: string[]): Promise<string> => printedBy(datasetCommand(), ...args);

describe("hashbook dataset", () => {
  it("prints one JSON document", async () => {
    const report = JSON.parse(await output("fashion-mnist-10k", "--json", "--check", "5"));
    expect(report).toMatchObject({
      name: "fashion-mnist-10k",
      images: 10_000,
      classes: 10,
      checked: { images: 5, width: [28, 28], height: [28, 28] },
      splits: [{ seed: 0, query: 1000, train: 5000, database: 9000 }],
    });
    expect(report.perClass[0]).toEqual({ label: 0, name: "T-shirt/top", images: 1000 });
  });

  it("prints a summary for people, and says why there is no split", async () => {
    const text = await output(join(folder, "set"));
    expect(text).toContain("image-folder: 6 images, 2 classes of 3");
    expect(text).toContain("6 images decoded: 20-30 × 25 pixels");
    expect(text).toMatch(/1 {2}shoes +3/);
    expect(text).toMatch(
      /no default split: .*classes that are too small.*--query-per-class 1 --train-per-class 1 would fit/,
    );
  });

  it("draws a contact sheet", async () => {
    const file = join(folder, "sheets", "sheet.png");
    await output("image-folder", "--root", join(folder, "set"), "--contact-sheet", file);
    const { width, height, format } = await sharp(await readFile(file)).metadata();
    // Two rows of three images.
    expect([format, width, height]).toEqual(["png", 3 * 62 + 6, 2 * (56 + 6 + 14) + 6]);
  });

  it("lists every bad image with its reason, takes what is cut short where asked, and crosses bad ones out", async () => {
    const whole = await readFile(join(goldens, "preprocess", "wide.jpg"));
    const set = join(folder, "bad");
    await mkdir(join(set, "hats"), { recursive: true });
    await writeFile(join(set, "hats/1.jpg"), whole);
    await writeFile(join(set, "hats/2.jpg"), "no image");
    await writeFile(join(set, "hats/3.jpg"), whole.subarray(0, 5000));
    await writeFile(join(set, "hats/4.png"), "");
    await writeFile(join(set, "hats/5.bmp"), Buffer.concat([Buffer.from("BM\x40\0\0\0\0\0\0\0", "latin1"), whole]));
    await writeFile(join(set, "loose.jpg"), whole);
    const text = await output(set, "--check", "all");
    expect(text).toContain("1 images decoded: ");
    expect(text).toMatch(
      /3 of 4 images are broken:\n {2}hats\/2\.jpg \(no image\)\n {2}hats\/3\.jpg \(.*cut short or damaged\)\n {2}hats\/4\.png \(0 bytes\)\n/,
    );
    expect(text).toContain("1 passed over, a BMP image, not read here: hats/5.bmp\n");
    expect(text).toContain("1 passed over, it is in no class's folder: loose.jpg\n");
    const sheet = join(folder, "bad.png");
    const report = JSON.parse(
      await output(set, "--check", "all", "--truncated", "accept", "--json", "--contact-sheet", sheet),
    );
    expect(report.checked.broken.map(({ id }: { id: string }) => id)).toEqual(["hats/2.jpg", "hats/4.png"]);
    expect(report.checked.truncated).toMatchObject([{ id: "hats/3.jpg" }]);
    expect(report.passedOver).toHaveLength(2);
    const { data, info } = await sharp(await readFile(sheet))
      .raw()
      .toBuffer({ resolveWithObject: true });
    // Four squares of 112 pixels, 6 apart: a white corner, but for the cross in it, only where there is no image.
    const at = (square: number, x: number, y: number) =>
      data[((6 + y) * info.width + 6 + square * 118 + x) * info.channels];
    expect([0, 1, 2, 3].map(square => [at(square, 50, 50) === 120, at(square, 52, 50) === 255])).toEqual([
      [false, false],
      [true, true],
      [false, false],
      [true, true],
    ]);
  });

  it("says before it looks at any image that the sheet cannot be written", async () => {
    const below = join(folder, "set/hats/1.jpg/sheet.png");
    await expect(output(join(folder, "nowhere"), "--contact-sheet", below)).rejects.toThrow(
      /sheet\.png: a part of this path is no folder/,
    );
  });

  it("refuses bad usage", async () => {
    await expect(output("mnist")).rejects.toThrow(UsageError);
    await expect(output("mnist")).rejects.toThrow("fashion-mnist-10k, fashion-mnist, cifar-10, cifar10");
    await expect(output("fashion-mnist-10k", "--check", "some")).rejects.toThrow(UsageError);
    await expect(output(join(folder, "nowhere"))).rejects.toThrow(InputError);
  });
});
