import { execFile, spawnSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { binarize } from "../../src/codes/binarize.js";
import { packCodes } from "../../src/codes/packed-codes.js";
import { Random } from "../../src/core/random.js";
import { shownNumber } from "../../src/core/shown-number.js";
import { imageFeatures } from "../../src/embedding/image-features.js";
import { encodeFeatures } from "../../src/hashing/encode.js";
import { readHeadDescription } from "../../src/hashing/head-file.js";
import { loadModel } from "../../src/methods/model-file.js";
import { codeMeasures } from "../../src/records/card-measures.js";
import { modelCard, writeModelCard } from "../../src/records/model-card.js";
import { toyData } from "../training/toy.js";
import { toyStudy } from "./toy-study.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "bin", "hashbook.js");
const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import onnxruntime, numpy, PIL"]).status !== 0;
if (missing) {
  console.warn(`cards in Python skipped: ${python} has no onnxruntime, numpy and PIL (HASHBOOK_TEST_PYTHON)`);
}

/** What stands in the one block of a language. */
function blockOf(card: string, language: string): string {
  const blocks = [...card.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))];
  expect(blocks).toHaveLength(1);
  return blocks[0][1];
}

/** Numbers between the brackets of an array that a program prints. */
const numbersIn = (text: string): number[] => /\[([^[\]]*)\]/.exec(text)![1].match(/\d+/g)!.map(Number);

/** Our compiler's complaints about lines of a card. */
function faultsIn(code: string): string[] {
  const file = join(root, "test", "records", "card.mts");
  const options: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true },
    ...{ skipLibCheck: true, types: ["node"], moduleResolution: ts.ModuleResolutionKind.NodeNext },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => name === file || fileExists(name);
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, code, version) : getSourceFile(name, version, ...rest);
  const messages = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return messages.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the card that train writes", () => {
  let folder: string;
  const file = (...parts: string[]): string => join(folder, ...parts);
  const hashbook = async (...args: string[]): Promise<void> => {
    await promisify(execFile)(process.execPath, [cli, ...args], { cwd: folder });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-card-"));
    const random = new Random(5);
    for (const name of ["disc", "square"]) {
      await mkdir(file("pictures", name), { recursive: true });
      for (let i = 0; i < 8; i++) {
        // Smaller than what the network sees: PIL enlarges to the same bits.
        const data = Uint8Array.from({ length: 60 * 44 * 3 }, (_, at) => (at * (i + 3) + random.integer(90)) % 256);
        await sharp(data, { raw: { width: 60, height: 44, channels: 3 } })
          .png()
          .toFile(file("pictures", name, `${i}.png`));
      }
    }
    await hashbook("extract", "--dataset", "pictures", "--out", "data");
    const train = ["train", "--data", "data", "--bits", "16"];
    await hashbook(...train, "--method", "dch", "--epochs", "2", "--set", "hidden=[]", "--out", "model");
    await hashbook(...train, "--method", "itq", "--out", "fit");
    for (const model of ["model", "fit"]) await copyFile(file("pictures", "disc", "3.png"), file(model, "image.jpg"));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true }));

  const expectedOf = async (model: string): Promise<number[]> => {
    const features = await imageFeatures([file(model, "image.jpg")], await openBackbone("efficientnet-lite0"));
    return [...packCodes(binarize(await encodeFeatures(features, await loadModel(file(model))))).data];
  };

  it.each(["model", "fit"])("has lines of TypeScript that compile and give the codes of encode: %s", async model => {
    const code = blockOf(await readFile(file(model, "MODEL.md"), "utf8"), "ts");
    expect(faultsIn(code)).toEqual([]);
    const lib = pathToFileURL(join(root, "lib", "index.js")).href;
    await writeFile(file(model, "use.mjs"), code.replace('"hashbook"', JSON.stringify(lib)));
    const { stdout } = await promisify(execFile)(process.execPath, ["use.mjs"], { cwd: file(model) });
    expect(numbersIn(stdout)).toEqual(await expectedOf(model));
  });

  it.skipIf(missing).each(["model", "fit"])("has lines of Python that give them too: %s", async model => {
    const card = await readFile(file(model, "MODEL.md"), "utf8");
    const [, command] = /after `hashbook ([^`]*)`/.exec(card)!;
    await promisify(execFile)(process.execPath, [cli, ...command.split(" ")], { cwd: file(model) });
    const { stdout } = await promisify(execFile)(python, ["-c", blockOf(card, "python")], { cwd: file(model) });
    expect(numbersIn(stdout)).toEqual(await expectedOf(model));
  });

  it("says what it was trained on and that nobody judged it", async () => {
    const card = await readFile(file("model", "MODEL.md"), "utf8");
    expect(card).toMatch(/^# DCH, 16 bits\n/);
    expect(card).toMatch(/\| classes \| 2: disc, square \|/);
    expect(card).toMatch(/\| items \| 16 trained on, with their labels \|/);
    expect(card).toMatch(/1280 values of efficientnet-lite0 \(weights SHA-256 `4b9c84a90c96.*Apache-2\.0\)/);
    expect(card).toMatch(/No queries were searched with yet/);
    expect(card).not.toMatch(/undefined|NaN|\[object/);
    expect(await readFile(file("fit", "MODEL.md"), "utf8")).toMatch(/none: it learned from features without labels/);
  });

  it("says of int8 features that they are, and within which ranges", async () => {
    const description = await readHeadDescription(file("model"));
    const quantization = { precision: "int8", ranges: [[0, 6]], calibration: { images: 9, seed: 0 } } as const;
    const features = { ...description.features!, quantization };
    expect(modelCard({ ...description, features })).toMatch(
      /1280 values of efficientnet-lite0 .*Apache-2\.0\); int8, 1 ranges [0-9a-f]{12}…, measured on 9 images, seed 0 \|/,
    );
    expect(modelCard(description)).not.toMatch(/int8|fp32/);
  });

  it("is written again with figures and their intervals", async () => {
    const { features, labels } = toyData(4, { classes: 3, perClass: 30, dim: 16 });
    const split = {
      query: Int32Array.from({ length: 20 }, (_, i) => i),
      database: Int32Array.from({ length: 70 }, (_, i) => i + 20),
    };
    const measures = await codeMeasures(packCodes(binarize(features)), { labels, split });
    expect(measures.map(({ name }) => name)).toEqual(["mAP", "top-1", "P@H≤2"]);
    for (const { mean, low, high } of measures) expect(low <= mean && mean <= high && low >= 0 && high <= 1).toBe(true);
    await writeModelCard(file("model"), { judged: { about: "20 queries in 70.", measures } });
    const card = await readFile(file("model", "MODEL.md"), "utf8");
    expect(card).toMatch(/20 queries in 70\. The interval holds 95 %/);
    expect(card).toMatch(/\n\| mAP \| 0\.\d{4} \| 0\.\d{4} to 0\.\d{4} \| /);
    expect(card).toMatch(/the intervals do not hold what other seeds give/);
  });
});

describe("the card of a run", () => {
  it("has the figures of its record, with intervals", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hashbook-run-card-"));
    try {
      const { runs } = await toyStudy(folder, { bits: [8], seeds: [0] });
      expect(runs.map(({ record }) => record.config.method)).toEqual(["dch", "lsh"]);
      for (const run of runs) {
        const card = await readFile(join(run.folder, "MODEL.md"), "utf8");
        const mAP = shownNumber(run.result!.evaluation.mAP.all.tieAware, 4);
        expect(card).toContain(`\n| mAP | ${mAP} | `);
        expect(card).toMatch(/\d+ queries in a database of \d+ items/);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("lines that use a model", () => {
  const features = {
    ...{
      dataset: "d",
      contentHash: "c",
      classNames: ["a|b", "c"],
      backbone: "resnet50",
      layer: "layer4",
      weightsHash: "w",
    },
    ...{ engine: "cpu", shape: [4, 2048] as const, version: "0", format: 1 },
    preprocessing: {
      ...{
        resize: 256,
        crop: 224,
        interpolation: "bilinear" as const,
        cropMode: "squash" as const,
        views: "flip" as const,
      },
      ...{ mean: [0.5, 0.5, 0.5] as const, std: [1, 1, 1] as const },
    },
  };
  const head = { inputDim: 2048, hidden: [], bits: 8, dropout: 0 };

  it("name the layer, the way to a square, the weights that were tuned and a method of one's own", () => {
    const card = modelCard({ fitted: { method: "mine", bits: 8, inputDim: 2048 }, features, fineTuning: {} });
    expect(blockOf(card, "ts")).toContain(
      'hb.openBackbone("resnet50", {"file":"backbone.safetensors","layer":"layer4"})',
    );
    expect(blockOf(card, "ts")).toContain('hb.loadModel(".", { method: await hb.loadMethod("mine.js") })');
    expect(faultsIn(blockOf(card, "ts"))).toEqual([]);
    expect(card).toContain(
      "hashbook export --model . --out model.onnx --weights backbone.safetensors --method mine.js",
    );
    expect(card).toContain("It sees the middle alone, where training saw flip");
    expect(blockOf(card, "python")).toContain(
      "w, h = 256, 256\nimage = image.resize((image.width, min(h, image.height)), Image.Resampling.BILINEAR, reducing_gap=2)",
    );
  });

  it("ask for the file of a network that came as one, and rank an embedding by its values", () => {
    const onnx = { ...features, backbone: "net.onnx" };
    const card = modelCard({ head, beta: 1, output: "embedding", features: onnx });
    expect(blockOf(card, "ts")).toContain('hb.openBackbone("backbone.onnx", {"output":"layer4"})');
    expect(card).toContain("hashbook export --model . --out model.onnx --backbone backbone.onnx`");
    expect(blockOf(card, "python")).toContain('model.run(["embedding"]');
  });

  it("are left out where nobody knows which network made the features", () => {
    const card = modelCard({ head, beta: 1 });
    expect(card).toContain("`hashbook encode --model . --features F.npy --out C.npy`");
    expect(card).not.toContain("```ts");
  });

  it("names with a bar or a line break break no table", () => {
    expect(modelCard({ head, beta: 1, features, classNames: ["a|b", "c\nd"] })).toContain(
      "| classes | 2: a\\|b, c d |",
    );
  });
});
