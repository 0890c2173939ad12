// Peak memory of an extraction by the number of images. npm run build first; node bench/extract-memory.mjs
//
// Each number runs in a process of its own: JPEGs of 96×72 pixels (50 files, named again and again), a ResNet-18 with
// random weights at 32 pixels, 512 features. Prints one JSON line a number and the ratio of the last to the first.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SIDE = 32;

async function extract(folder, count) {
  const { openEngine } = await import("../lib/compute/engine.js");
  const { Random } = await import("../lib/core/random.js");
  const { extractToFolder } = await import("../lib/features/extract.js");
  const { resnet } = await import("../lib/backbone/resnet.js");
  const { expectedTensors } = await import("../lib/backbone/architecture.js");
  const { foldBatchNorms } = await import("../lib/backbone/fold.js");
  const architecture = resnet(18);
  const random = new Random(1);
  const tensors = {};
  for (const [name, shape] of expectedTensors(architecture)) {
    tensors[name] = {
      data: random.uniforms(
        shape.reduce((a, b) => a * b, 1),
        0.01,
        0.02,
      ),
      shape,
    };
  }
  const backbone = {
    ...architecture,
    preprocessing: { ...architecture.preprocessing, resize: SIDE, crop: SIDE },
    weights: foldBatchNorms(architecture, tensors),
    weightsHash: "random",
  };
  const dataset = {
    name: "memory",
    description: "",
    classNames: ["one"],
    ids: Array.from({ length: count }, (_, row) => `image ${row}`),
    labels: new Int32Array(count),
    contentHash: `memory ${count}`,
    image: async row => join(folder, `${row % 50}.jpg`),
  };
  const engine = await openEngine({ engine: "cpu" });
  const { seconds } = await extractToFolder(dataset, backbone, { engine, folder: join(folder, `features-${count}`) });
  const peak = process.resourceUsage().maxRSS / 1024; // MiB
  process.stdout.write(
    `${JSON.stringify({ images: count, peakMiB: Math.round(peak), seconds: +seconds.toFixed(1) })}\n`,
  );
}

async function main() {
  const { default: sharp } = await import("sharp");
  const folder = mkdtempSync(join(tmpdir(), "hashbook-memory-"));
  for (let i = 0; i < 50; i++) {
    const data = Uint8Array.from({ length: 96 * 72 * 3 }, (_, j) => (j * (i + 3)) % 251);
    writeFileSync(
      join(folder, `${i}.jpg`),
      await sharp(data, { raw: { width: 96, height: 72, channels: 3 } })
        .jpeg()
        .toBuffer(),
    );
  }
  const peaks = [2000, 20_000].map(count => {
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), folder, String(count)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    process.stdout.write(child.stdout);
    return JSON.parse(child.stdout).peakMiB;
  });
  rmSync(folder, { recursive: true });
  process.stdout.write(`${JSON.stringify({ ratio: +(peaks[1] / peaks[0]).toFixed(3) })}\n`);
}

if (process.argv[2] === undefined) await main();
else await extract(process.argv[2], Number(process.argv[3]));
