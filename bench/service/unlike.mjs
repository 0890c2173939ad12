// How many pictures of another kind than a gallery's a running service tells, by features and by codes alone:
//   node bin/hashbook.js serve --port 8080 & node bench/service/unlike.mjs http://127.0.0.1:8080/ [FOLDER…] [--write]
//
// Noise, plain colours and pieces of README's pictures are made here; each FOLDER of pictures is a kind of its own. Told by
// features: as the page does, from an answer's `likeness`. By codes alone: the nearest is farther than that of 99 in 100 of as
// many of the gallery's own, which do not count themselves. Ends with 1 when less than nine in ten of a kind are told by features.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { Random } from "../../lib/core/random.js";
import { writeSection } from "./served-folder.mjs";

const PICTURES = 60;
const SIDE = 200;
/** Share of the gallery's own that may be as far from all others. */
const RARE = 0.01;
/** Rows of the gallery whose nearest others are looked at. */
const SAMPLE = 1000;
const LEAST_TOLD = 0.9;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { write: { type: "boolean" } } });
const [address, ...folders] = positionals;
if (address === undefined) throw new Error("which service? node bench/service/unlike.mjs ADDRESS [FOLDER…] [--write]");

const random = new Random(1);
const png = raw =>
  sharp(raw, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();
const noise = () => png(Uint8Array.from({ length: SIDE * SIDE * 3 }, () => random.integer(256)));
const plain = () => {
  const colour = [0, 1, 2].map(() => random.integer(256));
  return png(Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => colour[i % 3]));
};

/** A square of a picture, somewhere in it. */
async function piece(file) {
  const { width, height } = await sharp(file).metadata();
  const side = Math.min(width, height, SIDE);
  const [left, top] = [random.integer(width - side + 1), random.integer(height - side + 1)];
  return sharp(file).extract({ left, top, width: side, height: side }).png().toBuffer();
}

const several = async make => {
  const made = [];
  for (let i = 0; i < PICTURES; i++) made.push(await make(i));
  return made;
};

async function kinds() {
  const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
  const images = readdirSync(docs).filter(name => name.endsWith(".png"));
  const made = [
    ["noise", await several(noise)],
    ["plain colours", await several(plain)],
    ["pieces of screens", await several(i => piece(join(docs, images[i % images.length])))],
  ];
  for (const folder of folders) {
    const files = readdirSync(folder).sort();
    made.push([basename(folder), files.map(name => readFileSync(join(folder, name)))]);
  }
  return made;
}

async function ask(path, body) {
  const answered = await fetch(new URL(path, address), body === undefined ? {} : { method: "POST", body });
  if (!answered.ok) throw new Error(`${path}: ${answered.status} ${await answered.text()}`);
  return answered.json();
}

/** The distance that the nearest others of 99 in 100 of the gallery's own are within. */
async function usualDistance(items) {
  const distances = [];
  for (let i = 0; i < SAMPLE; i++) {
    const { results } = await ask(`api/search?row=${random.integer(items)}&k=2`);
    distances.push(results.find(({ self }) => !self).distance);
  }
  distances.sort((a, b) => a - b);
  return distances[Math.floor((1 - RARE) * SAMPLE)];
}

const { dataset, models } = await ask("api/service");
const usual = await usualDistance(dataset.items);
const rows = [];
let [leastTold, like] = [1, undefined];
for (const [name, pictures] of await kinds()) {
  let [byFeatures, byCodes] = [0, 0];
  const cosines = [];
  for (const picture of pictures) {
    const { likeness, results } = await ask("api/search?k=1", picture);
    if (likeness === null) throw new Error("this service has no features to judge by");
    like = likeness;
    cosines.push(likeness.cosine);
    if (likeness.below + 1 <= RARE * (likeness.sample + 1)) byFeatures++;
    if (results[0].distance > usual) byCodes++;
  }
  cosines.sort((a, b) => a - b);
  const share = count => (count / pictures.length).toFixed(2);
  leastTold = Math.min(leastTold, byFeatures / pictures.length);
  const [low, high] = [cosines[0], cosines.at(-1)].map(value => value.toFixed(2));
  rows.push(`| ${name} | ${pictures.length} | ${low}–${high} | **${share(byFeatures)}** | ${share(byCodes)} |`);
}
const text = `| kind | pictures | cosine with the likest | told by features | told by codes alone |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}

${dataset.title}, ${dataset.items} pictures, ${models[0].title}, ${models[0].backbone}. Usual, of 99 in 100 of the gallery's own and their
likest or nearest others: a cosine of ${like.usual.toFixed(2)} or more, ${usual} bits or fewer.`;
process.stdout.write(`${text}\n`);
if (values.write) writeSection("unlike", text);
if (leastTold < LEAST_TOLD) process.exitCode = 1;
