// Notebook 8 on somebody's own lists: COCO's form with its prefix, its queries in the database. The codes that it stores are
// measured by loops over the lists as written: the command gives the same to 1e-9, the notebook's figure as it is drawn.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNpy } from "../../src/core/npy.js";
import type { Notebook } from "../../src/notebook/nbformat.js";
import { joinedText } from "../../src/notebook/nbformat.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAM = join(ROOT, "bin/hashbook.js");
const LISTS = join(ROOT, "test/goldens/lists/coco");
const PREFIX = "/home/caozhangjie/run-czj/dataset/coco/";
const BITS = 16;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-notebook-8-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Label sets of a list by path, in its order. */
async function readList(name: string): Promise<Map<string, number[]>> {
  const lines = (await readFile(join(LISTS, name), "utf8")).trimEnd().split("\n");
  return new Map(
    lines.map(line => {
      const [path, ...columns] = line.split(" ");
      return [path.replace(PREFIX, ""), columns.flatMap((value, label) => (value === "1" ? [label] : []))];
    }),
  );
}

/** The folder of the one data set or experiment that `is` accepts. */
async function folderWhere(parent: string, name: string, is: (document: never) => boolean): Promise<string> {
  for (const one of await readdir(parent)) {
    const text = await readFile(join(parent, one, name), "utf8").catch(() => undefined);
    if (text !== undefined && is(JSON.parse(text) as never)) return join(parent, one);
  }
  throw new Error(`nothing in ${parent}`);
}

// HASHBOOK_SLOW_TESTS=1: takes a minute.
describe.skipIf(!process.env.HASHBOOK_SLOW_TESTS)("notebook 8 on published lists", () => {
  it("shows the figures of loops over lists and codes", async () => {
    const { images: paths } = JSON.parse(await readFile(join(LISTS, "expected.json"), "utf8")) as { images: string[] };
    const images = join(folder, "images");
    for (const [i, path] of paths.entries()) {
      await mkdir(dirname(join(images, path)), { recursive: true });
      const data = Uint8Array.from({ length: 24 * 24 * 3 }, (_, at) => (37 * i + at * (1 + (i % 7))) % 256);
      await sharp(data, { raw: { width: 24, height: 24, channels: 3 } }).toFile(join(images, path));
    }
    const home = join(folder, "home");
    const parameters = [
      "datasetName=lists",
      `lists=${LISTS}`,
      `images=${images}`,
      "protocolName=coco",
      `bits=${BITS}`,
      "epochs=1",
      "seeds=[1, 2]", // 0 is the seed of what is held out to choose with,
    ];
    await promisify(execFile)(
      process.execPath,
      [
        PROGRAM,
        "run",
        join(ROOT, "notebooks/08-protocols.ipynb"),
        "--smoke",
        "--out",
        join(folder, "run"),
        ...parameters.flatMap(one => ["-p", one]),
      ],
      { env: { ...process.env, HASHBOOK_HOME: home } },
    );
    const executed = JSON.parse(await readFile(join(folder, "run/08-protocols.ipynb"), "utf8")) as Notebook;
    const outputs = executed.cells.flatMap(cell => (cell.cell_type === "code" ? (cell.outputs ?? []) : []));
    const bundles = outputs.flatMap(output => ("data" in output ? [output.data] : []));
    const texts = bundles.map(data => joinedText((data["text/markdown"] ?? data["text/plain"] ?? "") as string));
    expect(texts[0]).toMatch(/^\*\*lists.*by the lists in .*Measured as protocol coco\. Note: all \d+ queries are in/);

    const data = await folderWhere(join(home, "data/features"), "manifest.json", ({ dataset }: { dataset: string }) =>
      dataset.startsWith("lists"),
    );
    const experiment = await folderWhere(
      join(home, "runs/experiments"),
      "record.json",
      ({ config, features }: { config: { method: string; seed: number }; features: { dataset: string } }) =>
        config.method === "dch" && config.seed === 1 && features.dataset.startsWith("lists"),
    );
    const ids = (await readFile(join(data, "ids.txt"), "utf8")).trimEnd().split("\n");
    const codes = (await readNpy(join(experiment, "codes.npy"))).data as Int8Array;
    expect(codes.length).toBe(ids.length * BITS);
    const [queryList, databaseList] = [await readList("test.txt"), await readList("database.txt")];
    const queries = ids.flatMap((id, row) => (queryList.has(id) ? [row] : []));
    const database = ids.flatMap((id, row) => (databaseList.get(id)?.length ? [row] : []));
    const distance = (a: number, b: number): number => {
      let differing = 0;
      for (let bit = 0; bit < BITS; bit++) if (codes[a * BITS + bit] !== codes[b * BITS + bit]) differing++;
      return differing;
    };
    /** mAP@R of each divisor, ties by row. */
    const reference = (r: number): Record<"hits" | "possible" | "all", number> => {
      const sums = { hits: 0, possible: 0, all: 0 };
      let counted = 0;
      for (const query of queries) {
        const labels = queryList.get(ids[query])!;
        const isRelevant = (row: number): boolean => databaseList.get(ids[row])!.some(label => labels.includes(label));
        const relevant = database.filter(isRelevant).length;
        if (relevant === 0) continue;
        counted++;
        const ranked = database
          .map(row => ({ row, d: distance(query, row) }))
          .sort((one, other) => one.d - other.d || one.row - other.row);
        let hits = 0;
        let sum = 0;
        ranked.slice(0, r).forEach(({ row }, place) => {
          if (isRelevant(row)) sum += ++hits / (place + 1);
        });
        if (hits > 0) sums.hits += sum / hits;
        sums.possible += sum / Math.min(relevant, r);
        sums.all += sum / relevant;
      }
      return { hits: sums.hits / counted, possible: sums.possible / counted, all: sums.all / counted };
    };
    type Curves = { data: { name?: string; x: number[]; y: number[] }[] };
    const figures = bundles.flatMap(data => (data["application/vnd.plotly.v1+json"] as Curves | undefined) ?? []);
    const divisors = figures.find(figure => figure.data.some(({ name }) => name?.startsWith("by the hits")))!;
    const [hits, ours, all] = divisors.data;
    const conventions = ["thuml-caffe", "pytorch-metric-learning"].flatMap(name => ["--convention", name]);
    const cutoffs = hits.x.flatMap(r => ["--cutoff", `${r}`]);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...[PROGRAM, "evaluate", "--data", data, "--codes", join(experiment, "codes.npy")],
      ...[...cutoffs, ...conventions, "--json"],
    ]);
    const { mAP, published } = JSON.parse(stdout);
    for (const [at, r] of hits.x.entries()) {
      const expected = reference(r);
      const measured = [
        [hits.y[at], published["thuml-caffe"][r], expected.hits],
        [ours.y[at], mAP[r].stable, expected.possible],
        [all.y[at], published["pytorch-metric-learning"][r], expected.all],
      ];
      for (const [drawn, command, loops] of measured) {
        expect(Math.abs(command - loops), `R = ${r}`).toBeLessThan(1e-9);
        expect(Math.abs(drawn - loops), `R = ${r}, drawn`).toBeLessThan(1e-5); // figures have five digits
      }
    }
  }, 600_000);
});
