// Trains and measures both methods on raw Fashion-MNIST pixels, through the commands a user has:
//
//     node tools/pixel-protocol.mjs [folder]        (needs Fashion-MNIST, see `hashbook dataset fashion-mnist`)
//
// Of the first 2,000 images of each class of the train part, 50 are queries and 1,000 the database, 200 of which are
// trained on; a feature is the 784 pixels divided by 255. Head 784 -> 256 -> bits, Adam 1e-3, batch 128, 30 epochs;
// DCH with gamma 10 and lambda 0.1; all pairs of a batch, as PyTorch ports take them (an item with itself included).
// Twelve seeds, each of split, weights and batches: of three, the mean still moves by 0.01. Prints a table in Markdown.
// tools/pixel-protocol-pytorch.py does the same trainings in PyTorch on the files that this leaves in the folder.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../lib/core/random.js";
import * as hb from "../lib/index.js";
import { meanAndDeviation } from "../lib/training/mean-and-deviation.js";

const FOLDER = process.argv[2] ?? hb.runsPath("pixel-protocol");
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);
/** Places of each part among the 2,000 images of a class, once they are shuffled. */
const PARTS = { query: [0, 50], train: [50, 250], database: [50, 1050] };
/** Tie-aware mAP@all of PyTorch. */
const REFERENCE = {
  hashnet: { 16: 0.738, 48: 0.747, 64: 0.75 },
  dch: { 16: 0.737, 48: 0.748, 64: 0.725 },
};

function file(name) {
  return join(FOLDER, name);
}

/** Writes <seed>/<part>-features.npy and -labels.npy for each part. */
async function writeParts(dataset, seed) {
  const random = new Random(seed);
  const classes = hb.rowsByClass({ ...dataset, labels: dataset.labels.subarray(0, 60_000) });
  const orders = classes.map(members => Array.from(random.permutation(2000), at => members[at]));
  for (const [part, [from, to]] of Object.entries(PARTS)) {
    const rows = orders.flatMap(order => order.slice(from, to));
    const data = new Float32Array(rows.length * 784);
    for (const [i, row] of rows.entries()) {
      const image = await dataset.image(row);
      data.set(
        Float32Array.from(image.data, value => value / 255),
        i * 784,
      );
    }
    await hb.writeNpy(file(`${seed}/${part}-features.npy`), { data, shape: [rows.length, 784] });
    const labels = Int32Array.from(rows, row => dataset.labels[row]);
    await hb.writeNpy(file(`${seed}/${part}-labels.npy`), { data: labels, shape: [rows.length] });
  }
}

function hashbook(...args) {
  const main = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
  const text = execFileSync(process.execPath, [main, ...args, "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(text.toString());
}

/** One training and its evaluation. */
function measure(method, bits, seed) {
  const place = name => file(`${seed}/${name}`);
  const out = place(`${method}-${bits}`);
  const data = ["--features", place("train-features.npy"), "--labels", place("train-labels.npy")];
  const how = ["--method", method, "--bits", `${bits}`, "--seed", `${seed}`, "--out", out];
  hashbook("train", ...data, ...how, "--config", file(`${method}.json`));
  const sides = ["query", "database"].flatMap(part => {
    const codes = join(out, `${part}.npy`);
    hashbook("encode", "--model", out, "--features", place(`${part}-features.npy`), "--out", codes);
    return [`--${part}-codes`, codes, `--${part}-labels`, place(`${part}-labels.npy`)];
  });
  return hashbook("evaluate", ...sides);
}

function text(values) {
  const { mean, deviation } = meanAndDeviation(values);
  return `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
}

const dataset = await hb.openDataset("fashion-mnist");
for (const seed of SEEDS) await writeParts(dataset, seed);
await hb.writeAtomically(file("hashnet.json"), '{"hashnet": {"pairs": "all"}}\n');
await hb.writeAtomically(file("dch.json"), '{"dch": {"gamma": 10, "lambda": 0.1, "pairs": "all"}}\n');
console.log("| method | bits | mAP, tie-aware | PyTorch | difference | first three seeds | P@H≤2 | empty balls |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const method of ["hashnet", "dch"]) {
  for (const bits of [16, 48, 64]) {
    const evaluations = SEEDS.map(seed => measure(method, bits, seed));
    const maps = evaluations.map(({ mAP }) => mAP.all.tieAware);
    const reference = REFERENCE[method][bits];
    const difference = meanAndDeviation(maps).mean - reference;
    const ball = text(evaluations.map(({ radius2 }) => radius2.precision));
    const empty = text(evaluations.map(({ radius2 }) => radius2.emptyBalls));
    const cells = [
      method,
      bits,
      text(maps),
      reference.toFixed(3),
      difference.toFixed(3),
      text(maps.slice(0, 3)),
      ball,
      empty,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
