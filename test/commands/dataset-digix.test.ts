// `hashbook dataset` with DIGIX's layout: making the sample, the report, leaks, the contact sheet.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { datasetCommand } from "../../src/commands/dataset.js";
import { LEAK_CHECK_LIMITS } from "../../src/commands/dataset-leaks.js";
import { InputError, UsageError } from "../../src/core/errors.js";
import { printedBy } from "./in-process.js";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "hashbook.js");
const SMALL = ["--seed", "8", "--products", "3,1,1"];
let folder: string;
let sample: string;

const output = (...args: string[]): Promise<string> => printedBy(datasetCommand(), ...args);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-digix-command-"));
  sample = join(folder, "sample");
  await output("digix-sample", "--out", sample, ...SMALL);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rm(folder, { recursive: true }));

describe("hashbook dataset digix-sample", () => {
  it("killed with SIGKILL half way: nothing looks finished, and the next run ends in the same files", async () => {
    const out = join(folder, "killed");
    const child = spawn(process.execPath, [main, "dataset", "digix-sample", "--out", out, ...SMALL], {
      stdio: "ignore",
    });
    const ended = new Promise<NodeJS.Signals | null>(resolve =>
      child.once("close", (_code, signal) => resolve(signal)),
    );
    const taken = async (): Promise<number> =>
      (await readdir(`${out}.partial`, { recursive: true }).catch(() => [])).filter(name => name.endsWith(".jpg"))
        .length;
    while ((await taken()) < 5 && child.exitCode === null) await sleep(5);
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    expect(await readdir(folder)).not.toContain("killed");
    const report = JSON.parse(await output("digix-sample", "--out", out, ...SMALL, "--json"));
    const whole = JSON.parse(await output("digix-sample", "--root", sample, "--json"));
    expect(report.contentHash).toBe(whole.contentHash);
    expect(await readdir(folder)).not.toContain("killed.partial");
  });

  it("reports images, products, sizes and folds, in JSON and in words", async () => {
    const report = JSON.parse(await output("digix-sample", "--root", sample, "--json", "--check", "all"));
    expect(report).toMatchObject({ name: "digix-sample", classes: 3, unknown: 0, oddities: [] });
    expect(report.checked).toMatchObject({ images: report.images, broken: [] });
    expect(report.sizes.classes).toBe(3);
    expect(report.splitProblem).toContain("number of folds");
    const text = await output("digix-sample-test-a", "--root", sample);
    expect(text).toMatch(/^digix-sample-test-a: \d+ images, 1 classes of \d+\nSynthetic drawings/);
    expect(text).toMatch(/split \(the challenge's: .*\): \d query, 0 train, \d+ database/);
  });

  it("draws some products, a row each", async () => {
    const file = join(folder, "sheet.png");
    await output("digix-sample", "--root", sample, "--contact-sheet", file);
    const { width, height } = await sharp(await readFile(file)).metadata();
    expect([(width! - 6) % 118, height]).toEqual([0, 3 * (112 + 6 + 14) + 6]);
  });

  it("bad usage: --out for what cannot be made, two places, wrong numbers", async () => {
    await expect(output("digix", "--out", join(folder, "x"))).rejects.toThrow(UsageError);
    await expect(output("digix-sample", "--out", join(folder, "x"), "--root", sample)).rejects.toThrow(UsageError);
    await expect(output("digix-sample", "--out", sample, "--seed", "9")).rejects.toThrow(/other settings/);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await expect(output("digix-sample", "--products", "3,4")).rejects.toThrow(/one number or three/);
    await expect(output("digix-sample", "--out", join(folder, "x"), "--products", "3,4,0")).rejects.toThrow(InputError);
  });
});

describe("hashbook dataset digix", () => {
  it("lists broken files and oddities, and finds what is in two parts, two products, query and gallery", async () => {
    const odd = join(folder, "odd");
    await cp(sample, odd, { recursive: true });
    const inside = (part: string): string => join(odd, part);
    await rm(inside("train_data/roles.txt")); // which DIGIX has not
    const [first, second] = await readdir(inside("train_data/DIGIX_000000"));
    await cp(join(inside("train_data/DIGIX_000000"), first), inside("test_data_A/gallery/COPY.jpg"));
    await cp(inside("test_data_A/gallery/COPY.jpg"), inside("test_data_A/query/COPY.jpg"));
    const smaller = await sharp(join(inside("train_data/DIGIX_000000"), second))
      .resize(180)
      .jpeg()
      .toBuffer();
    await writeFile(inside("train_data/DIGIX_000001/SMALLER.jpg"), smaller);
    // A gallery picture of the test part among the train pictures: mirrored, and 4 % cropped off each side.
    const shown = (await readdir(inside("test_data_A/gallery"))).find(name => name !== "COPY.jpg")!;
    const picture = sharp(join(inside("test_data_A/gallery"), shown));
    const { width, height } = await picture.metadata();
    const [left, top] = [Math.round(0.04 * width!), Math.round(0.04 * height!)];
    const cropped = picture.extract({ left, top, width: width! - 2 * left, height: height! - 2 * top });
    await writeFile(inside("train_data/DIGIX_000002/MIRRORED.jpg"), await cropped.flop().jpeg().toBuffer());
    await writeFile(inside("train_data/DIGIX_000002/BROKEN.jpg"), "no image");
    const report = JSON.parse(await output("digix", "--root", odd, "--check", "all", "--leaks", "--json"));
    expect(report.checked.broken).toEqual([expect.objectContaining({ id: "DIGIX_000002/BROKEN.jpg" })]);
    expect(report.oddities).toEqual([expect.objectContaining({ count: 3, what: expect.stringContaining("not name") })]);
    const [own, testA, testB] = report.leaks;
    expect([own.sameFile, own.near, own.pairs[0].second]).toEqual([0, 1, "DIGIX_000001/SMALLER.jpg"]);
    expect(testA).toMatchObject({ between: "digix and digix-test-a", sameFile: 2, near: 0, transformed: 1 });
    expect(testA.pairs[2]).toMatchObject({ first: "DIGIX_000002/MIRRORED.jpg", second: `gallery/${shown}` });
    expect(testB).toMatchObject({ sameFile: 0, near: 0 });
    const text = await output("digix", "--root", odd, "--check", "all", "--leaks");
    expect(text).toContain("1 of ");
    expect(text).toMatch(/1 of \d\d images are broken:\n {2}DIGIX_000002\/BROKEN.jpg \(no image\)/);
    expect(text).toMatch(/tolerated: 3 images that label.txt does not name: DIGIX_000001\/SMALLER.jpg, /);
    expect(text).toContain(LEAK_CHECK_LIMITS);
    expect(text).toMatch(
      /leaks, digix and digix-test-a: 2 pairs of equal files, 0 of near-duplicates .*\n {2}DIGIX_000000/,
    );
    const test = JSON.parse(await output("digix-test-a", "--root", odd, "--leaks", "--json"));
    expect(test.leaks[0].pairs).toEqual([
      { first: "query/COPY.jpg", second: "gallery/COPY.jpg", sameFile: true, distance: 0 },
    ]);
  });

  it("an unlabelled test part: labels not known, a sheet of queries and gallery", async () => {
    const bare = join(folder, "bare");
    await cp(sample, bare, { recursive: true });
    await rm(join(bare, "test_data_A/label.txt"));
    const file = join(folder, "bare.png");
    const text = await output("digix-test-a", "--root", bare, "--contact-sheet", file);
    expect(text).toMatch(/^digix-test-a: \d+ images, labels not known\nSynthetic drawings/);
    const { height } = await sharp(await readFile(file)).metadata();
    expect((height! - 6) / 132).toBe(2);
    await rm(join(bare, "sample.json")); // what told the drawings from DIGIX
    expect(await output("digix-test-a", "--root", bare)).toMatch(/labels not known\nDIGIX 2020/);
  });
});
