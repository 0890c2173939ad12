import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare } from "../../src/comparison/compare.js";
import { runsToCompare } from "../../src/comparison/compared-runs.js";
import type { Run, RunRecord } from "../../src/records/run-record.js";
import type { StudyRecord } from "../../src/records/study-record.js";
import { toyStudy } from "../records/toy-study.js";

let folder: string;
let study: StudyRecord;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-compared-"));
  study = await toyStudy(folder, { bits: [8] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Another study of the same runs, with something changed in each record. */
const changed = (change: (record: RunRecord) => Partial<RunRecord>): StudyRecord => ({
  ...study,
  id: "other",
  runs: study.runs.map(run => ({ ...run, study: "other", record: { ...run.record, ...change(run.record) } })),
});
const titles = (studies: readonly StudyRecord[], ...rest: [Parameters<typeof runsToCompare>[1]?]): [string, number][] =>
  runsToCompare(studies, ...rest).map(({ title, runs }) => [title, runs.length]);

describe("runs to compare", () => {
  it("are the finished ones, a seed each, those of equal settings together", () => {
    expect(titles([study])).toEqual([
      ["DCH", 2],
      ["LSH (not learned)", 2],
    ]);
    expect(titles([study], { where: ({ record }) => record.seed === 0 })).toEqual([
      ["DCH", 1],
      ["LSH (not learned)", 1],
    ]);
    expect(() => titles([study], { where: () => false })).toThrow(/nothing to compare in "toy".*4 finished runs/s);
  });

  it("of two studies count once where they are the same computation, and are refused where not", () => {
    expect(titles([study, changed(() => ({}))])).toEqual(titles([study]));
    expect(() => titles([study, changed(() => ({ key: "0123" }))])).toThrow(
      /toy\/dch-8-s0 and other\/dch-8-s0 have equal settings and seed, and were computed otherwise/,
    );
  });

  it("of several settings have titles that tell them apart, whichever study they are of", () => {
    const other = changed(({ config }) => ({
      config: { ...config, options: { ...config.options, gamma: 7 } },
      key: "7",
    }));
    expect(titles([study, other]).map(([title]) => title)).toEqual([
      "DCH, gamma=20",
      expect.stringMatching(/^LSH \(not learned\), gamma=none$/),
      "DCH, gamma=7",
      "LSH (not learned), gamma=7",
    ]);
  });

  it.each([
    ["dataset", "their datasets"],
    ["rows", "their numbers of images"],
    ["features", "their features"],
    ["labels", "their labels"],
    ["searched", "which rows are queries and database"],
    ["learned", "which rows are learned from"],
  ])("of another %s are refused, and it says so", (name, words) => {
    const other = changed(({ data }) => ({ data: { ...data, [name]: name === "rows" ? 7 : "ffff" } }));
    expect(() => titles([study, other])).toThrow(
      new RegExp(`other/dch-8-s0 does not compare with toy/dch-8-s0: ${words}.*differ; expected ${name} `),
    );
  });

  it("of other features or train rows stand side by side where that is asked for, told apart", async () => {
    const other = changed(({ data, features }) => ({
      data: { ...data, features: "ffff" },
      features: { ...features, backbone: "another" },
    }));
    expect(titles([study, other], { differing: ["features"] }).map(([title]) => title)).toEqual([
      expect.stringMatching(/^DCH, (?!another)/),
      expect.stringMatching(/^LSH .*, (?!another)/),
      "DCH, another",
      "LSH (not learned), another",
    ]);
    const { notes } = await compare([study, other], { differing: ["features"], metrics: ["mAP"], draws: 100 });
    expect(notes).toContain("Runs may differ in features, as was asked for.");
    const rows = changed(({ data }) => ({ data: { ...data, learned: "ffff" } }));
    expect(titles([study, rows], { differing: ["learned"] }).map(([title]) => title)).toContain("DCH, other");
    const searched = changed(({ data }) => ({ data: { ...data, searched: "ffff" } }));
    expect(() => titles([study, searched], { differing: ["features", "learned"] })).toThrow("queries and database");
  });

  it("that treat items of unknown class otherwise are refused", () => {
    const other = changed(({ config }) => ({ config: { ...config, unlabelled: "keep" } }));
    expect(() => titles([study, other])).toThrow('unknown class are treated otherwise; expected unlabelled "drop"');
  });

  it("are those that validation has chosen, where it has, and a note says so", async () => {
    const chosen = { "dch-8": { runs: ["dch-8-s0", "dch-8-s1"], candidates: [] } };
    const selected: StudyRecord = { ...study, selection: { by: "mean validation mAP", chosen } };
    expect(titles([selected])).toEqual([["DCH", 2]]);
    const { notes } = await compare(selected, { metrics: ["mAP"], draws: 100 });
    expect(notes.join(" ")).toContain(
      "settings were chosen by mean validation mAP; the queries judged the chosen ones only",
    );
    expect(notes.join(" ")).toContain("one entry: there is nothing to test");
  });

  it("say what failed and is missing, and how many seeds there are", async () => {
    const without = (run: Run): boolean => run.record.name !== "lsh-8-s1";
    const failed = [{ name: "dch-8-s2", message: "no", date: "2026-01-01" }];
    const { notes } = await compare({ ...study, failed, missing: ["lsh-8-s2"] }, { where: without, draws: 100 });
    const text = notes.join(" ");
    expect(text).toContain("toy: failed, and not in the table: dch-8-s2.");
    expect(text).toContain("toy: not finished, and not in the table: lsh-8-s2.");
    expect(text).toContain("Between 1 (LSH (not learned), 8 bits) and 2 seeds an entry; where there is one seed");
  });
});
