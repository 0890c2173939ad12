// Makes the results of README.md (what stands between its markers) and the figures in docs/results/ from the records of a
// study, records/fashion-mnist-10k-lengths. Nothing is trained, and no image is read.
//
//   npm run readme                  writes them
//   npm run readme -- --check       says whether they are current: exit code 1 where they are not
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hb from "../lib/index.js";

const STUDY = join(hb.packageFolder, "records", "fashion-mnist-10k-lengths");
const README = join(hb.packageFolder, "README.md");
const FIGURES = join(hb.packageFolder, "docs", "results");
const BITS = 48;

const study = await hb.readStudy(STUDY);
const results = study.runs.flatMap(({ result }) => result ?? []);
const hamming = results.filter(({ method }) => method !== "predicted-class");
const baselines = study.cosine === undefined ? [] : [study.cosine];
const curves = hb.precisionRecallOf([...hamming.filter(({ bits }) => bits === BITS), ...baselines], {
  title: `Fashion-MNIST, ${BITS} bits`,
});

const figures = {
  [`precision-recall-${BITS}-bits.svg`]: curves,
  "map-by-bits.svg": hb.mapByBitsOf([...hamming, ...baselines]),
  "radius-two-by-bits.svg": hb.radiusTwoByBitsOf(hamming),
};

const count = number => number.toLocaleString("en-US");
const list = words => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

/** The largest recall up to which a curve holds a precision, linear between its points; undefined where it never does. */
function recallAt(name, precision) {
  const { x, y } = curves.data.find(trace => trace.name?.startsWith(name));
  const last = y.findLastIndex(value => value >= precision);
  if (last === -1 || last === y.length - 1) return x[last];
  return x[last] + ((x[last + 1] - x[last]) * (y[last] - precision)) / (y[last] - y[last + 1]);
}

function figureBlock() {
  const held = name => recallAt(name, 0.8).toFixed(2);
  const order = hb.resultRows([...hamming.filter(({ bits }) => bits === BITS), ...baselines]);
  const titles = order.sort((a, b) => Number.parseFloat(b.mAP) - Number.parseFloat(a.mAP)).map(({ method }) => method);
  const alt = `Precision-recall curves on Fashion-MNIST, mean over ${seeds()} seeds: ${BITS}-bit HashNet codes hold a precision of 0.8 up to a recall of ${held("HashNet")}, DCH codes up to ${held("DCH")}. By mAP from the highest: ${titles.join(", ")}`;
  const { query, database } = study.split;
  const { bytesPerItem: codes } = results.find(({ bits }) => bits === BITS);
  const caption = `*${count(query.length)} queries in ${count(database.length)} pictures, ${BITS}-bit codes of ${codes} bytes against features of ${count(study.cosine.bytesPerItem)}. Curves of codes begin where Hamming distance 0 puts them; a query that finds nothing within a radius counts 0, hence the rise of ITQ and LSH.*`;
  return `![${alt}](docs/results/precision-recall-${BITS}-bits.svg)\n\n${caption}`;
}

function seeds() {
  return Math.max(...study.runs.map(({ record }) => record.seed)) + 1;
}

function tableBlock(comparison) {
  const rows = hb.resultRows([...results, ...baselines]);
  const columns = ["mAP", "P@H≤2", "empty balls", "top-1"];
  const shown = value => (typeof value === "number" ? value.toFixed(3) : value);
  const lines = rows.map(row => {
    const cells = [row.method, row.bits, count(row["bytes/item"]), ...columns.map(name => shown(row[name]))];
    return `| ${cells.join(" | ")} |`;
  });
  const head = `| ${["", "bits", "bytes", ...columns].join(" | ")} |`;
  return [
    aboutStudy(),
    [head, `| --- |${" ---: |".repeat(columns.length + 2)}`, ...lines].join("\n"),
    told(comparison),
    aboutMachine(),
    "![mAP of each method by bits, with deviations over seeds](docs/results/map-by-bits.svg)\n![Precision within Hamming distance 2 by bits](docs/results/radius-two-by-bits.svg)",
    "*Mean and standard deviation over seeds: above, of the whole ranking; below, of the ball of two bits.*",
  ].join("\n\n");
}

function aboutStudy() {
  const { split, validation, data, runs } = study;
  const { epochs } = runs.find(({ record }) => record.kind === "trained").record.config;
  const held = validation === undefined ? "" : ` (${count(validation.query.length)} of them held out to watch)`;
  return `\`${data.dataset}\`: ${count(split.query.length)} queries, ${count(split.train.length)} training images${held}, ${count(split.database.length)} in the database; features of EfficientNet-Lite0; ${epochs} epochs; mean ± standard deviation over ${seeds()} seeds of training on one split.`;
}

function told({ pairs }) {
  const sentences = [...new Set(pairs.map(({ measure }) => measure))].map(measure => {
    const between = pairs.filter(pair => pair.measure === measure && pair.a === "HashNet" && pair.b === "DCH");
    const apart = between.filter(({ corrected }) => corrected < 0.05).map(({ bits }) => bits);
    const not = between.filter(({ corrected }) => corrected >= 0.05).map(({ bits }) => bits);
    const parts = [
      ...(apart.length === 0 ? [] : [`at ${list(apart)} bits they are told apart`]),
      ...(not.length === 0 ? [] : [`at ${list(not)} bits they are not`]),
    ];
    return `by ${measure} ${parts.join(", ")}`;
  });
  return `HashNet and DCH, tested over queries and seeds together and corrected for all pairs of a length: ${sentences.join("; ")} (p < 0.05).`;
}

function aboutMachine() {
  const { environment, engine, date } = study.runs.at(-1).record;
  const { cores, processor, memory, platform, node } = environment;
  const name = typeof engine === "string" ? engine : engine.name;
  return `Computed ${date.slice(0, 10)} on ${cores} cores of an ${processor} (${memory} GiB), ${platform}, Node ${node.replace("v", "")}, engine \`${name}\`, two trainings at a time of one thread each. The runs are on record in [records/](records/): \`hashbook compare fashion-mnist-10k-lengths\` judges them by any other measure, \`hashbook reproduce\` makes them again, and \`npm run readme\` makes this table of them.`;
}

/** README with the text between the markers of a block replaced. */
function withBlock(readme, name, text) {
  const [start, end] = [`<!-- results:${name}, made by npm run readme -->`, `<!-- /results:${name} -->`];
  const [from, to] = [readme.indexOf(start), readme.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`README.md has no place for "${name}": ${start} … ${end}`);
  return `${readme.slice(0, from)}${start}\n\n${text}\n\n${readme.slice(to)}`;
}

const metrics = ["mAP", "P@H≤2"];
const comparison = await hb.compare(study, {
  metrics,
  where: ({ record }) => record.config.method !== "predicted-class",
});
const before = await readFile(README, "utf8");
const after = withBlock(withBlock(before, "figure", figureBlock()), "table", tableBlock(comparison));

if (process.argv.includes("--check")) {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-readme-"));
  const stale = before === after ? [] : ["README.md"];
  for (const [name, figure] of Object.entries(figures)) {
    await hb.saveFigure(figure, join(folder, name));
    const [made, kept] = [join(folder, name), join(FIGURES, name)];
    const texts = await Promise.all([made, kept].map(file => readFile(file, "utf8").catch(() => "")));
    if (texts[0] !== texts[1]) stale.push(`docs/results/${name}`);
  }
  await rm(folder, { recursive: true });
  console.log(
    stale.length === 0
      ? "README's results are those on record"
      : `not current, run npm run readme: ${stale.join(", ")}`,
  );
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  await writeFile(README, after);
  for (const [name, figure] of Object.entries(figures)) await hb.saveFigure(figure, join(FIGURES, name));
  console.log(`README.md, and ${Object.keys(figures).length} figures in docs/results/`);
}
