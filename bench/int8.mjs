// What int8 changes, on the data of the notebooks: speed, cosine to fp32, and the figures that people read.
//
//   npm run build && node bench/int8.mjs [--images 2000] [--seeds 5] [--epochs 30] [--write]
//
// Features of fashion-mnist-10k by EfficientNet-Lite0 in both precisions (found again in data/features, else made); cosine of
// each image's two features; mAP of exhaustive cosine search and of HashNet and DCH at 48 bits, trained on each, the same
// splits and seeds on both sides. --write puts the table into bench/int8.md.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as hb from "../lib/index.js";
import { machineText, writeMeasured } from "./measured-page.mjs";

const PAGE = fileURLToPath(new URL("int8.md", import.meta.url));
const PRECISIONS = ["fp32", "int8"];
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = values =>
  Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));

/** Cosines between the rows of two matrices. */
function cosines({ data: a, shape: [rows, dim] }, { data: b }, count) {
  return Array.from({ length: Math.min(rows, count) }, (_, row) => {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = row * dim; i < (row + 1) * dim; i++) [ab, aa, bb] = [ab + a[i] * b[i], aa + a[i] ** 2, bb + b[i] ** 2];
    return ab / Math.sqrt(aa * bb);
  });
}

/** Processor milliseconds an image of both networks, in turns, two threads; the least of all turns. */
async function networkTimes(studies, turns = 12, batch = 8) {
  const engine = await hb.chooseEngine({ engine: "cpu", threads: 2 }).then(choice => choice.engine);
  const programs = [];
  for (const { backbone } of studies) {
    const { crop } = backbone.preprocessing;
    const inputs = { images: { shape: [batch, crop, crop, 3], dtype: "float32" } };
    const body = t => ({ features: backbone.forward(t.images, t) });
    const { weights: constants, quantization } = backbone;
    programs.push(await engine.prepare({ inputs, constants, body, quantization }));
  }
  const images = Float32Array.from({ length: batch * 224 * 224 * 3 }, (_, i) => Math.sin(i));
  const least = programs.map(() => [Infinity, Infinity]);
  for (let turn = 0; turn < turns; turn++) {
    for (const [i, program] of programs.entries()) {
      const [cpu, started] = [process.cpuUsage(), performance.now()];
      await program.run({ images });
      const { user, system } = process.cpuUsage(cpu);
      const found = [performance.now() - started, (user + system) / 1000].map(ms => ms / batch);
      least[i] = least[i].map((value, at) => Math.min(value, found[at]));
    }
  }
  for (const program of programs) await program.dispose();
  return least;
}

async function figuresOf(study, seeds, epochs) {
  const maps = { cosine: [], hashnet: [], dch: [] };
  const { tieAware } = (await hb.cosineBaseline(study)).evaluation.mAP.all;
  maps.cosine.push(tieAware);
  for (let seed = 0; seed < seeds; seed++) {
    for (const method of ["hashnet", "dch"]) {
      const { record } = await hb.runExperiment(study, { method, bits: 48, seed, epochs });
      maps[method].push(record.evaluation.mAP.all.tieAware);
      process.stderr.write(`${study.origin.precision} ${method} seed ${seed}: ${maps[method].at(-1).toFixed(4)}\n`);
    }
  }
  return maps;
}

async function main() {
  const { values } = parseArgs({
    options: {
      images: { type: "string", default: "2000" },
      seeds: { type: "string", default: "5" },
      epochs: { type: "string", default: "30" },
      write: { type: "boolean", default: false },
    },
  });
  const studies = [];
  for (const precision of PRECISIONS) studies.push(await hb.openStudy({ dataset: "fashion-mnist-10k", precision }));
  const found = cosines(studies[0].featureSet.features, studies[1].featureSet.features, Number(values.images)).sort(
    (a, b) => a - b,
  );
  const at = share => found[Math.floor(share * (found.length - 1))].toFixed(4);
  const times = await networkTimes(studies);
  process.stderr.write(`cosine ${mean(found).toFixed(4)}, ms an image ${JSON.stringify(times)}\n`);
  const figures = [];
  for (const study of studies) figures.push(await figuresOf(study, Number(values.seeds), Number(values.epochs)));
  const row = name => {
    const [exact, int8] = figures.map(one => one[name]);
    const text = list =>
      list.length === 1 ? list[0].toFixed(4) : `${mean(list).toFixed(4)} ± ${deviation(list).toFixed(4)}`;
    return `| mAP, ${name} | ${text(exact)} | ${text(int8)} | ${(mean(int8) - mean(exact)).toFixed(4)} |`;
  };
  const ms = i => times.map(one => one[i].toFixed(1));
  const lines = [
    "| EfficientNet-Lite0, fashion-mnist-10k | fp32 | int8 | int8 − fp32, or fp32 ÷ int8 |",
    "| --- | ---: | ---: | ---: |",
    `| network, ms an image (2 threads, batch 8) | ${ms(0).join(" | ")} | ${(times[0][0] / times[1][0]).toFixed(2)} |`,
    `| network, processor ms an image | ${ms(1).join(" | ")} | ${(times[0][1] / times[1][1]).toFixed(2)} |`,
    `| cosine to fp32, ${found.length} images: mean (least; 1 in 100) | 1 | ${mean(found).toFixed(4)} (${at(0)}; ${at(0.01)}) | |`,
    ...["cosine", "hashnet", "dch"].map(row),
  ];
  const text = `${lines.join("\n")}\n\n${machineText()}; ${values.seeds} seeds, ${values.epochs} epochs, 48 bits.\n`;
  process.stdout.write(text);
  if (values.write) writeMeasured(PAGE, text.trimEnd());
}

await main();
