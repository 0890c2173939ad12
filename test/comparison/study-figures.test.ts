import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compare } from "../../src/comparison/compare.js";
import { measureByBitsOf, studyFigures } from "../../src/comparison/study-figures.js";
import { saveFigures } from "../../src/plots/save-figure.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy } from "../records/toy-study.js";

// biome-ignore lint/suspicious/noExplicitAny: plotly's attributes are open-ended
type Any = any;

let folder: string;
let study: StudyRecord;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-study-figures-"));
  study = await toyStudy(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function close(drawn: readonly number[], expected: readonly number[]): void {
  expect(drawn).toHaveLength(expected.length);
  for (const [i, value] of drawn.entries()) expect(value).toBeCloseTo(expected[i], 4);
}

const CURVES = ["pr-by-radius", "pr-by-rank", "precision-at-n", "recall-at-n"];

it("draws a curve of means for each method and length, over seeds", () => {
  const figures = studyFigures(study);
  expect(Object.keys(figures)).toEqual(CURVES);
  const { data }: Any = figures["recall-at-n"];
  const lines = data.filter((trace: Any) => trace.fill === undefined);
  expect(lines.map((trace: Any) => trace.name)).toEqual([
    "DCH, 8 bits",
    "DCH, 16 bits",
    "LSH (not learned), 8 bits",
    "LSH (not learned), 16 bits",
  ]);
  const byRank = study.runs.filter(({ record }) => record.config.method === "dch" && record.bits === 8);
  const [a, b] = byRank.map(({ result }) => result!.byRank.map(({ recall }) => recall));
  const means = a.map((value, i) => (value + b[i]) / 2);
  const deviations = a.map((value, i) => Math.abs(value - b[i]) / Math.SQRT2);
  close(lines[0].y, means);
  close(data[0].y, [
    ...means.map((mean, i) => Math.min(1, mean + deviations[i])),
    ...means.map((mean, i) => Math.max(0, mean - deviations[i])).reverse(),
  ]);
});

it("draws the measures of a comparison by bits, and its runs alone", async () => {
  const where = ({ record }: { record: { config: { method: string } } }): boolean => record.config.method === "dch";
  const comparison = await compare(study, { metrics: ["mAP@10", "P@H<=2", "mAP@7:thuml"], where, draws: 200 });
  const figures = studyFigures([study], comparison);
  expect(Object.keys(figures)).toEqual([
    ...CURVES,
    ...["mAP-at-10-by-bits", "P-at-H2-by-bits", "mAP-at-7-thuml-by-bits"],
  ]);
  expect((figures["pr-by-rank"] as Any).data.some(({ name }: Any) => name?.startsWith("LSH"))).toBe(false);
  const [line]: Any = figures["mAP-at-10-by-bits"].data;
  const values = comparison.entries.map(entry => entry.values["mAP@10"]);
  expect(line.x).toEqual([8, 16]);
  close(
    line.y,
    values.map(({ mean }) => mean),
  );
  close(
    line.error_y.array,
    values.map(({ deviation }) => deviation),
  );
  const [{ y, error_y: bars }]: Any = measureByBitsOf(comparison, "mAP@10", { bars: "interval" }).data;
  close(
    bars.array.map((up: number, i: number) => y[i] + up),
    values.map(({ interval }) => interval.high),
  );
  const down: number[] = bars.arrayminus ?? bars.array;
  close(
    down.map((length, i) => y[i] - length),
    values.map(({ interval }) => interval.low),
  );
  expect(() => measureByBitsOf(comparison, "mAP@100")).toThrow(/no measure "mAP@100".*mAP@10/);
});

it("are written as PDF, SVG and PNG", async () => {
  const figures = { "pr-by-rank": studyFigures(study)["pr-by-rank"] };
  const files = await saveFigures(figures, join(folder, "figures"), { columns: 1 });
  expect(readdirSync(join(folder, "figures")).sort()).toEqual(["pr-by-rank.pdf", "pr-by-rank.png", "pr-by-rank.svg"]);
  expect(files).toHaveLength(3);
});
