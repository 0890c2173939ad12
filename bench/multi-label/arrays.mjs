// Codes and multi-hot labels of the size and density of COCO's lists, seeded, as .npy files: nothing of COCO is in them.
//   npm run build && node bench/multi-label/arrays.mjs FOLDER [--queries 5000] [--database 112218] [--classes 80]
//     [--bits 48] [--seed 0]
// Class c is carried with a chance that falls as COCO's do: one class by about half of the images (person), the others by
// 7 % down to 0.2 %; 2.2 labels an image in the mean (COCO: 2.9), one at least, so that a query has about 40,000 relevant
// items (COCO: 43,000). A code is the sign of the sum of its classes' directions and of noise.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { binarize } from "../../lib/codes/binarize.js";
import { packCodes } from "../../lib/codes/packed-codes.js";
import { multiHotLabels } from "../../lib/core/labels.js";
import { writeNpy } from "../../lib/core/npy.js";
import { Random } from "../../lib/core/random.js";

/** Chance of each class, from the most common one down. */
function chances(classes) {
  return Array.from({ length: classes }, (_, c) => (c === 0 ? 0.54 : 0.07 * Math.exp((-3.5 * c) / classes)));
}

/** (count, classes) of 0 and 1, at least one 1 a row. */
function drawLabels(count, classes, random) {
  const chance = chances(classes);
  const data = new Uint8Array(count * classes);
  for (let row = 0; row < count; row++) {
    let any = false;
    for (let c = 0; c < classes; c++) {
      if (random.uniform() >= chance[c]) continue;
      data[row * classes + c] = 1;
      any = true;
    }
    if (!any) data[row * classes + random.integer(classes)] = 1;
  }
  return { data, shape: [count, classes] };
}

/** (count, bits) of real values. */
function drawCodes({ data: labels, shape: [count, classes] }, bits, random) {
  const directions = new Random(17).stream("directions").normals(classes * bits);
  const data = random.normals(count * bits, 1.5);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < classes; c++) {
      if (labels[row * classes + c] === 0) continue;
      for (let bit = 0; bit < bits; bit++) data[row * bits + bit] += directions[c * bits + bit];
    }
  }
  return { data: Float32Array.from(data), shape: [count, bits] };
}

/** One side: packed codes, multi-hot labels, and the matrix that they are of. */
export function drawSide(count, { classes = 80, bits = 48, seed = 0 } = {}, side = "database") {
  const random = new Random(seed);
  const matrix = drawLabels(count, classes, random.stream(`labels of ${side}`));
  const codes = packCodes(binarize(drawCodes(matrix, bits, random.stream(`codes of ${side}`))));
  return { codes, labels: multiHotLabels(matrix), matrix };
}

/** Writes {query,database}-{codes,labels}.npy: packed codes (n, ⌈bits/8⌉) uint8, labels (n, classes) uint8. */
export async function writeArrays(folder, { queries = 5000, database = 112_218, ...options } = {}) {
  await mkdir(folder, { recursive: true });
  for (const [name, count] of [
    ["query", queries],
    ["database", database],
  ]) {
    const { codes, matrix } = drawSide(count, options, name);
    await writeNpy(join(folder, `${name}-codes.npy`), { data: codes.data, shape: [count, codes.bytesPerCode] });
    await writeNpy(join(folder, `${name}-labels.npy`), matrix);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const numbers = ["queries", "database", "classes", "bits", "seed"];
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(numbers.map(name => [name, { type: "string" }])),
  });
  const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  await writeArrays(positionals[0], options);
}
