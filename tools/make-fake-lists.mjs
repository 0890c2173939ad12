// A folder of lists in thuml's form at the size of COCO's, with images that cost nothing: what the lists of a real set
// do to time and memory.
//   npm run build && node tools/make-fake-lists.mjs OUT [images, default 122218]
//
// Writes OUT/lists/train.txt, test.txt, database.txt (a tenth or so of OUT's images train, the rest database, 5,000 of
// these queries too, as thuml's COCO has them: 10,000, 5,000, 112,218) of lines "./data/coco/train2014/… 0 1 0 …" with 80
// columns, 2.35 labels an image on average, and OUT/images/train2014, val2014: hard links to 32 JPEGs of 32 × 32 pixels.
// Seeded: the same files each time.

import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../lib/core/random.js";

const CLASSES = 80;
const PICTURES = 32;
const SIDE = 32;

const [out, count = "122218"] = process.argv.slice(2);
if (out === undefined || !(Number(count) >= 200)) {
  console.error("usage: node tools/make-fake-lists.mjs OUT [images, 200 or more]");
  process.exit(2);
}
const images = Number(count);
const train = Math.round((10_000 * images) / 122_218);
const queries = Math.round((5_000 * images) / 122_218);

/** One class of a few frequent ones, often a second and a third: 2.35 on average, a few images without any. */
function labelsOf(random) {
  const [many, ...picks] = random.uniforms(8, 0, 1);
  const count = many < 0.005 ? 0 : 1 + Math.min(6, Math.floor(-1.95 * Math.log(1 - many)));
  return new Set(picks.slice(0, count).map(pick => Math.floor(CLASSES * pick ** 2)));
}

function lineOf(i, random) {
  const part = i % 3 === 0 ? "val2014" : "train2014";
  const name = `${part}/COCO_${part}_${String(i * 4 + 9).padStart(12, "0")}.jpg`;
  const labels = labelsOf(random);
  const columns = Array.from({ length: CLASSES }, (_, label) => (labels.has(label) ? 1 : 0));
  return { name, line: `./data/coco/${name} ${columns.join(" ")}\n` };
}

const random = new Random(12);
const pictures = [];
mkdirSync(join(out, "lists"), { recursive: true });
for (const part of ["pictures", "train2014", "val2014"]) mkdirSync(join(out, "images", part), { recursive: true });
for (let i = 0; i < PICTURES; i++) {
  const data = Uint8Array.from(random.uniforms(SIDE * SIDE * 3, 0, 255));
  const file = join(out, "images", "pictures", `${i}.jpg`);
  await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg()
    .toFile(file);
  pictures.push(file);
}
const lines = [];
for (let i = 0; i < images; i++) {
  const { name, line } = lineOf(i, random);
  lines.push(line);
  const file = join(out, "images", name);
  rmSync(file, { force: true });
  linkSync(pictures[i % PICTURES], file);
}
const order = random.permutation(images);
const listOf = rows => Array.from(rows, row => lines[row]).join("");
const database = order.slice(train);
writeFileSync(join(out, "lists", "train.txt"), listOf(order.slice(0, train)));
writeFileSync(join(out, "lists", "database.txt"), listOf(database));
writeFileSync(
  join(out, "lists", "test.txt"),
  listOf(
    random
      .permutation(database.length)
      .slice(0, queries)
      .map(i => database[i]),
  ),
);
console.log(`${images} images, ${train} train, ${database.length} database, ${queries} queries in ${out}`);
