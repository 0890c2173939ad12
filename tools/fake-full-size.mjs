// The whole path at the size of DIGIX, with pictures and a network that cost nothing: proves the plumbing, not quality.
//   npm run build && node tools/fake-full-size.mjs [images, default 128000] [folder, default a temporary one]
//
// Makes that many JPEGs of 32 × 32 pixels, all different, in the official layout (3,097 products of which three are
// empty, BOM and CRLF, lines that come twice, missing and broken files) and a network of one pooling and one random
// matrix as .onnx; then dataset → extract → train → encode → submit → score by the command line, each in a process of
// its own. Prints seconds and peak memory of each and checks the number of lines. About 700 MB of disk at full size.
//
// Measured with 128,000 images on two cores that others used too (so the seconds are upper bounds), Node 20:
// dataset 18 s and 150 MiB, again from the cache 0.5 s; extract 66 s (68,800 images) and 42 s (29,600), 204 MiB at most;
// train, encode, submit and score 1 to 3 s each, below 190 MiB. 5,920 lines for 5,920 queries, valid, score 0.995.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import onnxProto from "onnx-proto";
import sharp from "sharp";
import { Random } from "../lib/core/random.js";

const MAIN = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const SIDE = 32;
const PATCHES = 4;
const FEATURES = 96;
const EMPTY = [1453, 1639, 2284];

const productName = number => `DIGIX_${String(number).padStart(6, "0")}`;

/** Patches of colours that belong to the product, brightness, tilt and noise that belong to the picture. */
function pixels(product, random) {
  const colours = new Random(product).uniforms(PATCHES * PATCHES * 3, 20, 235);
  const noise = random.normals(SIDE * SIDE * 3, 14);
  const [light, across, down] = random.uniforms(3, -1, 1);
  const data = new Uint8ClampedArray(SIDE * SIDE * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE)];
    const patch = Math.floor((y * PATCHES) / SIDE) * PATCHES + Math.floor((x * PATCHES) / SIDE);
    const tilt = 30 * light + 2 * across * (x - SIDE / 2) + 2 * down * (y - SIDE / 2);
    data[at] = colours[3 * patch + (at % 3)] + tilt + noise[at];
  }
  return data;
}

/** Where each picture goes and what it shows: 54 % train, then in both test parts a sixth queries, the rest gallery. */
function plan(images) {
  const products = Math.max(20, Math.round((3097 * images) / 128_000));
  const train = Math.round(0.5375 * images);
  const test = Math.floor((images - train) / 2);
  const known = Array.from({ length: products }, (_, i) => i).filter(i => !EMPTY.includes(i));
  const list = [];
  const name = () => `${String(list.length * 7919).padStart(16, "A")}.jpg`;
  for (let i = 0; i < train; i++) {
    const product = known[i % known.length];
    list.push({ part: "train_data", product, path: `${productName(product)}/${name()}`, label: product });
  }
  for (const [offset, part] of [
    [10_000, "test_data_A"],
    [20_000, "test_data_B"],
  ]) {
    const hidden = Math.max(10, Math.round(test / 20));
    for (let i = 0; i < test; i++) {
      const product = offset + (i % hidden);
      const folder = Math.floor(i / hidden) % 6 === 0 ? "query" : "gallery";
      list.push({ part, product, path: `${folder}/${name()}`, label: productName(product) });
    }
  }
  return { list, products };
}

async function makeDataset(root, images) {
  const { list, products } = plan(images);
  for (let i = 0; i < products; i++) mkdirSync(join(root, "train_data", productName(i)), { recursive: true });
  for (const part of ["test_data_A", "test_data_B"]) {
    for (const folder of ["query", "gallery"]) mkdirSync(join(root, part, folder), { recursive: true });
  }
  let next = 0;
  const work = async () => {
    while (next < list.length) {
      const number = next++;
      const { part, product, path } = list[number];
      const raw = { width: SIDE, height: SIDE, channels: 3 };
      await sharp(pixels(product, new Random(number)), { raw })
        .jpeg({ quality: 80 })
        .toFile(join(root, part, path));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  for (const broken of list.slice(5, 8)) writeFileSync(join(root, broken.part, broken.path), "no image");
  for (const part of ["train_data", "test_data_A", "test_data_B"]) {
    const lines = list.filter(one => one.part === part).map(one => `${one.path},${one.label}`);
    if (part === "train_data") lines.push(lines[0], lines[1], "DIGIX_000000/MISSING.jpg,0");
    writeFileSync(join(root, part, "label.txt"), `\ufeff${lines.join("\r\n")}\r\n`);
  }
  return list.filter(one => one.part === "test_data_A" && one.path.startsWith("query/")).length;
}

/** images (n, 3, 32, 32) → mean of each 4 × 4 patch → random matrix → ReLU: features (n, 96). */
function makeBackbone(file) {
  const { onnx } = onnxProto;
  const inputs = 3 * (SIDE / 4) ** 2;
  const { FLOAT } = onnx.TensorProto.DataType;
  const port = (name, dims) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map(d => (d ? { dimValue: d } : { dimParam: "n" })) } } },
  });
  const node = (opType, input, output, attribute = []) => ({ opType, input, output: [output], attribute });
  const four = name => ({ name, type: onnx.AttributeProto.AttributeType.INTS, ints: [4, 4] });
  const matrix = new Random(1).normals(inputs * FEATURES, 1 / Math.sqrt(inputs));
  const graph = {
    name: "stub",
    input: [port("images", [0, 3, SIDE, SIDE])],
    output: [port("features", [0, FEATURES])],
    initializer: [{ name: "matrix", dims: [inputs, FEATURES], dataType: FLOAT, floatData: Array.from(matrix) }],
    node: [
      node("AveragePool", ["images"], "pooled", [four("kernel_shape"), four("strides")]),
      node("Flatten", ["pooled"], "flat"),
      node("MatMul", ["flat", "matrix"], "mixed"),
      node("Relu", ["mixed"], "features"),
    ],
  };
  const model = { irVersion: 8, opsetImport: [{ domain: "", version: 13 }], producerName: "fake-full-size", graph };
  writeFileSync(file, onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish());
}

/** Runs a command in a process of its own; it writes its peak memory to a file when it ends. */
function hashbook(home, ...args) {
  const peak = join(home, "peak.txt");
  const preload = `import { writeFileSync } from "node:fs";
    process.on("exit", () => writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));`;
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(preload)}`;
  const env = { ...process.env, HASHBOOK_HOME: home, NODE_OPTIONS };
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`hashbook ${args.join(" ")} ended with ${status}:\n${stderr.slice(-2000)}`);
  const mib = Math.round(Number(readFileSync(peak, "utf8")) / 1024);
  const fold = args.includes("--fold") ? " --fold 1/5" : "";
  const dataset = args.find(arg => /^digix/.test(arg)) ?? "";
  const title = `${args[0]} ${dataset}${fold}`;
  console.log(`${seconds.toFixed(1).padStart(8)} s ${String(mib).padStart(6)} MiB  ${title}`);
  return JSON.parse(stdout);
}

async function main(images, given) {
  const home = given ?? mkdtempSync(join(tmpdir(), "hashbook-full-size-"));
  const at = (...parts) => join(home, ...parts);
  const root = at("digix");
  mkdirSync(root, { recursive: true });
  const started = performance.now();
  const queries = await makeDataset(root, images);
  makeBackbone(at("stub.onnx"));
  console.log(`${images} images made in ${((performance.now() - started) / 1000).toFixed(1)} s, in ${root}`);
  const run = (...args) => hashbook(home, ...args, "--json");
  const stub = ["--backbone", at("stub.onnx"), "--root", root, "--engine", "cpu"];

  await new Promise(resolve => setTimeout(resolve, 4000)); // What changed less than 3 s ago is not cached.
  const report = run("dataset", "digix", "--root", root);
  for (const { what, count } of report.oddities) console.log(`  ${count} ${what}`);
  run("dataset", "digix", "--root", root); // from the cache, from 20,000 images on
  run("extract", "--dataset", "digix", ...stub, "--out", at("train"));
  run("extract", "--dataset", "digix-test-a", ...stub, "--out", at("test"));
  writeFileSync(at("config.json"), JSON.stringify({ hidden: [], epochs: 3, batches: { kind: "balanced" } }));
  const train = ["--features", at("train/features.npy"), "--labels", at("train/labels.npy"), "--engine", "cpu"];
  const method = ["--method", "hashnet", "--bits", "64", "--config", at("config.json")];
  run("train", ...train, ...method, "--fold", "1/5", "--out", at("fold"));
  run("train", ...train, ...method, "--out", at("model"));
  run("encode", "--model", at("model"), "--features", at("test/features.npy"), "--out", at("codes.npy"));
  const test = ["--dataset", "digix-test-a", "--root", root];
  run("submit", "--codes", at("codes.npy"), ...test, "--out", at("submission.csv"));
  const { valid, top1, mAP10, score } = run("score", at("submission.csv"), ...test);
  const lines = readFileSync(at("submission.csv"), "utf8").split("\n").length - 1;
  console.log(`${lines} lines for ${queries} queries, valid: ${valid}`, { top1, mAP10, score });
  if (lines !== queries || valid !== true) throw new Error("the submission is not what it must be");
  if (given === undefined) rmSync(home, { recursive: true });
}

await main(Number(process.argv[2] ?? 128_000), process.argv[3]);
