// End to end, JPEG files to pooled ResNet-50 features: hashbook against PyTorch on the CPU, same files, same weights.
//
//   npm run build && node bench/extract.mjs --python .venv/bin/python [--images 96] [--turns 3]
//
// The Python needs torch, torchvision, pillow, safetensors, numpy. The features have to agree before anything is
// reported: cosine at least 0.999 for every image, also after the mean over the images is taken away (features of
// random weights resemble one another). The two run in turns, each in a process of its own; the clock runs from the
// first file to the last feature and leaves out loading. Peak memory is that of the whole process.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

/** Extracts in this process and prints one JSON line. */
async function extract(folder, weights, out) {
  const { openEngine } = await import("../lib/compute/engine.js");
  const { extractToFolder } = await import("../lib/features/extract.js");
  const { openBackbone, openDataset, version } = await import("../lib/index.js");
  const dataset = await openDataset(folder);
  const backbone = await openBackbone("resnet50", { file: weights });
  const engine = await openEngine({ engine: "cpu" });
  let started = 0;
  const prepare = async used => {
    const { crop } = backbone.preprocessing;
    const program = await used.prepare({
      inputs: { images: { shape: [BATCH, crop, crop, 3], dtype: "float32" } },
      constants: backbone.weights,
      body: tensors => ({ features: backbone.forward(tensors.images, tensors) }),
    });
    await program.run({ images: new Float32Array(BATCH * crop * crop * 3) }); // warm
    started = performance.now();
    return program;
  };
  await extractToFolder(dataset, { ...backbone, prepare }, { engine, folder: out, batchSize: BATCH });
  const seconds = (performance.now() - started) / 1000;
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(
    `${JSON.stringify({ images: dataset.ids.length, seconds, peakMiB, version: `hashbook ${version}` })}\n`,
  );
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

async function main() {
  const { values } = parseArgs({
    options: {
      python: { type: "string", default: "python3" },
      images: { type: "string", default: "96" },
      turns: { type: "string", default: "3" },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "hashbook-bench-"));
  const weights = join(folder, "resnet50.safetensors");
  const images = join(folder, "images");
  const run = (command, args) =>
    execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  await makeImages(folder, Number(values.images));
  run(values.python, [PEER, "weights", weights]);
  const runs = { hashbook: [], pytorch: [] };
  const loads = [];
  const { readNpy } = await import("../lib/index.js");
  for (let turn = 0; turn < Number(values.turns); turn++) {
    loads.push(loadavg()[0].toFixed(1));
    const out = join(folder, `ours-${turn}`);
    runs.hashbook.push(
      JSON.parse(run(process.execPath, [fileURLToPath(import.meta.url), "one", images, weights, out])),
    );
    runs.pytorch.push(JSON.parse(run(values.python, [PEER, images, weights, join(folder, "peer.npy"), String(BATCH)])));
    if (turn > 0) continue;
    const { plain, centred } = agreement(
      await readNpy(join(out, "features.npy")),
      await readNpy(join(folder, "peer.npy")),
    );
    process.stdout.write(`smallest cosine ${plain.toFixed(6)}, centred ${centred.toFixed(6)}\n`);
    if (!(plain >= 0.999 && centred >= 0.99)) throw new Error("the features do not agree: nothing is measured");
  }
  rmSync(folder, { recursive: true });
  const rate = list => median(list.map(({ images: n, seconds }) => n / seconds));
  for (const [name, list] of Object.entries(runs)) {
    const each = list.map(({ images: n, seconds }) => (n / seconds).toFixed(1)).join(", ");
    process.stdout.write(
      `${name}: ${rate(list).toFixed(1)} images/s (${each}), peak ${median(list.map(r => r.peakMiB))} MiB; ${list[0].version}\n`,
    );
  }
  process.stdout.write(
    `ratio ${(rate(runs.hashbook) / rate(runs.pytorch)).toFixed(2)}; ${cpus().length} cores, load before each turn ${loads.join(", ")}\n`,
  );
}

if (process.argv[2] === "one") await extract(...process.argv.slice(3));
else await main();
