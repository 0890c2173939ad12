import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { productFold } from "../../src/challenge/product-folds.js";
import type { NdArray } from "../../src/core/arrays.js";
import { takeRows } from "../../src/core/arrays.js";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { toyData } from "../training/toy.js";

const main = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "hashbook.js");
let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);

function train(...args: string[]): string[] {
  const data = ["--features", file("f.npy"), "--labels", file("l.npy")];
  return [main, "train", ...data, "--method", "hashnet", "--bits", "12", "--engine", "cpu", ...args];
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(...args: string[]): Promise<Ended> {
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function hashbook(...args: string[]): Promise<Ended> {
  return command(...train(...args).slice(1));
}

/** Starts a training and kills it with SIGKILL when so many epochs are in its checkpoint. */
async function killedAfter(epochs: number, out: string, ...args: string[]): Promise<number> {
  const child = spawn(process.execPath, train("--out", out, ...args), { stdio: "ignore" });
  const ended = new Promise<NodeJS.Signals | null>(resolve => child.once("close", (_code, signal) => resolve(signal)));
  const finished = async (): Promise<number> => {
    const text = await readFile(join(out, "checkpoints", "checkpoint.json"), "utf8").catch(() => '{"epochs":[]}');
    return JSON.parse(text).epochs.length;
  };
  while ((await finished()) < epochs && child.exitCode === null) await sleep(5);
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  return finished();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-train-"));
  const { features, labels } = toyData(3, { classes: 5, perClass: 60, dim: 64 });
  await writeNpy(file("f.npy"), features);
  await writeNpy(file("l.npy"), { data: labels, shape: [labels.length] });
});
afterAll(async () => rm(folder, { recursive: true }));

describe("hashbook train", () => {
  it("killed with SIGKILL and resumed, ends in the same bits", async () => {
    const settings = { hidden: [48], dropout: 0.2, schedule: { kind: "plateau", patience: 3 } };
    await writeFile(file("config.json"), JSON.stringify(settings));
    const how = ["--config", file("config.json"), "--epochs", "600", "--batch", "60", "--validation", "0.1"];
    const whole = await hashbook(...how, "--keep", "best", "--out", file("whole"));
    expect(whole.code, whole.stderr).toBe(0);
    for (const epochs of [2, 5]) {
      const done = await killedAfter(epochs, file("killed"), ...how, "--keep", "best", "--resume");
      expect(done).toBeGreaterThanOrEqual(epochs);
      expect(done).toBeLessThan(600);
      const left = await readdir(file("killed"));
      expect(left.filter(name => name !== ".hashbook.lock")).toEqual(["checkpoints"]); // of the killed one: held by nobody
    }
    const resumed = await hashbook(...how, "--keep", "best", "--out", file("killed"), "--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    for (const name of ["head.safetensors", "history.json"]) {
      expect((await readFile(file("killed", name))).equals(await readFile(file("whole", name))), name).toBe(true);
    }
    const left = await readdir(file("killed", "checkpoints"));
    const arrays = left.filter(name => name.includes(".safetensors"));
    expect(arrays.map(name => name.replace(/\d+/, "N")).sort()).toEqual(["best-N.safetensors", "last-N.safetensors"]);
  });

  it("does not go on from a checkpoint of other settings, which it names, and starts anew without --resume", async () => {
    const how = ["--epochs", "1", "--out", file("other")];
    expect((await hashbook(...how)).code).toBe(0);
    const other = await hashbook(...how, "--learning-rate", "0.01", "--set", "optimizer.kind=adamw", "--resume");
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/checkpoint\.json: this is a checkpoint of another training/);
    const [, found] = other.stderr.split("; found ");
    expect(found.split("; ").map(part => part.trim())).toEqual([
      expect.stringMatching(/^learningRate: [\d.]+ there, 0\.01 asked for$/),
      expect.stringMatching(/^optimizer\.kind: \w+ there, adamw asked for$/),
      ...Array(found.split("; ").length - 2).fill(expect.stringMatching(/^optimizer\./)),
    ]);
    await writeNpy(file("l2.npy"), { data: new Int32Array(300).map((_, row) => row % 4), shape: [300] });
    const data = await hashbook(...how, "--labels", file("l2.npy"), "--resume");
    expect(data.stderr).toMatch(/; found labels: SHA-256 [0-9a-f]{12} there, SHA-256 [0-9a-f]{12} asked for\n$/);
    expect((await hashbook(...how, "--learning-rate", "0.01")).code).toBe(0);
  });

  it("loses no unfinished training without --restart, and a model is none before it is whole", async () => {
    const how = ["--epochs", "1000", "--out", file("left")];
    const done = await killedAfter(2, file("left"), "--epochs", "1000");
    const refused = await hashbook(...how);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${file("left")}: an unfinished training lies here`);
    expect(refused.stderr).toContain(`--resume to go on with it, --restart to lose it`);
    expect(refused.stderr).toContain(`found ${done} of 1000 epochs`);
    const encode = ["encode", "--model", file("left"), "--features", file("f.npy"), "--out", file("c.npy")];
    const encoded = await command(...encode);
    expect(encoded.code).toBe(1);
    expect(encoded.stderr).toMatch(/left: the training of this model is not finished; expected .* --resume\n$/);
    expect((await hashbook(...how, "--resume", "--restart")).code).toBe(2);
    const shorter = await hashbook("--epochs", "3", "--out", file("left"), "--restart");
    expect(shorter.code, shorter.stderr).toBe(0);
    expect((await readdir(file("left"))).sort()).toEqual([
      "MODEL.md",
      "checkpoints",
      "head.json",
      "head.safetensors",
      "history.json",
    ]);
    const over = await hashbook("--epochs", "2", "--out", file("left")); // a finished one is written over
    expect(over.stdout, over.stderr).toMatch(
      /^trained hashnet .* it took the place of another model: codes of that one/,
    );
    const again = await hashbook("--epochs", "2", "--out", file("left"), "--resume");
    expect(again.stdout, again.stderr).toMatch(
      /^hashnet 12 bits, seed 0 was trained already: .*; it is the model that/,
    );
    const none = await command("encode", "--model", file("no"), "--features", file("f.npy"), "--out", file("c.npy"));
    expect(none.stderr).toContain(`${file("no")}: there is no such folder; expected the folder of a trained model`);
  });

  it("tells who trains into a folder already, and does not touch it", async () => {
    const child = spawn(process.execPath, train("--epochs", "3000", "--out", file("busy")));
    let said = "";
    child.stderr.on("data", text => {
      said += text;
    });
    const ended = new Promise(resolve => child.once("close", resolve));
    while (!existsSync(file("busy", "checkpoints", "checkpoint.json"))) {
      expect(child.exitCode).toBeNull();
      await sleep(5);
    }
    child.kill("SIGSTOP"); // it holds what it holds, and is not at its end before the second has looked
    const second = await hashbook("--epochs", "1", "--out", file("busy"), "--restart");
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`${file("busy")}: another process is writing here`);
    expect(second.stderr).toContain(`found process ${child.pid} on `);
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    expect(await ended, said).toBe(130);
    const kept = `epochs kept in ${file("busy")}; the same command with --resume goes on`;
    expect(said.replace(/[\d]+ of 3000/, "N of 3000")).toContain(
      `hashbook: interrupted by SIGTERM; N of 3000 ${kept}\n`,
    );
    expect(await readdir(file("busy"))).toEqual(["checkpoints"]); // its lock went with it
    const third = await hashbook("--epochs", "1", "--out", file("busy"), "--restart");
    expect(third.code, third.stderr).toBe(0);
  });

  it("--seeds gives mean and standard deviation, by JSON and in words", async () => {
    const how = ["--epochs", "2", "--seeds", "3", "--validation", "0.2", "--out", file("seeds")];
    const { stdout, stderr } = await hashbook(...how, "--json");
    const report = JSON.parse(stdout);
    expect(
      report.runs.map((run: { seed: number }) => run.seed),
      stderr,
    ).toEqual([0, 1, 2]);
    const maps: number[] = report.runs.map((run: { validationMAP: number }) => run.validationMAP);
    const mean = (maps[0] + maps[1] + maps[2]) / 3;
    const deviation = Math.sqrt(maps.reduce((sum, map) => sum + (map - mean) ** 2, 0) / 2);
    expect(report.validationMAP.mean).toBeCloseTo(mean, 12);
    expect(report.validationMAP.deviation).toBeCloseTo(deviation, 12);
    expect((await readdir(file("seeds"))).sort()).toEqual(["seed-0", "seed-1", "seed-2"]);
    const words = await hashbook(...how, "--resume");
    expect(words.stdout).toContain(
      `3 seeds: loss ${report.loss.mean.toFixed(4)} ± ${report.loss.deviation.toFixed(4)}`,
    );
    expect(words.stdout).toContain(`validation mAP ${mean.toFixed(4)} ± ${deviation.toFixed(4)}`);
  });

  it("validates as often as --validate-every says, and refuses where that cannot be", async () => {
    const how = ["--validation", "0.2", "--epochs", "7", "--threads", "1", "--validate-every", "3"];
    const { code, stderr } = await hashbook(...how, "--out", file("watched"));
    expect(code, stderr).toBe(0);
    const { epochs } = JSON.parse(await readFile(file("watched", "history.json"), "utf8"));
    const watched = epochs.filter((one: { validationMAP?: number }) => one.validationMAP !== undefined);
    expect(watched.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 4, 7]);
    for (const [flags, words] of [
      [[...how, "--keep", "best"], "look at every epoch"],
      [["--validate-every", "3"], "--validate-every needs rows to validate with"],
      [[...how, "--threads", "0"], "--threads"],
      [[...how, "--method", "lsh"], "found epochs, validation, validateEvery"],
    ] as const) {
      const wrong = await hashbook(...flags, "--out", file("none"));
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(words)]);
    }
  });

  it("stops early and holds out by classes", async () => {
    const how = ["--validation", "0.4", "--validation-by", "classes", "--patience", "2", "--epochs", "200"];
    const { stdout, stderr } = await hashbook(...how, "--out", file("early"), "--json");
    const report = JSON.parse(stdout || "{}");
    expect(report.stoppedEarly, stderr).toBe(true);
    expect(report.epochs).toBe(report.bestEpoch + 2);
    const head = JSON.parse(await readFile(file("early", "head.json"), "utf8"));
    expect(head.validation).toEqual({ fraction: 0.4, by: "classes" });
  });

  it("--fold trains as on the rows of the other products alone", async () => {
    const features = (await readNpy(file("f.npy"))) as NdArray<Float32Array>;
    const labels = (await readNpy(file("l.npy"))).data as Int32Array;
    const { train: rows } = productFold(labels, { fold: 2, of: 3, seed: 4 });
    expect(rows.length).toBeLessThan(labels.length);
    await writeNpy(file("rows-f.npy"), takeRows(features, rows));
    await writeNpy(file("rows-l.npy"), { data: rows.map(row => labels[row]), shape: [rows.length] });
    const how = ["--epochs", "2", "--validation", "0.2"];
    const folded = await hashbook(...how, "--fold", "2/3", "--fold-seed", "4", "--out", file("fold"));
    expect(folded.code, folded.stderr).toBe(0);
    const given = ["--features", file("rows-f.npy"), "--labels", file("rows-l.npy")];
    expect((await hashbook(...how, ...given, "--out", file("rows"))).code).toBe(0);
    for (const name of ["head.safetensors", "history.json"]) {
      expect((await readFile(file("fold", name))).equals(await readFile(file("rows", name))), name).toBe(true);
    }
    expect(JSON.parse(await readFile(file("fold", "head.json"), "utf8")).fold).toEqual({ fold: 2, of: 3, seed: 4 });
    for (const wrong of ["0/3", "4/3", "1/1", "2", "1/x"]) {
      const { code, stderr } = await hashbook("--fold", wrong, "--out", file("none"));
      expect([code, stderr]).toEqual([2, expect.stringContaining("Expected i/n with 1 ≤ i ≤ n and n ≥ 2")]);
    }
    const many = await hashbook("--fold", "1/9", "--out", file("none"));
    expect([many.code, many.stderr]).toEqual([1, expect.stringContaining("number of products, 5; found 9")]);
    await writeNpy(file("unknown.npy"), { data: labels.map(() => -1), shape: [labels.length] });
    const unknown = await hashbook("--labels", file("unknown.npy"), "--out", file("none"));
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("there is no item to train on")]);
  });

  it("takes presets, and settings from a file over them; names what it does not know", async () => {
    await writeFile(file("dch.json"), '{"dch": {"gamma": 7}}');
    const dch = ["--method", "dch", "--preset", "official-tf", "--epochs", "1", "--out", file("preset"), "--json"];
    const { stdout, stderr } = await hashbook(...dch, "--config", file("dch.json"));
    const { config } = JSON.parse(stdout || "{}");
    expect(config.options, stderr).toMatchObject({ gamma: 7, proxy: "squared-euclidean", weighting: "similar-only" });
    expect(config.optimizer).toMatchObject({ kind: "sgd", momentum: 0.9, hashFactor: 10 });
    await writeFile(file("wrong.json"), '{"dch": {"gama": 7}}');
    const wrong = await hashbook(...dch, "--config", file("wrong.json"));
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/there is no option "dch.gama"; expected "gamma"\?/),
    ]);
    const none = await hashbook("--preset", "official-tf", "--out", file("none"));
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/no preset "official-tf" of hashnet/)]);
    const unwatched = await hashbook("--patience", "2", "--out", file("none"));
    expect([unwatched.code, unwatched.stderr]).toEqual([1, expect.stringMatching(/nothing to tell the best epoch by/)]);
  });
});
