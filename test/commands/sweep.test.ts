import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFolderData } from "../../src/experiments/folder-data.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { loadMethod } from "../../src/methods/load-method.js";
import { readStudy } from "../../src/records/read-study.js";
import { readRunOutput } from "../../src/records/run-outputs.js";
import { toyExperiment } from "../experiments/toy-experiment.js";
import { writeDataFolder } from "../features/written-data-folder.js";
import type { Outcome } from "./in-process.js";
import { runInProcess } from "./in-process.js";

const home = process.env.HASHBOOK_HOME;
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const quick = ["epochs=2", "batch=20", "hidden=[8]"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-sweep-command-"));
  process.env.HASHBOOK_HOME = folder;
  const { featureSet, split } = toyExperiment();
  const { labels, features } = featureSet;
  const ids = Array.from({ length: features.shape[0] }, (_, row) => `item-${row}`);
  const items = { classNames: ["a", "b", "c", "d"], labels: labels as Int32Array, ids, features };
  await writeDataFolder(at("work"), { ...items, roles: split });
  await writeDataFolder(at("roleless"), items);
  const mine = (loss: string): string => `export default ({ tf, defineMethod }) => defineMethod({ name: "mine",
    title: "Mine", options: { margin: { type: "number", default: 1 } }, loss: (codes, batch, { margin }) => ${loss} })`;
  writeFileSync(at("mine.js"), mine("tf.mean(tf.mul(tf.square(codes), margin))"));
  mkdirSync(at("studies-of-mine"));
  const study = { methods: ["../mine.js", "lsh"], bits: [8], settings: { epochs: 2 }, data: { folder: "../work" } };
  writeFileSync(at("studies-of-mine", "study.json"), JSON.stringify({ ...study, name: "of-json" }));
  writeFileSync(at("studies-of-mine", "bits.ts"), "export const bits: readonly number[] = [8];\n");
  const typed = `import { bits } from "./bits.js";
    export default ({ tf, defineMethod }: any) => ({ bits, name: "of-ts", settings: { epochs: 2 }, methods: [
      defineMethod({ name: "own", title: "Own", options: {}, loss: (codes: any) => tf.mean(tf.square(codes)) }) ] });`;
  writeFileSync(at("studies-of-mine", "study.ts"), typed);
});
afterAll(() => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  process.exitCode = undefined;
  rmSync(folder, { recursive: true });
});

async function run(...args: readonly string[]): Promise<Outcome> {
  process.exitCode = undefined;
  return runInProcess("sweep", ...args);
}

describe("hashbook sweep", () => {
  it("runs a study with a method of one's own by path, prints its table, and one JSON document", async () => {
    const words = [`method=dch,${at("mine.js")},lsh`, "bits=8", "seed=0..1", "mine.margin=1,2", ...quick];
    const tables = ["--metric", "mAP@20", "--metric", "P@H<=2", "--latex", at("t.tex"), "--csv", at("t.csv")];
    const outcome = await run("--data", at("work"), "--name", "own", ...tables, "-m", ...words);
    expect([outcome.code, outcome.stderr.split("\n").filter(line => /^\d+\/8 /.test(line)).length]).toEqual([0, 8]);
    expect(outcome.stdout).toMatch(/Mine/);
    expect(outcome.stdout).toContain("Study own, in");
    expect(readFileSync(at("t.tex"), "utf8")).toContain("mAP@20");
    const compared = await runInProcess("compare", "own", ...tables);
    expect(outcome.stdout.startsWith(compared.stdout.trimEnd())).toBe(true);
    const json = await run("--data", at("work"), "--name", "own", "-m", ...words, "--json");
    const document = JSON.parse(json.stdout);
    expect(document.runs.map(({ name }: { name: string }) => name)).toContain(
      "mine-8-s1-batch=20-epochs=2-hidden=8-margin=2",
    );
    expect([document.study, document.failed, document.missing]).toEqual(["own", [], []]);
    const record = JSON.parse(
      readFileSync(at("runs/studies/own/mine-8-s0-batch=20-epochs=2-hidden=8/record.json"), "utf8"),
    );
    expect(record.methodFile.path).toBe(at("mine.js"));
    const study = JSON.parse(readFileSync(at("runs/studies/own/study.json"), "utf8"));
    expect(study.origin).toEqual({ kind: "folder", path: at("work"), validation: 0.05 });
  });

  it("reads a study out of JSON, with paths to it, and out of TypeScript that imports and defines methods", async () => {
    const json = await run("--file", at("studies-of-mine", "study.json"), "--json");
    expect([json.code, JSON.parse(json.stdout).study]).toEqual([0, "of-json"]);
    const typed = await run("--file", at("studies-of-mine", "study.ts"), "--data", at("work"), "--json");
    expect(typed.stderr).not.toContain("hashbook:");
    expect([typed.code, JSON.parse(typed.stdout).runs[0].name]).toEqual([0, "own-8-s0-epochs=2"]);
  });

  it("runs the method of notebook 07 by its path beside a known one, as a cell runs it", async () => {
    const words = ["method=dch,notebooks/margin.js", "bits=8,16", "seed=0..1", "margin.margin=0.5", ...quick];
    const outcome = await run("--data", at("work"), "--name", "notebook-07", "--json", "-m", ...words);
    expect([outcome.code, JSON.parse(outcome.stdout).runs.length]).toEqual([0, 8]);
    const study = await readStudy("notebook-07");
    const data = await openFolderData(at("work"));
    const method = await loadMethod("notebooks/margin.js");
    const settings = { epochs: 2, batch: 20, hidden: [8], options: { margin: 0.5 } };
    for (const bits of [8, 16]) {
      const found = study.runs.find(({ record }) => record.name.startsWith(`margin-${bits}-s1-`))!;
      const options = { process: { threads: 1 }, folder: at("alone") };
      const { codes } = await runExperiment(data, { method, bits, seed: 1, ...settings }, options);
      expect(await readRunOutput(found)).toEqual({ kind: "codes", codes });
      expect(found.record.title).toBe("my margin");
    }
  });

  it("lists what failed and ends with 1", async () => {
    const words = ["method=itq,lsh", "bits=64"]; // more bits than the features have dimensions
    const { code, stderr } = await run("--data", at("work"), "-m", ...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed: itq-64-s0: .*bits/);
  });

  it.each([
    [["--data", "work", "-m", "method=dch", "bits=8", "epochs=0"], /"epochs" cannot be this; expected .* at least 1/],
    [["--data", "work", "-m", "method=dch", "bits=8", "dch.gama=1"], /no option "dch\.gama"; expected "gamma"/],
    [["--data", "work"], /say what is to be run/],
    [["--data", "work", "-m", "method=dch", "bits=8", "--file", "x.json"], /say what is to be run/],
    [["-m", "method=lsh", "bits=8"], /say what to learn from/],
    [["--data", "work", "--backbone", "resnet50", "-m", "method=lsh", "bits=8"], /backbone goes with --dataset/],
    [["--data", "work", "--precision", "int8", "-m", "method=lsh", "bits=8"], /precision goes with --dataset/],
    [["--dataset", "work", "--precision", "int4", "-m", "method=lsh", "bits=8"], /Allowed choices are fp32, int8/],
    [["--data", "work", "--metric", "mAPP", "-m", "method=lsh", "bits=8"], /mAPP/],
    [["--data", "work", "--csv", "work/ids.txt", "-m", "method=lsh", "bits=8"], /would be written over what is read/],
    [["--data", "work", "--name", "a/b", "-m", "method=lsh", "bits=8"], /a study cannot be called this/],
    [["--data", "work", "--mlflow", "host:5000", "-m", "method=lsh", "bits=8"], /no address of an MLflow server/],
    [["--data", "work", "--workers", "0", "-m", "method=lsh", "bits=8"], /integer in 1/],
    [["--data", "work", "-m", "method=dch", "bits=8", "learningRate=log(1,2)"], /is a range.*random/s],
  ])("refuses %j as bad usage", async (flags, message) => {
    const { code, stderr } = await run(...flags.map(flag => flag.replace(/^work/, at("work"))));
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it("refuses a study that was begun on another dataset before it opens that", async () => {
    const begun = await readStudy("own");
    const study = {
      ...begun,
      format: 1,
      origin: { kind: "study", options: { dataset: "fashion-mnist-10k", smoke: true } },
    };
    mkdirSync(at("runs", "studies", "begun"));
    writeFileSync(at("runs", "studies", "begun", "study.json"), JSON.stringify(study));
    for (const dataset of ["no-such-dataset", "fashion-mnist-10k"]) {
      const { code, stderr } = await run("--dataset", dataset, "--name", "begun", "-m", "method=lsh", "bits=8");
      expect(code).toBe(1);
      expect(stderr).toMatch(`of other data; expected fashion-mnist-10k --smoke, or another --name; found ${dataset}`);
    }
  });

  it("refuses data without roles, and a file that is no study", async () => {
    const roleless = await run("--data", at("roleless"), "-m", "method=lsh", "bits=8");
    expect([roleless.code, roleless.stderr]).toEqual([1, expect.stringMatching(/has no roles.*hashbook split/s)]);
    writeFileSync(at("wrong.json"), '{"methods": ["dch"], "bits": [8], "seed": [1]}');
    const wrong = await run("--data", at("work"), "--file", at("wrong.json"));
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/has no "seed"; expected "seeds"/)]);
  });
});
