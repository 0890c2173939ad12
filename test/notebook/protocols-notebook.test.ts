// Notebook 8 on somebody's own lists, in each of the ten forms: a copy with one cell more prints its figures with all
// digits, and NumPy measures the codes that it stored by the lists as they are written (tools/list_figures.py).
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CellOutput, Notebook } from "../../src/notebook/nbformat.js";
import { joinedText } from "../../src/notebook/nbformat.js";
import { code } from "./fixture-notebook.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LISTS = join(ROOT, "test/goldens/lists");
const BITS = 16;
/** Not 0: that is the seed of the trainings on a part of the train rows. */
const SEEDS = [1, 2];

/** The datasets that open by their lists under the name of a protocol; those of CIFAR-10 are lists like any other. */
const FORMS = [
  ["cifar10", "lists"],
  ["cifar10-1", "lists"],
  ["cifar10-2", "lists"],
  ["imagenet-100", "imagenet-100"],
  ["coco", "coco"],
  ["coco-swuxyj", "coco-swuxyj"],
  ["nuswide-81", "nuswide-81"],
  ["nuswide-21", "nuswide-21"],
  ["mirflickr", "mirflickr"],
  ["voc2012", "voc2012"],
] as const;

const python = process.env.HASHBOOK_TEST_PYTHON ?? "python3";
const hasNumPy = spawnSync(python, ["-c", "import numpy"]).status === 0;
const asked = process.env.HASHBOOK_SLOW_TESTS !== undefined;
if (asked && !hasNumPy) console.warn(`notebook 8 on lists skipped: ${python} has no numpy (HASHBOOK_TEST_PYTHON)`);

/** The last cell of the copy. The experiments of its table are read from the cache. */
const PRINT = `const { experiments } = await hb.compareMethods(await withFeatures(), {
  methods: ["hashnet", "dch", "itq", "lsh"],
  bits: [bits],
  seeds: seeds,
  config: { epochs: epochs },
  options: options,
  metrics: ["ndcg@100", "acg@100", "wap@100"],
  protocol: protocol,
});
console.log("figures " + JSON.stringify({
  ids: dataset.ids,
  cutoff: protocol.cutoff ?? "all",
  convention: protocol.convention,
  experiments: experiments.map(({ folder, record }) => ({
    folder: folder,
    method: record.method,
    title: record.title,
    evaluation: record.evaluation,
    headline: record.headline,
  })),
  cutoffs: cutoffs,
  dch: hb.experimentOf(experiments, "dch", bits).folder,
  divisors: evaluation,
  both: both,
}));`;

/** Figures by whoever measured them, numbers in places of the same names. */
type Figures = { readonly [name: string]: Figures | number };

interface Printed {
  readonly ids: readonly string[];
  readonly cutoff: number | "all";
  readonly convention: string;
  readonly experiments: readonly {
    readonly folder: string;
    readonly method: string;
    readonly title: string;
    readonly evaluation: Figures;
    readonly headline: Figures;
  }[];
  readonly cutoffs: readonly number[];
  readonly dch: string;
  readonly divisors: Figures;
  readonly both: { readonly [name: string]: Figures };
}

let folder: string;
let copies: string;
let largest = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-notebook-8-"));
  await mkdir(join(ROOT, "runs"), { recursive: true }); // within the project: its cells import the packages
  copies = await mkdtemp(join(ROOT, "runs/notebook-8-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(copies, { recursive: true });
  if (largest > 0) console.log(`largest difference from NumPy: ${largest}`);
});

/** All numbers of `expected` are in `actual`, to 1e-9. */
function expectFigures(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected !== "number") {
    const entries = Object.entries(expected as object);
    expect(entries.length, path).toBeGreaterThan(0);
    for (const [name, value] of entries) expectFigures((actual as Figures)?.[name], value, `${path}.${name}`);
    return;
  }
  expect(actual, path).toBeTypeOf("number");
  const difference = Math.abs((actual as number) - expected);
  expect(difference, `${path}: ${actual}, ${expected}`).toBeLessThan(1e-9);
  largest = Math.max(largest, difference);
}

/** Small pictures, each of another grey. */
async function drawImages(root: string, paths: readonly string[]): Promise<void> {
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => (37 * i + at * (1 + (i % 7))) % 256);
    await sharp(data, { raw: { width: 24, height: 24, channels: 3 } }).toFile(join(root, path));
  }
}

/** Outputs of the notebook with one cell more, run on a form's lists by the command. */
async function run(form: string, datasetName: string): Promise<CellOutput[]> {
  const { images: paths, stripPrefix = "" } = JSON.parse(await readFile(join(LISTS, form, "expected.json"), "utf8"));
  const images = join(folder, form);
  await drawImages(images, paths);
  const text = await readFile(join(ROOT, "notebooks/08-protocols.ipynb"), "utf8");
  const original = JSON.parse(text.replaceAll("../lib/index.js", "../../lib/index.js")) as Notebook;
  const notebook = join(copies, `${form}.ipynb`);
  await writeFile(
    notebook,
    JSON.stringify({ ...original, cells: [...original.cells, { ...code(PRINT), id: "print" }] }),
  );
  const parameters = [
    ...[`datasetName=${datasetName}`, `protocolName=${form}`, `lists=${join(LISTS, form)}`, `images=${images}`],
    ...[`stripPrefix=${stripPrefix}`, `bits=${BITS}`, "epochs=1", `seeds=${JSON.stringify(SEEDS)}`],
  ];
  await promisify(execFile)(
    process.execPath,
    [
      ...[join(ROOT, "bin/hashbook.js"), "run", notebook, "--smoke", "--out", join(folder, "run")],
      ...parameters.flatMap(one => ["-p", one]),
    ],
    { env: { ...process.env, HASHBOOK_HOME: join(folder, "home") } },
  );
  const executed = JSON.parse(await readFile(join(folder, "run", `${form}.ipynb`), "utf8")) as Notebook;
  return executed.cells.flatMap(cell => (cell.cell_type === "code" ? (cell.outputs ?? []) : []));
}

async function measuredByNumPy(form: string, { ids, experiments, cutoff, cutoffs }: Printed): Promise<Figures> {
  const rows = {
    lists: join(LISTS, form),
    ids,
    codes: experiments.map(one => join(one.folder, "codes.npy")),
    cutoffs: [...new Set([10, 1000, ...(cutoff === "all" ? [] : [cutoff]), ...cutoffs])],
  };
  const file = join(folder, `${form}-rows.json`);
  await writeFile(file, JSON.stringify(rows));
  const { stdout } = await promisify(execFile)(python, ["-B", join(ROOT, "tools/list_figures.py"), file], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout);
}

/** The figure at a path of names. */
function at(figures: Figures, ...names: readonly string[]): never {
  return names.reduce<Figures | number>((found, name) => (found as Figures)[name], figures) as never;
}

/** Means and deviations in the cells of a table row are those of `values`, as far as they are written out. */
function expectShown(cell: string, values: readonly number[], what: string): void {
  const [mean, deviation] = cell.split(" ± ");
  const decimals = (mean.split(".")[1] ?? "").length;
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - average) ** 2, 0);
  // A single value is shown as a number, without zeros at its end.
  const unit = deviation === undefined ? 1e-3 : 10 ** -decimals;
  expect(Math.abs(Number(mean) - average), `${what}: ${cell}`).toBeLessThanOrEqual(unit / 2 + 1e-9);
  if (deviation === undefined) return;
  const expected = Math.sqrt(squares / (values.length - 1));
  expect(Math.abs(Number(deviation) - expected), `${what}: ${cell}`).toBeLessThanOrEqual(unit / 2 + 1e-9);
}

/** The cells of a table that was shown, by row and column. */
function tableOf(html: string): Record<string, string>[] {
  const cells = (row: string): string[] =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text]) => text.replaceAll("&lt;", "<"));
  const [head, ...rows] = html.split("<tr>").slice(1).map(cells);
  return rows.map(row => Object.fromEntries(row.map((text, i) => [head[i], text])));
}

// HASHBOOK_SLOW_TESTS=1: takes some minutes.
describe.skipIf(!asked || !hasNumPy)("notebook 8 on published lists", () => {
  it.each(FORMS)(
    "in the form of %s has the figures of NumPy",
    async (form, datasetName) => {
      const outputs = await run(form, datasetName);
      const bundles = outputs.flatMap(output => ("data" in output ? [output.data] : []));
      const texts = bundles.map(data => joinedText((data["text/markdown"] ?? data["text/plain"] ?? "") as string));
      expect(texts[0]).toMatch(new RegExp(`^\\*\\*${datasetName}.*by the lists in .*Measured as protocol ${form}\\. `));
      expect(texts.join("\n")).toMatch(/Other counts than the protocol's/);
      const streams = outputs.flatMap(output => ("text" in output ? [joinedText(output.text)] : []));
      const printed: Printed = JSON.parse(/^figures (.*)$/m.exec(streams.join(""))![1]);
      const numPy = await measuredByNumPy(form, printed);
      const { cutoff, convention } = printed;
      const ofMethod = new Map<string, Figures[]>();
      for (const { folder, method, title, evaluation, headline } of printed.experiments) {
        const found = at(numPy, join(folder, "codes.npy")) as Figures;
        const { mAP, ...figures } = at(found, "drop", "asListed") as Figures & { mAP: Figures };
        const { published: _, ...rest } = figures;
        const cutoffs = ["all", "10", "1000", ...(cutoff === "all" ? [] : [`${cutoff}`])];
        const expected = {
          ...rest,
          ...(found.graded as Figures),
          mAP: Object.fromEntries(cutoffs.map(r => [r, mAP[r]])),
        };
        expectFigures(evaluation, expected, method);
        const papers = { value: at(found, "keep", "asListed", "published", convention, `${cutoff}`) };
        expectFigures(headline, { ours: mAP[`${cutoff}`], papers }, `${method}, headline`);
        ofMethod.set(title, [...(ofMethod.get(title) ?? []), found]);
      }

      // The same in what is shown: the table of results, and the papers'.
      const tables = bundles.flatMap(data =>
        "text/html" in data ? [tableOf(joinedText(data["text/html"] as string))] : [],
      );
      const shown = tables.filter(([row]) => `as ${convention}` in row && "published with" in row).at(-1)!;
      const results = tables.find(([row]) => "empty balls" in row)!;
      for (const [title, found] of ofMethod) {
        const rows = (table: typeof shown): typeof shown => table.filter(({ method }) => method === title);
        const values = (...names: readonly string[]): number[] => found.map(one => at(one, ...names));
        expect(rows(results), title).toHaveLength(1);
        const [row] = rows(results);
        expectShown(row.mAP, values("drop", "asListed", "mAP", "all", "tieAware"), `${title}, mAP`);
        expectShown(row["top-1"], values("drop", "asListed", "top1"), `${title}, top-1`);
        expectShown(row["ndcg@100"], values("graded", "metrics", "ndcg@100"), `${title}, NDCG`);
        expect(rows(shown).length, title).toBeGreaterThan(0);
        for (const papers of rows(shown)) {
          const ours = values("drop", "asListed", "mAP", `${cutoff}`, "tieAware");
          expectShown(papers[`mAP@${cutoff}`], ours, `${title}, mAP@${cutoff}`);
          const theirs = values("keep", "asListed", "published", convention, `${cutoff}`);
          expectShown(papers[`as ${convention}`], theirs, `${title}, ${convention}`);
        }
      }

      // Divisors by R, and queries in the database: of DCH's codes.
      const dch = at(numPy, join(printed.dch, "codes.npy")) as Figures;
      const { mAP, published } = printed.divisors as { mAP: Figures; published: Figures };
      const drop = at(dch, "drop", "asListed") as { mAP: Figures; published: Figures };
      for (const r of printed.cutoffs) expectFigures(mAP[r], drop.mAP[r], `divided by min(P, ${r})`);
      for (const name of ["thuml-caffe", "pytorch-metric-learning"]) {
        const expected = Object.fromEntries(printed.cutoffs.map(r => [r, at(drop.published, name, `${r}`)]));
        expectFigures(published[name], expected, name);
      }
      const searched = [
        ["withQueries", printed.both],
        ["withoutQueries", printed.both.withoutQueries],
      ] as const;
      for (const [name, judged] of searched) {
        const { mAP, top1 } = at(dch, "drop", name) as Figures & { mAP: Figures };
        expectFigures(judged.evaluation, { top1, mAP: { 10: mAP[10] } }, name);
        const papers = { value: at(dch, "keep", name, "published", convention, `${cutoff}`) };
        expectFigures(judged.headline, { ours: mAP[`${cutoff}`], papers }, `${name}, headline`);
      }
    },
    600_000,
  );
});
