// A folder that is handed over, as someone with Python gets it: its README's lines, run as they are written.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { readIds } from "../../src/features/ids-file.js";
import { denormalise } from "../../src/images/denormalise.js";
import { preprocess } from "../../src/images/preprocess.js";
import { runInProcess } from "../commands/in-process.js";

const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const missing =
  spawnSync(python, ["-c", "import onnxruntime, PIL, numpy; numpy.bitwise_count"], { encoding: "utf8" }).status !== 0;
if (missing) {
  console.warn(`hand-overs in Python skipped: ${python} has no onnxruntime, NumPy 2 and PIL (HASHBOOK_TEST_PYTHON)`);
}

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

const done = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runInProcess(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};

/** Smaller than what the network sees, which PIL enlarges to the same values, and larger ones. */
const SIZES = [
  [60, 44],
  [40, 40],
  [230, 150],
  [120, 160],
] as const;
const small = (row: number): boolean => SIZES[row % SIZES.length][0] < 100;

beforeAll(async () => {
  vi.stubEnv("HASHBOOK_ENGINE", "cpu");
  folder = await mkdtemp(join(tmpdir(), "hashbook-handover-"));
  const random = new Random(8);
  for (const name of ["disc", "square"]) {
    await mkdir(at("pictures", name), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const [width, height] = SIZES[i % SIZES.length];
      const shade = name === "disc" ? 3 : 1;
      const data = Uint8Array.from(
        { length: width * height * 3 },
        (_, k) => (128 + 90 * Math.sin((k % (3 * width)) / (9 + i * shade)) + random.integer(30)) % 256,
      );
      const picture = sharp(data, { raw: { width, height, channels: 3 } });
      await (i % 2 === 0
        ? picture.jpeg().toFile(at("pictures", name, `${i}.jpg`))
        : picture.png().toFile(at("pictures", name, `${i}.png`)));
    }
  }
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

interface Found {
  readonly id: string;
  readonly distance: number;
}

/** The lines of a README. */
async function linesOf(out: string): Promise<string> {
  const text = await readFile(join(out, "README.md"), "utf8");
  expect(text).not.toMatch(/undefined|NaN|\[object/);
  const blocks = [...text.matchAll(/```python\n([\s\S]*?)```/g)];
  expect(blocks).toHaveLength(1);
  return blocks[0][1];
}

/** What they print of a picture. */
async function runLines(out: string, picture: string): Promise<string> {
  await writeFile(join(out, "search.py"), await linesOf(out));
  return execFileSync(python, ["search.py", picture], { cwd: out, encoding: "utf8" });
}

async function foundByPython(out: string, picture: string): Promise<Found[]> {
  const lines = (await runLines(out, picture)).trimEnd().split("\n");
  return lines.map(line => {
    const [, distance, id] = /^(\d+) (.*)$/.exec(line)!;
    return { id, distance: Number(distance) };
  });
}

async function foundBySearch(name: string, pictures: readonly string[]): Promise<Found[][]> {
  const search = ["search", "--model", at(name, "model"), "--database", at(name, "codes.npy"), "--query", ...pictures];
  const { results } = JSON.parse(await done(...search, "--json"));
  return results.map(({ nearest }: { nearest: Found[] }) => nearest.map(({ id, distance }) => ({ id, distance })));
}

/** From pictures to a folder: `name`/data, model, codes.npy, out. */
async function handOver(name: string, extract: string[], train: string[] = ["--method", "dch"]): Promise<string> {
  const usual = ["--dataset", at("pictures"), "--engine", "cpu", "--size", "64"];
  await done("extract", ...usual, ...extract, "--out", at(name, "data"));
  const learn = train.includes("dch") ? ["--epochs", "3", "--set", "hidden=[]"] : [];
  const bits = ["--bits", "24", ...learn];
  await done("train", "--data", at(name, "data"), ...train, ...bits, "--out", at(name, "model"));
  await done("encode", "--model", at(name, "model"), "--data", at(name, "data"), "--out", at(name, "codes.npy"));
  const given = ["--data", at(name, "data"), "--codes", at(name, "codes.npy")];
  const text = await done("export", "--model", at(name, "model"), ...given, "--out", at(name, "out"));
  expect(text).toMatch(/efficientnet-lite0, 24 bits, .* MB, codes of 12 pictures; README\.md says how/);
  return at(name, "out");
}

describe.skipIf(missing)("a folder that is handed over", { timeout: 120_000 }, () => {
  it.each([
    { name: "usual", extract: [], lines: 11 },
    { name: "squash", extract: ["--crop-mode", "squash", "--interpolation", "bilinear"], lines: 11 },
    { name: "flip", extract: ["--views", "flip", "--pool", "gem"], lines: 12 },
    { name: "ten-crop", extract: ["--views", "ten-crop"], train: ["--method", "itq"], lines: 14 },
    { name: "scales", extract: ["--scales", "1,1.5", "--views", "flip"], lines: 15 },
    { name: "int8", extract: ["--precision", "int8"], lines: 13 },
    { name: "fit", extract: [], train: ["--method", "lsh"], lines: 11 },
  ])("finds what search finds, in $lines lines: $name", async ({ name, extract, train, lines }) => {
    const out = await handOver(name, extract, train);
    expect((await linesOf(out)).trimEnd().split("\n")).toHaveLength(lines);
    const ids = await readIds(join(out, "ids.txt"));
    expect(ids).toHaveLength(12);
    // Each run of Python loads onnxruntime anew: one picture of each size, and of other ways one alone.
    const rows = name === "usual" ? [0, 7] : [7];
    const pictures = rows.map(row => at("pictures", ids[row]));
    const expected = await foundBySearch(name, pictures);
    for (const [i, row] of rows.entries()) {
      expect(small(row % 6), ids[row]).toBe(true);
      expect(await foundByPython(out, pictures[i])).toEqual(expected[i]);
    }
    if (name !== "usual") return;
    const [, line] = /with the line `(print\(.*?\))` at the end/.exec(await readFile(join(out, "README.md"), "utf8"))!;
    await writeFile(join(out, "search.py"), `${await linesOf(out)}${line}\n`);
    const own = execFileSync(python, ["search.py", pictures[1], ids[7]], { cwd: out, encoding: "utf8" });
    expect(own.trimEnd().split("\n").at(-1)).toBe("0 bits differ");
    const large = await foundByPython(out, at("pictures", ids[2]));
    expect(large.find(({ id }) => id === ids[2])!.distance).toBeLessThanOrEqual(3); // PIL rounds otherwise
  });

  it("gives the codes of the same pixels, bit for bit", async () => {
    for (const name of ["usual", "int8"]) {
      const data = await readDataFolder(at(name, "data"));
      const { preprocessing } = data.manifest;
      const backbone = { ...(await openBackbone("efficientnet-lite0")), preprocessing };
      const side = preprocessing.crop;
      const pixels = new Uint8Array(data.ids.length * side * side * 3);
      for (const [row, id] of data.ids.entries()) {
        const values = await preprocess(at("pictures", id), backbone.preprocessing);
        pixels.set(denormalise(values, backbone.preprocessing).data, row * side * side * 3);
      }
      await writeNpy(at(name, "pixels.npy"), { data: pixels, shape: [data.ids.length, side, side, 3] });
      const script = [
        "import numpy as np, onnxruntime",
        'model = onnxruntime.InferenceSession("out/model.onnx")',
        'codes, pixels = np.load("out/codes.npy"), np.load("pixels.npy").astype(np.float32)',
        'made = [np.packbits(model.run(["code"], {"pixels": one[None]})[0] > 0, axis=1)[0] for one in pixels]',
        "print(codes.shape, codes.dtype, np.bitwise_count(codes ^ np.stack(made)).sum())",
      ];
      const printed = execFileSync(python, ["-c", script.join("\n")], { cwd: at(name), encoding: "utf8" });
      expect(printed.trim()).toBe("(12, 3) uint8 0");
    }
  });

  it("leaves out pictures that could not be read, and takes the codes of extract --model with names and classes", async () => {
    await mkdir(at("gaps", "pictures"), { recursive: true });
    for (const name of ["disc", "square"]) {
      await mkdir(at("gaps", "pictures", name));
      for (const file of await readdir(at("pictures", name))) {
        await copyFile(at("pictures", name, file), at("gaps", "pictures", name, file));
      }
    }
    const whole = await readFile(at("pictures", "disc", "1.png"));
    await writeFile(at("gaps", "pictures", "disc", "1.png"), whole.subarray(0, 300));
    const model = at("usual", "model");
    await done("extract", "--dataset", at("gaps", "pictures"), "--model", model, "--out", at("gaps", "data"));
    const report = JSON.parse(
      await done("export", "--model", model, "--data", at("gaps", "data"), "--out", at("gaps", "out"), "--json"),
    );
    expect(report).toMatchObject({ items: 11, unread: 1, bits: 24, precision: "fp32", unchecked: [], converted: [] });
    const out = at("gaps", "out");
    const ids = await readIds(join(out, "ids.txt"));
    expect(ids).toHaveLength(11);
    expect(ids).not.toContain("disc/1.png");
    const labels = await readNpy(join(out, "labels.npy"));
    const classes: string[] = JSON.parse(await readFile(join(out, "classes.json"), "utf8"));
    expect(Array.from(labels.data as Int32Array, label => classes[label])).toEqual(ids.map(id => id.split("/")[0]));
    const picture = at("pictures", "disc", "0.jpg");
    const search = ["search", "--model", model, "--query", picture, "--json", "--top", "10"];
    const [{ nearest }] = JSON.parse(await done(...search, "--database", at("gaps", "data", "codes.npy"))).results;
    expect(await foundByPython(out, picture)).toEqual(nearest.map(({ id, distance }: Found) => ({ id, distance })));
    expect(await readFile(join(out, "README.md"), "utf8")).toContain("1 pictures that could not be read were left out");
    // The folder is a database of `search` as well, with names.
    const [again] = JSON.parse(await done(...search, "--database", join(out, "codes.npy"))).results;
    expect(again.nearest.map(({ id }: Found) => id)).toEqual(nearest.map(({ id }: Found) => id));
    const searched = async () => runInProcess(...search, "--database", join(out, "codes.npy"));
    const said = async (): Promise<string[]> => JSON.parse((await searched()).stdout).unchecked;
    expect((await said()).join()).not.toContain("nothing says that the lines");
    await writeFile(join(out, "ids.txt"), `${[...ids].reverse().join("\n")}\n`);
    const other = await searched();
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/ids\.txt: .*not the one that was written/)]);
  });

  it("of an embedding makes the values, and searches nothing", async () => {
    const train = ["train", "--data", at("usual", "data"), "--method", "arcface", "--bits", "8", "--epochs", "1"];
    await done(...train, "--set", "hidden=[]", "--out", at("embedding"));
    await done("export", "--model", at("embedding"), "--out", at("values"));
    expect((await readdir(at("values"))).sort()).toEqual(["README.md", "model.onnx", "preprocess.json"]);
    expect((await runLines(at("values"), at("pictures", "disc", "0.jpg"))).match(/-?\d+\.\d+/g)).toHaveLength(8);
  });
});

describe("hashbook export into a folder refuses", () => {
  it("codes of another model, codes without names, what would be lost", async () => {
    if (missing) {
      await handOver("usual", []);
      await handOver("fit", [], ["--method", "lsh"]);
    }
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runInProcess("export", ...args);
      return `${code} ${stderr}`;
    };
    const model = ["--model", at("usual", "model")];
    const own = ["--data", at("usual", "data"), "--codes", at("usual", "codes.npy")];
    const new_ = ["--out", at("new")];
    expect(await refused(...model, "--codes", at("fit", "codes.npy"), ...new_)).toMatch(
      /^1 .*codes\.npy: these codes are of another model/s,
    );
    expect(await refused(...model, "--data", at("usual", "data"), ...new_)).toMatch(
      /^2 .*say which codes.*--codes C\.npy, as `hashbook encode/s,
    );
    expect(await refused(...model, ...own, "--out", at("new.onnx"))).toMatch(/^2 .*a file holds no codes.*--out DIR/s);
    expect(await refused(...model, ...own, "--batch", "2", ...new_)).toMatch(/^2 .*one picture a call/s);
    expect(await refused(...model, ...own, "--out", at("usual", "data"))).toMatch(/^2 .*written over what is read/s);
    expect(await refused(...model, "--out", at("usual", "out"))).toMatch(
      /^1 .*codes\.npy of something else lies there/s,
    );
    await mkdir(at("project"));
    await writeFile(at("project", "README.md"), "mine");
    expect(await refused(...model, "--out", at("project"))).toMatch(/^1 .*README\.md of something .* written over/s);
    await cp(at("fit", "data"), at("others"), { recursive: true });
    expect(await refused(...model, ...own, "--out", at("others"))).toMatch(
      /^1 .*ids\.txt of something .* written over/s,
    );
    expect(await readFile(at("project", "README.md"), "utf8")).toBe("mine");
    expect(await readdir(at("others"))).toEqual(await readdir(at("fit", "data")));
    // One of ours is written again, also where its last file is not there or not whole.
    await writeFile(at("usual", "out", "preprocess.json"), "{");
    expect(await refused(...model, ...own, "--out", at("usual", "out"))).toBe("0 ");
    await copyFile(at("usual", "codes.npy"), at("nameless.npy"));
    expect(await refused(...model, "--codes", at("nameless.npy"), ...new_)).toMatch(
      /^2 .*nothing beside these codes says what their rows are called.*--data DIR/s,
    );
    expect(await readdir(folder)).not.toContain("new");
  }, 120_000);
});
