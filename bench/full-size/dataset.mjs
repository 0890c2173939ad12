// As many pictures as DIGIX has, in its layout, and a network for them that costs nothing.
import { existsSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import onnxProto from "onnx-proto";
import sharp from "sharp";
import { Random } from "../../lib/core/random.js";

/** Images of the parts (a runner-up's write-up), and products of the training part, of which three are empty. */
const TRAIN = 68_811;
const TESTS = { test_data_A: { query: 9600, gallery: 49_804 }, test_data_B: { query: 41_574, gallery: 95_120 } };
const PRODUCTS = 3097;
const EMPTY = [1453, 1639, 2284];

const SIDE = 32;
const PATCHES = 4;
const FEATURES = 2048;

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

/** Spreads queries evenly over images 0..images−1. */
const isQuery = (i, queries, images) => Math.floor((i * queries) / images) !== Math.floor(((i + 1) * queries) / images);

/** Where each picture goes and what it shows. Those of part B are links to the others: as many more would take time and room. */
function plan(part) {
  const train = Math.round(TRAIN / part);
  const sizes = Object.entries(TESTS).map(([folder, { query, gallery }]) => {
    const [queries, galleries] = [Math.round(query / part), Math.round(gallery / part)];
    return { folder, queries, images: queries + galleries };
  });
  const known = Array.from({ length: Math.ceil(PRODUCTS / part) }, (_, i) => i).filter(i => !EMPTY.includes(i));
  const list = [];
  const add = (folder, place, product, more) => {
    const name = `${String(list.length * 7919).padStart(16, "A")}.jpg`;
    list.push({ folder, product, path: `${place}/${name}`, ...more });
  };
  for (let i = 0; i < train; i++) {
    const product = known[i % known.length];
    add("train_data", productName(product), product, { label: product });
  }
  const [a, b] = sizes;
  const hidden = Math.max(2, Math.round(a.images / 20));
  for (let i = 0; i < a.images; i++) {
    const product = 10_000 + (i % hidden);
    add(a.folder, isQuery(i, a.queries, a.images) ? "query" : "gallery", product, { label: productName(product) });
  }
  const drawn = list.length;
  for (let i = 0; i < b.images; i++) {
    const of = list[i % drawn];
    const place = isQuery(i, b.queries, b.images) ? "query" : "gallery";
    add(b.folder, place, of.product, { label: productName(of.product), of });
  }
  const queries = Object.fromEntries(sizes.map(one => [one.folder, one.queries]));
  return { list, products: Math.ceil(PRODUCTS / part), queries };
}

/**
 * Makes the pictures that are not there yet.
 * @param part a whole number: so manieth part of all, to try
 * @returns how many lines a submission must have, by part
 */
export async function makeDataset(root, part) {
  const { list, products, queries } = plan(part);
  for (let i = 0; i < products; i++) mkdirSync(join(root, "train_data", productName(i)), { recursive: true });
  for (const test of Object.keys(TESTS)) {
    for (const place of ["query", "gallery"]) mkdirSync(join(root, test, place), { recursive: true });
  }
  const drawn = list.filter(({ of }) => of === undefined);
  const fileOf = ({ folder, path }) => join(root, folder, path);
  let next = 0;
  const work = async () => {
    while (next < drawn.length) {
      const number = next++;
      const file = fileOf(drawn[number]);
      if (existsSync(file)) continue;
      if (number >= 5 && number < 8)
        writeFileSync(file, "no image"); // the official data has broken files, too
      else {
        const raw = { width: SIDE, height: SIDE, channels: 3 };
        await sharp(pixels(drawn[number].product, new Random(number)), { raw })
          .jpeg({ quality: 80 })
          .toFile(file);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  for (const one of list) if (one.of !== undefined && !existsSync(fileOf(one))) linkSync(fileOf(one.of), fileOf(one));
  for (const folder of ["train_data", ...Object.keys(TESTS)]) {
    const lines = list.filter(one => one.folder === folder).map(one => `${one.path},${one.label}`);
    if (folder === "train_data") lines.push(lines[0], lines[1], "DIGIX_000000/MISSING.jpg,0");
    writeFileSync(join(root, folder, "label.txt"), `\ufeff${lines.join("\r\n")}\r\n`); // BOM and CRLF, as they have them
  }
  return { images: list.length, drawn: drawn.length, queries };
}

/** images (n, 3, 32, 32) → mean of each 4 × 4 patch → random matrix → ReLU: features (n, 2048). */
export function makeBackbone(file) {
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
  const model = { irVersion: 8, opsetImport: [{ domain: "", version: 13 }], producerName: "full-size", graph };
  writeFileSync(file, onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish());
}
