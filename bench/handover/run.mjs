// What Python finds by a folder that `hashbook export` wrote, beside hashbook, on 500 pictures a set.
//
//   npm run build && node bench/handover/run.mjs --home DIR --python PATH [--images 500] [--only NAME,NAME] [--write]
//
// PATH: a Python with onnxruntime, NumPy 2 and Pillow. The garments of fashion-mnist-10k as PNG files of 28 × 28 pixels,
// drawn photographs of digix-sample (made first, about a minute) as they are, of 192 to 256 pixels, and enlarged two to eight times with
// grain, each in folders of their classes. Each is extracted,
// trained on, encoded and exported on the command line. Then Python makes the codes of the pixels that hashbook's own
// preprocessing gave (bits that differ: expected 0), and runs the lines of the folder's README on every file. --only NAME,NAME measures
// some sets, and `--only none` none. What DIR/measured.json has is not measured again: a run that was ended goes on, and a new
// version is measured in a new DIR. --write puts the table of all that was measured in DIR into bench/handover.md.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { writeNpy } from "../../lib/core/npy.js";
import { Random } from "../../lib/core/random.js";
import * as hb from "../../lib/index.js";
import { dayText, machineText, writeMeasured } from "../measured-page.mjs";

const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const SCRIPT = fileURLToPath(new URL("compare.py", import.meta.url));
const PAGE = fileURLToPath(new URL("../handover.md", import.meta.url));

/** How pictures become what the network sees. */
const WAYS = {
  "bicubic, 256 to 224": ["--interpolation", "bicubic"],
  "bilinear, 256 to 224, as ResNet's": ["--interpolation", "bilinear", "--crop-share", "0.875"],
  "bilinear, squashed to 224": ["--interpolation", "bilinear", "--crop-mode", "squash", "--crop-share", "1"],
  "bilinear, 128 to 112": ["--interpolation", "bilinear", "--crop-share", "0.875", "--size", "112"],
  "bicubic, flip": ["--interpolation", "bicubic", "--views", "flip"],
  "bicubic, int8": ["--interpolation", "bicubic", "--precision", "int8"],
};
/** What is smaller than 256 pixels is enlarged, as PIL does it; one way and another say it all. */
const SETS = {
  garments: {
    dataset: "fashion-mnist-10k",
    ways: ["bicubic, 256 to 224", "bilinear, 256 to 224, as ResNet's", "bicubic, int8"],
  },
  photographs: { dataset: "digix-sample", ways: ["bicubic, 256 to 224", "bilinear, 128 to 112"] },
  "large photographs": { dataset: "digix-sample", ways: Object.keys(WAYS), large: true },
};
/** How many times a large photograph is as large as it was drawn: from 384 to 2,048 pixels. */
const TIMES = [2, 3, 4, 6, 8];

const { values: flags } = parseArgs({
  options: {
    home: { type: "string" },
    python: { type: "string", default: "python3" },
    images: { type: "string", default: "500" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const wanted = Number(flags.images);
const hashbook = (...args) =>
  execFileSync(process.execPath, [CLI, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Grey with the grain of a sensor, to be laid side by side. */
const GRAIN = 384; // the shorter side of the smallest
const grain = Uint8Array.from(new Random(0).normals(GRAIN ** 2, 12), value => 128 + value);

/** A photograph enlarged, with grain, as JPEG. */
async function enlarged(image, times) {
  const { width, height } = await sharp(image).metadata();
  const input = await sharp(grain, { raw: { width: GRAIN, height: GRAIN, channels: 1 } })
    .png()
    .toBuffer();
  const large = sharp(image).resize(width * times, height * times);
  return large
    .composite([{ input, tile: true, blend: "soft-light" }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** Files of a set's pictures, spread over its rows, in a folder a class. */
async function picturesOf(name, { dataset, large = false }) {
  const folder = join(flags.home, name, "pictures");
  const done = join(flags.home, name, "drawn.txt");
  if (existsSync(done)) return folder;
  const opened = await hb.openDataset(dataset);
  const step = Math.floor(opened.ids.length / wanted);
  for (let i = 0; i < wanted; i++) {
    const row = i * step;
    const place = join(folder, opened.classNames[opened.labels[row]].replaceAll(/[^\w-]/g, "-"));
    mkdirSync(place, { recursive: true });
    const image = await opened.image(row);
    if (large) writeFileSync(join(place, `${row}.jpg`), await enlarged(image, TIMES[i % TIMES.length]));
    else if (typeof image === "string") copyFileSync(image, join(place, `${row}-${basename(image)}`));
    else if (image instanceof Uint8Array) writeFileSync(join(place, `${row}${extname(opened.ids[row])}`), image);
    else
      await sharp(image.data, { raw: image })
        .png()
        .toFile(join(place, `${row}.png`));
  }
  writeFileSync(done, `${wanted}\n`);
  return folder;
}

/** The pixels of hashbook's own preprocessing, 0 to 255: (images · views, crop, crop, 3). */
async function writePixels(data, file, pictures) {
  const { ids, manifest } = await hb.readDataFolder(data);
  const { preprocessing } = manifest;
  const size = preprocessing.crop ** 2 * 3;
  const all = [];
  for (const id of ids) {
    const values = await hb.preprocess(join(pictures, id), preprocessing);
    for (let from = 0; from < values.length; from += size) {
      all.push(hb.denormalise(values.subarray(from, from + size), preprocessing).data);
    }
  }
  const { crop } = preprocessing;
  await writeNpy(file, { data: Buffer.concat(all), shape: [all.length, crop, crop, 3] });
}

async function measure(name, way, pictures) {
  const home = join(flags.home, name, way.replaceAll(/[^\w]+/g, "-"));
  const at = (...parts) => join(home, ...parts);
  hashbook("extract", "--dataset", pictures, ...WAYS[way], "--out", at("data"));
  if (!existsSync(at("model", "head.json"))) {
    const train = ["--method", "hashnet", "--bits", "48", "--epochs", "30"];
    hashbook("train", "--data", at("data"), ...train, "--out", at("model"));
  }
  hashbook("encode", "--model", at("model"), "--data", at("data"), "--out", at("codes.npy"));
  const gallery = ["--data", at("data"), "--codes", at("codes.npy")];
  hashbook("export", "--model", at("model"), ...gallery, "--out", at("out"));
  await writePixels(at("data"), at("pixels.npy"), pictures);
  const printed = execFileSync(flags.python, [SCRIPT, at("out"), at("pixels.npy"), pictures], { encoding: "utf8" });
  return JSON.parse(printed);
}

/** What was measured in this home, by set and way: a run of some keeps the others. */
const kept = join(flags.home, "measured.json");
const measured = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
for (const [name, set] of Object.entries(SETS)) {
  if (flags.only !== undefined && !flags.only.split(",").includes(name)) continue;
  const pictures = await picturesOf(name, set);
  for (const way of set.ways.filter(one => measured[`${name}, ${one}`] === undefined)) {
    const found = await measure(name, way, pictures);
    measured[`${name}, ${way}`] = { ...found, date: dayText() };
    writeFileSync(kept, JSON.stringify(measured, null, 2));
    process.stderr.write(`${name}, ${way}: ${JSON.stringify(found)}\n`);
  }
}
const rows = Object.entries(SETS).flatMap(([name, { ways }]) =>
  ways.flatMap(way => {
    const found = measured[`${name}, ${way}`];
    return found === undefined ? [] : [{ name, way, ...found }];
  }),
);
const { versions, date } = rows.at(-1);

const shown = ({ name, way, images, samePixels, fromFiles, plain }) =>
  `| ${name}, ${way} | ${images} | **${samePixels}** | ${fromFiles.bits} (${fromFiles.images} pictures, ${fromFiles.most} at most) | ` +
  `${((100 * fromFiles.bits) / (48 * images)).toFixed(2)} % | ${(100 * fromFiles.sameTen).toFixed(1)} % | ${fromFiles.levels.toFixed(3)} (${fromFiles.mostLevels}) | ${plain.bits} |`;
const table = [
  "| pictures | of them | bits that differ, same pixels | from files | of all bits | same ten found | levels of 255, mean (most) | bits by `image.resize` alone |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map(shown),
  "",
  `${machineText()}, ${versions}; ${date}. HashNet, 48 bits, EfficientNet-Lite0.`,
].join("\n");
process.stdout.write(`${table}\n`);
if (flags.write) writeMeasured(PAGE, table);
