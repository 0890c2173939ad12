// Published lists in ten forms, from the files to figures, by the commands. The lists, the codes and the figures are made
// by tools/make-lists-goldens.py, which reads the lists again with NumPy and Python alone.
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { runInProcess } from "./in-process.js";

const GOLDENS = fileURLToPath(new URL("../goldens/lists", import.meta.url));
const NET = fileURLToPath(new URL("../goldens/onnx/opset17.onnx", import.meta.url));
const BITS = 16;

/** expected.json beside the lists. */
interface Expected {
  readonly images: readonly string[];
  readonly stripPrefix?: string;
  /** `+` and `-` for each image. */
  readonly codes: readonly string[];
  readonly listed: number;
  readonly labelsAnItem: readonly number[];
  readonly overlaps: object;
  readonly roles: Readonly<Record<"query" | "train" | "database", number>>;
  /** Rows without a label kept, and left out. */
  readonly figures: Readonly<Record<"keep" | "drop", unknown>>;
}

let folder: string;
const home = process.env.HASHBOOK_HOME;
beforeAll(async () => {
  process.stdout.setMaxListeners(0); // every command line listens to it
  folder = await mkdtemp(join(tmpdir(), "hashbook-lists-"));
  process.env.HASHBOOK_HOME = join(folder, "home");
});
afterAll(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(folder, { recursive: true });
});

const file = (...parts: readonly string[]): string => join(folder, ...parts);

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runInProcess(...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Small pictures, each of another grey. */
async function drawImages(root: string, paths: readonly string[]): Promise<void> {
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => (37 * i + at * (1 + (i % 7))) % 256);
    await sharp(data, { raw: { width: 24, height: 24, channels: 3 } }).toFile(join(root, path));
  }
}

/** All numbers of `figures` are in what was reported, to 1e-9. */
function expectFigures(reported: unknown, figures: unknown, path = ""): void {
  if (typeof figures === "number") {
    expect(reported, path).toBeTypeOf("number");
    expect(Math.abs((reported as number) - figures), `${path}: ${reported}, ${figures}`).toBeLessThan(1e-9);
    return;
  }
  for (const [name, value] of Object.entries(figures as object)) {
    expectFigures((reported as Record<string, unknown>)[name], value, `${path}.${name}`);
  }
}

/** What a row of the table needs beside its name: the form as it is said, and what is unusual. */
const FORMS = [
  ["cifar10", "one class number", {}],
  ["cifar10-1", "10 columns of 0 and 1", {}],
  ["cifar10-2", "the name of a class", {}],
  ["imagenet-100", "100 columns of 0 and 1", { prefixes: [{ prefix: "./data/imagenet/", lines: 150 }] }],
  ["coco", "80 columns of 0 and 1", { prefixes: [{ prefix: "/home/caozhangjie/run-czj/dataset/coco/", lines: 180 }] }],
  ["coco-swuxyj", "80 columns of 0 and 1", { prefixes: [] }],
  ["nuswide-81", "81 columns of 0 and 1", { prefixes: [{ prefix: "./data/nuswide_81/", lines: 147 }] }],
  ["nuswide-21", "21 columns of 0 and 1", { prefixes: [{ prefix: "data/nus_wide/", lines: 173 }], loose: 173 }],
  ["mirflickr", "38 columns of 0 and 1", { prefixes: [] }],
  ["voc2012", "20 columns of 0 and 1", { prefixes: [{ prefix: "VOCdevkit/VOC2012/", lines: 500 }] }],
] as const;

describe.each(FORMS)("lists in the form of %s", (name, form, more) => {
  const lists = join(GOLDENS, name);
  const images = () => file(name, "images");
  let expected: Expected;
  let flags: readonly string[];
  beforeAll(async () => {
    expected = JSON.parse(await readFile(join(lists, "expected.json"), "utf8"));
    await drawImages(images(), expected.images);
    const prefix = expected.stripPrefix === undefined ? [] : ["--strip-prefix", expected.stripPrefix];
    flags = ["--images", images(), ...prefix];
  }, 60_000);

  it("are summed up", async () => {
    const report = JSON.parse(await done("dataset", lists, ...flags, "--json"));
    const { roles } = expected;
    expect(report).toMatchObject({ name: "lists", images: expected.listed, splits: [roles] });
    const { labelsAnItem, overlaps } = expected;
    const listed = { form, images: expected.listed, labelsAnItem, overlaps, missing: [], contradictions: [], ...more };
    expect(report.listed).toMatchObject(listed);
    expect(report.checked.broken).toEqual([]);
  });

  it("go through extract, train, encode, evaluate, with the figures of NumPy", async () => {
    const [data, model] = [file(name, "data"), file(name, "model")];
    const how = ["--backbone", NET, "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25", "--crop-share", "1"];
    await done("extract", "--dataset", "lists", "--lists", lists, ...flags, ...how, "--engine", "cpu", "--out", data);
    const training = ["--method", "hashnet", "--bits", `${BITS}`, "--epochs", "1", "--batch", "16", "--engine", "cpu"];
    await done("train", "--data", data, ...training, "--out", model);
    await done("encode", "--model", model, "--data", data, "--engine", "cpu", "--out", file(name, "own.npy"));
    const own = await readNpy(file(name, "own.npy"));
    expect(own.shape).toEqual([expected.listed, BITS]);
    await done("evaluate", "--data", data, "--codes", file(name, "own.npy"), "--cutoff", "20", "--json");

    const ids = (await readFile(join(data, "ids.txt"), "utf8")).trimEnd().split("\n");
    const codeOf = new Map(expected.images.map((image, i) => [image, expected.codes[i]]));
    const codes = Int8Array.from(ids.flatMap(id => Array.from(codeOf.get(id)!, bit => (bit === "+" ? 1 : -1))));
    await writeNpy(file(name, "codes.npy"), { data: codes, shape: [ids.length, BITS] });
    for (const how of ["keep", "drop"] as const) {
      const evaluation = ["--codes", file(name, "codes.npy"), "--cutoff", "20", "--unlabelled", how, "--json"];
      expectFigures(JSON.parse(await done("evaluate", "--data", data, ...evaluation)), expected.figures[how]);
    }
  }, 120_000);
});

it("a missing image is refused with its line, dropped when asked for, and then said", async () => {
  const lists = join(GOLDENS, "coco");
  const expected: Expected = JSON.parse(await readFile(join(lists, "expected.json"), "utf8"));
  await drawImages(file("part"), expected.images.slice(3));
  const how = ["--dataset", lists, "--images", file("part"), "--backbone", NET, "--engine", "cpu"];
  const refused = await runInProcess("extract", ...how, "--out", file("part-data"));
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/3 of the 160 images that are listed are not in .*--missing drop/);
  expect(refused.stderr).toMatch(/train2014\/COCO_train2014_\d+\.jpg \(line \d+ of \w+\.txt: it is not there\)/);
  await done("extract", ...how, "--missing", "drop", "--out", file("part-data"));
  const split = JSON.parse(await readFile(file("part-data", "split.json"), "utf8"));
  expect(split.asPublished).toContain("without 3 images that are missing");
  expect(await readFile(file("part-data", "failed.csv"), "utf8")).toContain("listed in ");
  const text = await done("dataset", lists, "--images", file("part"));
  expect(text).toContain("3 of 160 images are missing, extract goes on with --missing drop: ");
}, 60_000);
