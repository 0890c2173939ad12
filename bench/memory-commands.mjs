// The commands of memory.mjs: for each its unit, two sizes a factor ten apart, what is made before, and its words.
import { existsSync, rmSync } from "node:fs";
import * as make from "./memory-inputs.mjs";

const { BITS, QUERIES, TRAIN } = make;
const bits = ["--bits", String(BITS)];
const head = ["--method", "dch", ...bits, "--epochs", "2", "--set", "hidden=[64]"];
const [SMALL, LARGE] = [100_000, 1_000_000];
const ROWS = { unit: "rows", sizes: [SMALL, LARGE] };
const IMAGES = { unit: "images of 64 × 64", sizes: [300, 3000] };

/**
 * @param at path of an input by its name
 * @param run runs a command before the one that is measured
 */
export function commandsIn(at, run) {
  /** Makes what is not there yet. */
  const once = async (name, making) => {
    if (!existsSync(at(name))) await making(at(name));
    return at(name);
  };
  const data = count => once(`data-${count}`, folder => make.dataFolder(folder, count));
  const pictures = count => once(`pictures-${count}`, folder => make.pictures(folder, count));
  /** A model of features as the sparse files have them. */
  const model = () =>
    once("model", async folder => run("train", "--data", await data(10_000), ...head, "--out", folder));
  const shards = count => once(`shards-${count}`, folder => make.shardFolders(folder, count));
  const weights = () => once("resnet18.safetensors", make.resnetWeights);
  const network = () => ["--backbone", "resnet18", "--weights", at("resnet18.safetensors")];
  const extract = (count, ...words) => ["extract", "--dataset", at(`pictures-${count}`), "--size", "64", ...words];
  const whole = count => ["extract", "--dataset", at(`pictures-${count}`), ...network()];
  const challenge = count => once(`challenge-${count}`, folder => make.challengeFolder(folder, count));
  const submit = count => ["submit", "--data", at(`challenge-${count}`), "--out", at(`submission-${count}.csv`)];
  const judged = count => make.codes(at(`judged-${count}.npy`), count);
  const hidden = units => ["--method", "dch", ...bits, "--epochs", "1", "--set", `hidden=[${units}]`];

  return {
    dataset: {
      ...{ unit: "files", sizes: [5000, 50_000] },
      make: count => once(`files-${count}`, folder => make.pictures(folder, count, 100)),
      args: count => ["dataset", at(`files-${count}`)],
    },
    extract: { ...IMAGES, make: pictures, args: count => extract(count, "--out", at(`extracted-${count}`)) },
    "extract --precision int8": {
      ...{ ...IMAGES, make: pictures },
      args: count => extract(count, "--precision", "int8", "--out", at(`int8-${count}`)),
    },
    "extract --model": {
      ...IMAGES,
      async make(count) {
        await pictures(count);
        await pictures(300);
        await once("few", folder => run(...extract(300, "--out", folder)));
        await once("of-pictures", folder => run("train", "--data", at("few"), ...head, "--out", folder));
      },
      args: count => {
        const from = ["extract", "--dataset", at(`pictures-${count}`), "--model", at("of-pictures")];
        return [...from, "--out", at(`codes-of-${count}`)];
      },
    },
    "encode --features": {
      ...ROWS,
      async make(count) {
        await model();
        make.sparseFeatures(at("f.npy"), count);
      },
      args: () => ["encode", "--model", at("model"), "--features", at("f.npy"), "--packed", "--out", at("f-codes.npy")],
    },
    "encode --data": {
      ...ROWS,
      async make(count) {
        await model();
        await data(count);
      },
      args: count => {
        const of = ["encode", "--model", at("model"), "--data", at(`data-${count}`)];
        return [...of, "--packed", "--out", at(`codes-${count}.npy`)];
      },
    },
    train: {
      ...{ unit: `rows, ${TRAIN} of them trained on`, sizes: [SMALL, LARGE], make: data },
      args: count => {
        const of = ["train", "--data", at(`data-${count}`), ...head, "--validation", "0.05"];
        return [...of, "--out", at(`model-${count}`)];
      },
    },
    "train --method itq": {
      ...{ unit: `rows, ${TRAIN} of them fitted to`, sizes: [SMALL, LARGE], make: data },
      args: count => ["train", "--data", at(`data-${count}`), "--method", "itq", ...bits, "--out", at(`itq-${count}`)],
    },
    "fine-tune": {
      ...{ unit: "images, all trained on", sizes: [50, 500] },
      async make(count) {
        await weights();
        await pictures(count);
        const pooled = await once(`pooled-${count}`, to => run(...whole(count), "--out", to));
        await once(`head-${count}`, to => run("train", "--data", pooled, ...head, "--out", to));
        await once(`layer3-${count}`, to => run(...whole(count), "--layer", "layer3", "--out", to));
      },
      args: count => {
        const of = ["fine-tune", "--model", at(`head-${count}`), "--data", at(`layer3-${count}`), "--epochs", "1"];
        return [...of, "--weights", at("resnet18.safetensors"), "--out", at(`tuned-${count}`)];
      },
    },
    sweep: {
      ...{
        unit: `rows, ${TRAIN} of them learned from; four trainings, two at a time`,
        sizes: [10_000, 100_000],
        make: data,
      },
      args: count => {
        const words = ["-m", "method=dch", "bits=16,32", "seed=0,1", "epochs=1", "hidden=[64]"];
        const asked = ["--workers", "2", "--name", `memory-${count}`, "--no-cosine"];
        return ["sweep", "--data", at(`data-${count}`), ...asked, ...words];
      },
    },
    export: {
      ...{ unit: "units of the hidden layer (1,280 weights each)", sizes: [1000, 10_000] },
      async make(units) {
        await pictures(300);
        await once("few", folder => run(...extract(300, "--out", folder)));
        await once(`units-${units}`, to => run("train", "--data", at("few"), ...hidden(units), "--out", to));
      },
      args: units => ["export", "--model", at(`units-${units}`), "--out", at(`units-${units}.onnx`)],
    },
    split: {
      ...ROWS,
      async make(count) {
        await make.dataFolder(at(`undivided-${count}`), count);
        rmSync(at(`undivided-${count}`, "split.json"));
      },
      args: count => ["split", at(`undivided-${count}`), "--query-per-class", "100", "--train-per-class", "500"],
    },
    evaluate: {
      ...{ unit: `codes, ${QUERIES} queries`, sizes: [SMALL, LARGE] },
      async make(count) {
        await data(count);
        judged(count);
      },
      args: count => ["evaluate", "--data", at(`data-${count}`), "--codes", at(`judged-${count}.npy`), ...bits],
    },
    search: {
      ...{ unit: "codes, 10 queries", sizes: [1_000_000, 10_000_000] },
      make: count => {
        make.codes(at("gallery.npy"), count);
        make.codes(at("asked.npy"), 10);
      },
      args: () => ["search", "--database", at("gallery.npy"), "--query-codes", at("asked.npy"), ...bits],
    },
    submit: {
      ...{ unit: "images, a tenth of them queries", sizes: [6000, 60_000] },
      async make(count) {
        await challenge(count);
        judged(count);
      },
      args: count => [...submit(count), "--codes", at(`judged-${count}.npy`), ...bits],
    },
    "submit --ranking features": {
      ...{ unit: "images, a tenth of them queries", sizes: [6000, 60_000], make: challenge },
      args: count => [...submit(count), "--ranking", "features"],
    },
    score: {
      ...{ unit: "images, a tenth of them queries", sizes: [6000, 60_000] },
      async make(count) {
        await challenge(count);
        judged(count);
        await once(`submission-${count}.csv`, () =>
          run(...submit(count), "--codes", at(`judged-${count}.npy`), ...bits),
        );
      },
      args: count => ["score", at(`submission-${count}.csv`), "--data", at(`challenge-${count}`)],
    },
    "features merge": {
      ...{ unit: "rows", sizes: [20_000, 200_000], make: shards },
      args: count => ["features", "merge", at(`shards-${count}`)],
    },
    "codes merge": {
      ...{ unit: "codes", sizes: [SMALL, LARGE] },
      async make(count) {
        await model();
        await shards(count);
        for (const i of [1, 2]) {
          const part = at(`shards-${count}`, `shard-${i}-of-2`);
          run("encode", "--model", at("model"), "--data", part, "--packed", "--out", at(`part-${i}.npy`));
        }
      },
      args: () => ["codes", "merge", at("part-1.npy"), at("part-2.npy"), "--out", at("joined.npy")],
    },
  };
}
