// Measures the leak check: how many changed copies of pictures it finds, and how many pairs of different pictures it takes
// for copies. Writes bench/leak-check.md, which README and the command quote.
//
//   npm run build && node tools/measure-leak-check.mjs PHOTOGRAPHS SAMPLE
//
// PHOTOGRAPHS: a folder of photographs of 1500 pixels and more; for the committed figures those of Debian 12's packages
// lomiri-wallpapers-16.04, lomiri-wallpapers-20.04 (files *_by_*.jpg) and mate-backgrounds (nature/*.jpg).
// SAMPLE: a folder of `hashbook dataset digix-sample --out SAMPLE`. Fashion-MNIST's embedded images need no folder.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { openDataset } from "../lib/catalogue/open-dataset.js";
import { fingerprintImages } from "../lib/challenge/fingerprints.js";
import { findLeaks } from "../lib/challenge/leak-check.js";

const [photographs, sample] = process.argv.slice(2);
if (sample === undefined) throw new Error("node tools/measure-leak-check.mjs PHOTOGRAPHS SAMPLE");

/** Pictures of each set that are changed. */
const CHANGED = 100;
/** Garments, of ten classes. */
const GARMENTS = 2000;

const cut = (left, top, right, bottom) => async image => {
  const { width, height } = await image.metadata();
  const [x, y] = [Math.round(left * width), Math.round(top * height)];
  const [w, h] = [width - x - Math.round(right * width), height - y - Math.round(bottom * height)];
  return image.extract({ left: x, top: y, width: w, height: h });
};
const frame = (part, background) => async image => {
  const { width, height } = await image.metadata();
  const [x, y] = [Math.round(part * width), Math.round(part * height)];
  return image.extend({ left: x, right: x, top: y, bottom: y, background });
};
const then =
  (...steps) =>
  async image => {
    let now = image;
    for (const step of steps) now = sharp(await (await step(now)).png().toBuffer());
    return now;
  };
const turn = (angle, background) => async image => image.rotate(angle, { background });
const scale = part => async image => image.resize(Math.round(part * (await image.metadata()).width));
const caption = async image => {
  const { width, height } = await image.metadata();
  const band = { width, height: Math.round(height * 0.12), channels: 3, background: "#ffffff" };
  return image.composite([{ input: { create: band }, left: 0, top: height - band.height }]);
};

/** Changes, each saved as a JPEG of quality 85 unless it says another. */
const CHANGES = [
  ["recompressed, quality 40", async image => image, 40],
  ["half the size", scale(0.5)],
  ["2 % cropped off each side", cut(0.02, 0.02, 0.02, 0.02)],
  ["5 % cropped off each side", cut(0.05, 0.05, 0.05, 0.05)],
  ["10 % cropped off each side", cut(0.1, 0.1, 0.1, 0.1)],
  ["15 % cropped off each side", cut(0.15, 0.15, 0.15, 0.15)],
  ["5 % cropped off one side", cut(0.05, 0, 0, 0)],
  ["10 % cropped off two sides", cut(0.1, 0.1, 0, 0)],
  ["mirrored", async image => image.flop()],
  ["upside down", async image => image.flip()],
  ["turned by 90°", turn(90)],
  ["turned by 180°", turn(180)],
  ["turned by 270°", turn(270)],
  ["turned by 2°, corners white", turn(2, "#ffffff")],
  ["turned by 5°, corners black", turn(5, "#000000")],
  ["turned by 10°, corners white", turn(10, "#ffffff")],
  ["turned by −15°, corners white", turn(-15, "#ffffff")],
  ["brighter (1.2 x + 15, clipped)", async image => image.linear(1.2, 15)],
  ["darker (0.7 x)", async image => image.linear(0.7, 0)],
  ["gamma 1.8", async image => image.gamma(1.8, 1)],
  ["white frame of 5 %", frame(0.05, "#ffffff")],
  ["black frame of 10 %", frame(0.1, "#000000")],
  ["blurred, σ = 2", async image => image.blur(2)],
  ["mirrored, 5 % cropped, quality 50", then(cut(0.05, 0.05, 0.05, 0.05), async image => image.flop()), 50],
  ["turned by 90°, 5 % cropped", then(cut(0.05, 0.05, 0.05, 0.05), turn(90))],
  ["stretched to a square", async image => image.resize(300, 300, { fit: "fill" })],
  ["caption over the lowest 12 %", caption],
];

const isJpeg = name => /\.jpe?g$/i.test(name);

/** Tiles of photographs, no two of the same place: 2 × 3 of 512 × 576 pixels each. */
async function tiles() {
  const names = (await readdir(photographs, { recursive: true })).filter(isJpeg).sort();
  const images = [];
  const products = [];
  for (const [product, name] of names.entries()) {
    const whole = await sharp(join(photographs, name)).resize(1536, 1152, { fit: "cover" }).raw().toBuffer({
      resolveWithObject: true,
    });
    for (let i = 0; i < 6; i++) {
      const place = { left: (i % 3) * 512, top: Math.floor(i / 3) * 576, width: 512, height: 576 };
      const { width, height, channels } = whole.info;
      const tile = sharp(whole.data, { raw: { width, height, channels } }).extract(place);
      images.push(await tile.jpeg({ quality: 92 }).toBuffer());
      products.push(product);
    }
  }
  return { name: `${images.length} tiles of ${names.length} photographs`, images, products };
}

async function datasetSet(name, label, { root, most = Number.POSITIVE_INFINITY } = {}) {
  const dataset = await openDataset(name, root === undefined ? {} : { root });
  const images = await Promise.all(
    dataset.ids.slice(0, most).map(async (_, row) => {
      const image = await dataset.image(row);
      if (typeof image === "string") return readFile(image);
      if (image instanceof Uint8Array) return image;
      const { data, width, height, channels } = image;
      return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
    }),
  );
  return { name: `${images.length} ${label}`, images, products: [...dataset.labels] };
}

const printsOf = images =>
  fingerprintImages({
    ids: images.map((_, i) => `${i}`),
    labels: new Int32Array(images.length).fill(-1),
    image: async row => images[row],
  });

async function measure({ name, images, products }) {
  const started = processorSeconds();
  const prints = await printsOf(images);
  const read = processorSeconds();
  const own = await findLeaks(prints, prints, { limit: 1e9 });
  const searched = processorSeconds();
  const transformed = own.pairs.filter(pair => pair.agreement !== undefined);
  const near = own.pairs.filter(pair => pair.agreement === undefined);
  const split = pairs => ({
    between: pairs.filter(({ first, second }) => products[first] !== products[second]).length,
    within: pairs.filter(({ first, second }) => products[first] === products[second]).length,
  });
  const pairs = (images.length * (images.length - 1)) / 2;
  const sizes = [...new Set(products)].map(
    product => products.slice(0, images.length).filter(one => one === product).length,
  );
  const pairsWithin = sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const falseAlarms = { pairs, pairsWithin, transformed: split(transformed), near: split(near) };
  const step = Math.max(1, Math.floor(images.length / CHANGED));
  const chosen = images
    .map((_, i) => i)
    .filter(i => i % step === 0)
    .slice(0, CHANGED);
  const originals = await printsOf(chosen.map(i => images[i]));
  const recall = {};
  for (const [what, change, quality = 85] of CHANGES) {
    const copies = await Promise.all(
      chosen.map(async i => {
        const changed = await change(sharp(images[i]).flatten({ background: "#ffffff" }));
        return changed.jpeg({ quality }).toBuffer();
      }),
    );
    const found = (await findLeaks(originals, await printsOf(copies), { limit: 1e9 })).pairs.filter(
      ({ first, second }) => first === second,
    );
    const byHash = found.filter(({ agreement }) => agreement === undefined).length;
    recall[what] = { all: found.length / chosen.length, byHash: byHash / chosen.length };
    process.stderr.write(`${name}: ${what} ${recall[what].all.toFixed(3)} (${recall[what].byHash.toFixed(3)})\n`);
  }
  const seconds = { read: read - started, search: searched - read };
  process.stderr.write(`${name}: ${JSON.stringify({ falseAlarms, seconds })}\n`);
  return { name, images: images.length, changed: chosen.length, recall, falseAlarms, seconds };
}

/** Of all threads: what does not depend on what else the machine does. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const percent = share => `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;

function page(results) {
  const row = cells => `| ${cells.join(" | ")} |`;
  const cell = ({ all, byHash }) => `${percent(all)} (${percent(byHash)})`;
  const date = new Date().toISOString().slice(0, 10);
  return `# The leak check, measured

${date}, ${cpus().length} cores (${cpus()[0].model.trim()}), Node ${process.version.slice(1)}, by
\`node tools/measure-leak-check.mjs\`, which says where the pictures come from. Copies found, and in brackets those that the
perceptual hash finds alone, which was all there was before; ${results.map(({ name, changed }) => `${changed} of the ${name}`).join(", ")}.

${row(["change", ...results.map(({ name }) => name)])}
${row(["---", ...results.map(() => "---:")])}
${CHANGES.map(([what]) => row([what, ...results.map(({ recall }) => cell(recall[what]))])).join("\n")}

False alarms: pairs of different pictures that are taken for copies. A class is a photograph (the tiles show different
places of it), a product (drawn in other poses and light), a kind of garment.

${row(["", ...results.map(({ name }) => name)])}
${row(["---", ...results.map(() => "---:")])}
${row(["pairs of different classes", ...results.map(({ falseAlarms: { pairs, pairsWithin } }) => (pairs - pairsWithin).toLocaleString("en"))])}
${row(["taken for changed copies", ...results.map(({ falseAlarms: { transformed } }) => transformed.between)])}
${row(["taken for copies by the hash", ...results.map(({ falseAlarms: { near } }) => near.between)])}
${row(["pairs of one class", ...results.map(({ falseAlarms: { pairsWithin } }) => pairsWithin.toLocaleString("en"))])}
${row(["taken for changed copies", ...results.map(({ falseAlarms: { transformed } }) => transformed.within)])}
${row(["taken for copies by the hash", ...results.map(({ falseAlarms: { near } }) => near.within)])}
${row(["processor seconds to read 1,000 images", ...results.map(({ images, seconds }) => ((1000 * seconds.read) / images).toFixed(1))])}
${row(["processor seconds to compare all with all", ...results.map(({ seconds }) => seconds.search.toFixed(1))])}

Pictures that show little (sky, walls: grey values deviate by 4 and less, or fewer than 30 windows of 9 × 9 pixels of the
64 × 64 show anything) are compared by the hash alone: they are what is missing among the tiles.
`;
}

const results = [
  await measure(await tiles()),
  await measure(await datasetSet("digix-sample", "drawings of digix-sample", { root: sample })),
  await measure(await datasetSet("fashion-mnist-10k", "garments of Fashion-MNIST, 28 × 28 pixels", { most: GARMENTS })),
];
await writeFile(new URL("../bench/leak-check.md", import.meta.url), page(results));
