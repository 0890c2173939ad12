import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { challengeCommand } from "../../src/commands/challenge.js";
import { codesCommand } from "../../src/commands/codes.js";
import { compareCommand } from "../../src/commands/compare.js";
import { datasetCommand } from "../../src/commands/dataset.js";
import { encodeCommand } from "../../src/commands/encode.js";
import { exportCommand } from "../../src/commands/export.js";
import { extractCommand } from "../../src/commands/extract.js";
import { featuresCommand } from "../../src/commands/features.js";
import { fineTuneCommand } from "../../src/commands/fine-tune.js";
import { runCommand } from "../../src/commands/run.js";
import { runsCommand } from "../../src/commands/runs.js";
import { submitCommand } from "../../src/commands/submit.js";
import { sweepCommand } from "../../src/commands/sweep.js";
import { trainCommand } from "../../src/commands/train.js";
import { writeNpy } from "../../src/core/npy.js";
import { toyStudy } from "../records/toy-study.js";

const COMMANDS: Readonly<Record<string, () => Command>> = {
  challenge: challengeCommand,
  codes: codesCommand,
  compare: compareCommand,
  dataset: datasetCommand,
  encode: encodeCommand,
  export: exportCommand,
  extract: extractCommand,
  features: featuresCommand,
  "fine-tune": fineTuneCommand,
  run: runCommand,
  runs: runsCommand,
  submit: submitCommand,
  sweep: sweepCommand,
  train: trainCommand,
};

const NOTEBOOK = JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 });
let folder: string;
let before: ReadonlyMap<string, Buffer>;

function contents(): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true }).map(String);
  return new Map(
    files
      .sort()
      .flatMap(name => (statSync(join(folder, name)).isFile() ? [[name, readFileSync(join(folder, name))]] : [])),
  );
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-overwriting-"));
  for (const name of ["data", "model", "books", "settings", "pictures/one", "digix/train_data"])
    mkdirSync(join(folder, name), { recursive: true });
  const text = [
    "data/manifest.json",
    "data/ids.txt",
    "data/split.json",
    "model/head.json",
    "model/head.safetensors",
    "w.safetensors",
  ];
  for (const name of [...text, "net.onnx", "config.json", "mine.js", "codes.json", "digix/train_data/label.txt"]) {
    writeFileSync(join(folder, name), `{"what": "${name}"}`);
  }
  for (const name of ["a.npy", "labels.npy", "codes.npy", "relaxed.npy", "data/features.npy", "data/labels.npy"]) {
    await writeNpy(join(folder, name), { data: Float32Array.of(1, -1), shape: [1, 2] });
  }
  for (const name of ["a.ipynb", "b.ipynb", "report.html"]) writeFileSync(join(folder, "books", name), NOTEBOOK);
  const pixels = { width: 8, height: 8, channels: 3, background: "red" } as const;
  await sharp({ create: pixels })
    .png()
    .toFile(join(folder, "pictures", "one", "1.png"));
  writeFileSync(join(folder, "list.csv"), "pictures/one/1.png,0\n");
  writeFileSync(join(folder, "settings", "head.json"), '{"epochs": 3}');
  const asked = { methods: ["lsh"], bits: [8], data: { folder: "../data" } };
  writeFileSync(join(folder, "settings", "study.json"), JSON.stringify(asked));
  await toyStudy(join(folder, "made"), { methods: ["lsh"], bits: [8], seeds: [0] });
  const method =
    'export default ({ tf, defineMethod }) => defineMethod({ name: "own", loss: codes => tf.mean(codes) });\n';
  writeFileSync(join(folder, "own.mjs"), method);
  symlinkSync("data", join(folder, "linked"));
  linkSync(join(folder, "codes.npy"), join(folder, "hard.npy"));
  before = contents();
});
afterAll(() => rmSync(folder, { recursive: true }));

const TRAIN = "train --method hashnet --bits 8";
const ARRAYS = "--features a.npy --labels labels.npy";

it.each([
  "encode --model model --features a.npy --out a.npy",
  "encode --model model --features data/features.npy --out linked/features.npy",
  "encode --model model --data linked --out data/features.npy",
  "encode --model model --data data --out data/labels.npy",
  "encode --model model --data data --out data/manifest.npy", // and manifest.json beside it
  "encode --model model --data data --out model/head.npy", // and head.json
  "encode --model model --data data --out data/ids.txt",
  "encode --model model --method mine.js --data data --out mine.js",
  `${TRAIN} ${ARRAYS} --config settings/head.json --out settings`,
  `${TRAIN} ${ARRAYS} --labels s/seed-1/head.json --seeds 2 --out s`,
  "train --method hashnet --bits 8 --features model/head.safetensors --labels labels.npy --out model",
  "fine-tune --model model --data data --out model",
  "fine-tune --model model --data data --weights tuned/backbone.safetensors --out tuned",
  "export --model model --out model/head.safetensors",
  "export --model model --backbone net.onnx --out net.onnx",
  "export --model model --data data --codes codes.npy --out linked",
  "export --model model --weights w.safetensors --out w.safetensors",
  "challenge choose --candidates settings/study.json --out settings/study.json",
  "challenge choose --root digix --out digix/train_data/label.txt",
  "submit --codes codes.npy --data data --out codes.npy",
  "submit --codes codes.npy --data data --out codes.json",
  "submit --codes codes.npy --data data --out hard.npy",
  "submit --codes codes.npy --data data --out data/ids.txt",
  "submit --codes codes.npy --relaxed-codes relaxed.npy --ranking cosine --data data --out relaxed.npy",
  "submit --codes codes.npy --dataset digix --root digix --out digix/train_data/label.txt",
  "sweep --data data --csv data/ids.txt -m method=lsh bits=8",
  "sweep --data linked --latex data/features.npy -m method=lsh bits=8",
  "sweep --data data --markdown t.md --csv t.md -m method=lsh bits=8",
  "codes merge codes.npy --out hard.npy",
  "codes merge codes.npy --out codes.json",
  "features join data data --out data",
  "features whiten data --fit data --dim 1 --out data",
  "extract --dataset pictures --out pictures",
  "extract --dataset list.csv --model data --method data/ids.txt --out data",
  "extract --dataset pictures --out pictures/one",
  "extract --dataset image-folder --root pictures --out pictures/new",
  "extract --dataset list.csv --weights data/features.npy --out data",
  "extract --dataset x/shard-1-of-2/ids.txt --shard 1/2 --out x",
  "dataset pictures --contact-sheet pictures/sheet.png",
  "dataset pictures --duplicates pictures/one/merges.txt",
  "dataset list.csv --duplicates list.csv",
  "dataset list.csv --merge-products w.safetensors --duplicates w.safetensors",
  "extract --dataset list.csv --merge-products data/ids.txt --out data",
  "train --method hashnet --bits 8 --data data --merge-products model/head.json --out model",
  "submit --codes codes.npy --data data --merge-products w.safetensors --out w.safetensors",
  "dataset list.csv --contact-sheet list.csv",
  "dataset cifar-10 --root . --contact-sheet cifar-10-batches-py/data_batch_1",
  "dataset cifar10-1 --root cifar.tar.gz --contact-sheet cifar.tar.gz",
  "dataset list.csv --contact-sheet pictures/one/1.png",
  "run books/a.ipynb --out books",
  "run books/a.ipynb --in-place --out books",
  "run books/a.ipynb books/b.ipynb --out linked/../books",
  "run books/report.html --out books",
  "compare made/studies/toy --latex made/studies/toy/study.json",
  "compare made/studies/toy --latex t.tex --csv t.tex",
  "runs pack made/studies/toy --out made/studies/toy/toy.tar.gz",
  "runs pack made/studies/toy --data data --out linked/toy.tar.gz",
  "sweep --file settings/study.json --latex settings/study.json",
  "sweep --file settings/study.json --markdown linked/labels.npy",
  "sweep --data data -m method=./own.mjs bits=8 --csv own.mjs",
])("hashbook %s is refused before any work", async line => {
  const [name, ...rest] = line.split(" ");
  const here = process.cwd();
  process.chdir(folder);
  try {
    const refused = COMMANDS[name]().parseAsync(rest, { from: "user" });
    await expect(refused).rejects.toThrow(/would be written (over what is read|among the files that are read|twice)/);
    await expect(refused.catch(error => error.kind)).resolves.toBe("usage");
  } finally {
    process.chdir(here);
  }
  expect(contents()).toEqual(before);
});
