// End to end, JPEG files to pooled ResNet-50 features on the CPU, same files, same weights: hashbook in fp32 and int8
// against PyTorch (as it is, and compiled), onnxruntime by itself and OpenVINO.
//
//   npm run build && node bench/extract.mjs --python .venv/bin/python [--images 96] [--turns 3] [--sides eager,openvino …]
//
// The Python needs torch, torchvision, pillow, safetensors, numpy, onnxruntime, openvino; a side that does not run is
// named and left out. onnxruntime and OpenVINO take the graphs that hashbook writes, fp32 and int8 (QDQ). The features have
// to agree with hashbook's fp32 before anything is reported: cosine at least 0.999 for every image, also after the mean
// over the images is taken away (features of random weights resemble one another); int8 and bf16 0.99 as they are. All
// run in turns, each in a process of its own; the clock runs from the first file to the last feature and leaves out
// loading. Peak memory is that of the whole process.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const BATCH = 16;
const PEER = fileURLToPath(new URL("extract_pytorch.py", import.meta.url));

/** Photograph-like pictures of 800×600: smooth noise of several sizes with a little grain. */
async function makeImages(folder, count) {
  const { default: sharp } = await import("sharp");
  const { Random } = await import("../lib/core/random.js");
  const random = new Random(1);
  mkdirSync(join(folder, "images", "all"), { recursive: true });
  for (let i = 0; i < count; i++) {
    const [width, height] = [20 + (i % 30), 15 + (i % 20)];
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const grain = {
      create: { width: 800, height: 600, channels: 3, noise: { type: "gaussian", mean: 128, sigma: 20 } },
    };
    const overlay = await sharp(grain).png().toBuffer();
    await sharp(data, { raw: { width, height, channels: 3 } })
      .resize(800, 600, { fit: "fill" })
      .composite([{ input: overlay, blend: "soft-light" }])
      .jpeg({ quality: 90 })
      .toFile(join(folder, "images", "all", `${String(i).padStart(5, "0")}.jpg`));
  }
}

/** The network, of the precision; int8 by the ranges of a file. */
async function backboneOf(weights, ranges) {
  const { openBackbone } = await import("../lib/index.js");
  const backbone = await openBackbone("resnet50", { file: weights });
  return ranges === undefined ? backbone : { ...backbone, quantization: JSON.parse(readFileSync(ranges, "utf8")) };
}

/** The network as a program of fixed batch. */
function definitionOf({ preprocessing: { crop }, weights, quantization, forward }) {
  return {
    inputs: { images: { shape: [BATCH, crop, crop, 3], dtype: "float32" } },
    constants: weights,
    quantization,
    body: tensors => ({ features: forward(tensors.images, tensors) }),
  };
}

/** Measures the ranges of int8, and writes both networks as ONNX files for the peers. */
async function writeModels(images, weights, folder) {
  const { calibrateBackbone, openDataset } = await import("../lib/index.js");
  const { compileDefinition } = await import("../lib/compute/compile-definition.js");
  const exact = await backboneOf(weights);
  const int8 = await calibrateBackbone(exact, await openDataset(images), { images: 32 });
  writeFileSync(join(folder, "ranges.json"), JSON.stringify(int8.quantization));
  writeFileSync(join(folder, "fp32.onnx"), compileDefinition(definitionOf(exact)).bytes);
  writeFileSync(join(folder, "int8.onnx"), compileDefinition(definitionOf(int8)).bytes);
}

/** Extracts in this process and prints one JSON line. */
async function extract(folder, weights, out, ranges) {
  const { openEngine } = await import("../lib/compute/engine.js");
  const { extractToFolder } = await import("../lib/features/extract.js");
  const { openDataset, version } = await import("../lib/index.js");
  const dataset = await openDataset(folder);
  const backbone = await backboneOf(weights, ranges);
  const engine = await openEngine({ engine: "cpu" });
  let started = 0;
  const prepare = async used => {
    const { crop } = backbone.preprocessing;
    const program = await used.prepare(definitionOf(backbone));
    await program.run({ images: new Float32Array(BATCH * crop * crop * 3) }); // warm
    started = performance.now();
    return program;
  };
  await extractToFolder(dataset, { ...backbone, prepare }, { engine, folder: out, batchSize: BATCH });
  const seconds = (performance.now() - started) / 1000;
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const name = `hashbook ${version}, ${ranges === undefined ? "fp32" : "int8"}`;
  process.stdout.write(`${JSON.stringify({ images: dataset.ids.length, seconds, peakMiB, version: name })}\n`);
}

/** The smallest cosine between rows, as they are and with the mean row taken away. */
function agreement({ data: a, shape: [rows, dim] }, { data: b }) {
  const cosine = (x, y) => {
    let [xy, xx, yy] = [0, 0, 0];
    for (let i = 0; i < dim; i++) [xy, xx, yy] = [xy + x[i] * y[i], xx + x[i] ** 2, yy + y[i] ** 2];
    return xy / Math.sqrt(xx * yy);
  };
  const mean = m =>
    Float64Array.from({ length: dim }, (_, i) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += m[row * dim + i];
      return sum / rows;
    });
  const [meanA, meanB] = [mean(a), mean(b)];
  let [plain, centred] = [1, 1];
  for (let row = 0; row < rows; row++) {
    const [x, y] = [a, b].map(m => m.subarray(row * dim, (row + 1) * dim));
    plain = Math.min(plain, cosine(x, y));
    centred = Math.min(
      centred,
      cosine(
        Float64Array.from(x, (v, i) => v - meanA[i]),
        Float64Array.from(y, (v, i) => v - meanB[i]),
      ),
    );
  }
  return { plain, centred };
}

const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** All sides by name: a command that prints a JSON line, and how near its features must be. */
function sidesOf(python, places) {
  const { images, weights, ranges, fp32, int8 } = places;
  const self = fileURLToPath(import.meta.url);
  const ours = (out, ...more) => [process.execPath, [self, "one", images, weights, out, ...more]];
  const peer = (model, engine) => out => [python, [PEER, images, model, out, String(BATCH), engine]];
  return {
    "hashbook fp32": { command: out => ours(out), folder: true, near: 0.999 },
    "hashbook int8": { command: out => ours(out, ranges), folder: true, near: 0.99 },
    eager: { command: peer(weights, "eager"), near: 0.999 },
    compile: { command: peer(weights, "compile"), near: 0.999 },
    onnxruntime: { command: peer(fp32, "onnxruntime"), near: 0.999 },
    "onnxruntime int8": { command: peer(int8, "onnxruntime"), near: 0.99 },
    openvino: { command: peer(fp32, "openvino"), near: 0.999 },
    "openvino bf16": { command: peer(fp32, "openvino-bf16"), near: 0.99 },
    "openvino int8": { command: peer(int8, "openvino"), near: 0.99 },
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      python: { type: "string", default: "python3" },
      images: { type: "string", default: "96" },
      turns: { type: "string", default: "3" },
      sides: { type: "string" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "hashbook-bench-"));
  const at = name => join(folder, name);
  const places = { images: at("images"), weights: at("resnet50.safetensors"), ranges: at("ranges.json") };
  const run = (command, args) =>
    execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  await makeImages(folder, Number(values.images));
  run(values.python, [PEER, "weights", places.weights]);
  await writeModels(places.images, places.weights, folder);
  const { readNpy } = await import("../lib/index.js");
  const all = Object.entries(sidesOf(values.python, { ...places, fp32: at("fp32.onnx"), int8: at("int8.onnx") }));
  const chosen = values.sides?.split(",");
  const sides = all.filter(([name]) => name.startsWith("hashbook") || (chosen?.includes(name) ?? true));
  const runs = Object.fromEntries(sides.map(([name]) => [name, []]));
  const loads = [];
  const failed = new Set();
  let exact;
  for (let turn = 0; turn < Number(values.turns); turn++) {
    loads.push(loadavg()[0].toFixed(1));
    for (const [name, { command, folder: isFolder, near }] of sides) {
      if (failed.has(name)) continue;
      const out = at(`${name.replaceAll(" ", "-")}-${turn}${isFolder ? "" : ".npy"}`);
      try {
        runs[name].push(JSON.parse(run(...command(out))));
      } catch (cause) {
        process.stdout.write(`${name}: does not run here (${cause.message.split("\n")[0].slice(0, 80)})\n`);
        failed.add(name);
        continue;
      }
      if (turn > 0) continue;
      const features = await readNpy(isFolder ? join(out, "features.npy") : out);
      exact ??= features;
      const { plain, centred } = agreement(exact, features);
      process.stdout.write(`${name}: smallest cosine ${plain.toFixed(6)}, centred ${centred.toFixed(6)}\n`);
      if (!(plain >= near && (near < 0.999 || centred >= 0.99)))
        throw new Error(`the features of ${name} do not agree`);
    }
  }
  rmSync(folder, { recursive: true });
  const rate = list => median(list.map(({ images: n, seconds }) => n / seconds));
  const ours = rate(runs["hashbook fp32"]);
  const peer = runs.eager?.length ? rate(runs.eager) : undefined;
  process.stdout.write("| side | images/s | ÷ hashbook fp32 | ÷ PyTorch | peak MiB | version |\n");
  process.stdout.write("| --- | ---: | ---: | ---: | ---: | --- |\n");
  for (const [name, list] of Object.entries(runs).filter(([, one]) => one.length > 0)) {
    const each = list.map(({ images: n, seconds }) => (n / seconds).toFixed(1)).join(", ");
    const against = peer === undefined ? "" : (rate(list) / peer).toFixed(2);
    const cells = [`${rate(list).toFixed(1)} (${each})`, (rate(list) / ours).toFixed(2), against];
    process.stdout.write(`| ${[name, ...cells, median(list.map(r => r.peakMiB)), list[0].version].join(" | ")} |\n`);
  }
  process.stdout.write(`${cpus().length} cores, load before each turn ${loads.join(", ")}\n`);
}

if (process.argv[2] === "one") await extract(...process.argv.slice(3));
else await main();
