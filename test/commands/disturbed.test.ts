import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HashbookError } from "../../src/core/errors.js";
import { encodeNpyHeader, readNpy, writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { readCodesSidecar } from "../../src/features/codes-sidecar.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { loadHead } from "../../src/hashing/head-file.js";
import { code, notebook } from "../notebook/fixture-notebook.js";
import { toyData } from "../training/toy.js";

// HASHBOOK_SLOW_TESTS=1 runs it as the promise is: 20 kills at random moments, 10 jobs raced by two processes.
const [KILLS, PAIRS] = process.env.HASHBOOK_SLOW_TESTS ? [20, 11] : [3, 3];
const SEED = Number(process.env.HASHBOOK_TEST_SEED ?? 11);
const MAIN = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly seconds: number;
}

/** Runs a command line, killed after some seconds if it lives so long. */
async function hashbook(args: readonly string[], options: { killAfter?: number; home?: string } = {}): Promise<Ended> {
  const started = performance.now();
  const env = { ...process.env, TMPDIR: at("tmp"), HASHBOOK_HOME: options.home ?? at("home") };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", text => {
    stderr += text;
  });
  const { killAfter } = options;
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), 1000 * killAfter);
  const [exit, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(resolve =>
    child.once("close", (...how) => resolve(how)),
  );
  clearTimeout(timer);
  return { code: exit, signal, stderr, seconds: (performance.now() - started) / 1000 };
}

/** Something that is disturbed: it writes to one folder. */
interface Job {
  readonly args: (out: string) => readonly string[];
  /** Puts into the folder what the command needs there. */
  readonly prepare?: (out: string) => Promise<void>;
  /** Reads as users of the result do; throws unless it is taken for whole. */
  readonly read: (out: string) => Promise<unknown>;
}

const ARRAYS = (): string[] => ["--features", at("f.npy"), "--labels", at("l.npy")];
const DRAW = ["--query-per-class", "2", "--train-per-class", "2", "--replace"];

const JOBS: Readonly<Record<string, Job>> = {
  extract: {
    args: out => ["extract", "--dataset", at("images"), "--batch", "4", "--engine", "cpu", "--out", out],
    read: readDataFolder,
  },
  train: {
    args: out => {
      const how = ["--method", "hashnet", "--bits", "12", "--epochs", "120", "--engine", "cpu", "--resume"];
      return ["train", ...ARRAYS(), ...how, "--out", out];
    },
    read: loadHead,
  },
  "dataset digix-sample": {
    args: out => ["dataset", "digix-sample", "--products", "1,1,1", "--check", "0", "--out", join(out, "sample")],
    read: out => readFile(join(out, "sample", "sample.json")),
  },
  run: {
    args: out => ["run", at("book.ipynb"), "--out", out],
    read: out => readFile(join(out, "report.html")),
  },
  "features merge": {
    args: out => ["features", "merge", out],
    prepare: out => cp(at("shards"), out, { recursive: true }),
    read: readDataFolder,
  },
  encode: {
    args: out => ["encode", "--model", at("model"), "--features", at("f.npy"), "--out", join(out, "codes.npy")],
    read: async out => [await readNpy(join(out, "codes.npy")), await readCodesSidecar(join(out, "codes.npy"))],
  },
  "extract --model": {
    args: out => [
      ...["extract", "--dataset", at("images"), "--model", at("picture-model")],
      ...["--batch", "4", "--engine", "cpu", "--out", out],
    ],
    read: async out => [await readDataFolder(out), await readCodesSidecar(join(out, "codes.npy"))],
  },
  "codes merge": {
    args: out => ["codes", "merge", out],
    prepare: out => cp(at("code-shards"), out, { recursive: true }),
    read: async out => [await readDataFolder(out), await readCodesSidecar(join(out, "codes.npy"))],
  },
  "codes merge of files": {
    args: out => [
      ...["codes", "merge", ...[1, 2].map(i => at("code-shards", `shard-${i}-of-2`, "codes.npy"))],
      ...["--out", join(out, "codes.npy")],
    ],
    read: async out => [await readNpy(join(out, "codes.npy")), await readCodesSidecar(join(out, "codes.npy"))],
  },
  split: {
    args: out => ["split", out, ...DRAW],
    prepare: out => cp(at("data"), out, { recursive: true }),
    read: out => readFile(join(out, "split.json")),
  },
};

/** A file without what differs between two undisturbed runs: durations and the date of a report. */
async function contentOf(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (file.endsWith(".html")) return bytes.toString().endsWith("</html>\n") ? "a whole page" : "a part of a page";
  if (!file.endsWith(".json")) return bytes.toString("base64");
  return JSON.stringify(JSON.parse(bytes.toString()), (key, value) => (/seconds/i.test(key) ? undefined : value));
}

/** All files below a folder. */
async function contentsOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async file => [file.slice(root.length + 1), await contentOf(file)] as const)),
  );
}

const wholes = new Map<string, Promise<{ contents: Record<string, string>; seconds: number }>>();

/** What an undisturbed run gives, and how long it takes. */
function wholeOf(name: string) {
  const make = async () => {
    const out = at("whole", name);
    await JOBS[name].prepare?.(out);
    const { code: exit, stderr, seconds } = await hashbook(JOBS[name].args(out));
    expect(exit, stderr).toBe(0);
    return { contents: await contentsOf(out), seconds };
  };
  const known = wholes.get(name) ?? make();
  wholes.set(name, known);
  return known;
}

/** Whether what is there is taken for whole. What refuses it must say so as an error of ours, or there is nothing. */
async function isTakenForWhole(job: Job, out: string): Promise<boolean> {
  try {
    await job.read(out);
    return true;
  } catch (cause) {
    if (!(cause instanceof HashbookError)) expect(cause).toMatchObject({ code: "ENOENT" });
    return false;
  }
}

/** The whole, as far as it is there: of files taken for whole none differs. */
async function expectWholeSoFar(contents: Record<string, string>, out: string): Promise<void> {
  const found = await contentsOf(out);
  const unfinished = /\.partial(\/|$)|\.progress$|\.lock$|^checkpoints/; // names that say so
  for (const [name, content] of Object.entries(found)) {
    if (!unfinished.test(name)) expect(content === contents[name], `${name} after a kill`).toBe(true);
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-disturbed-"));
  for (const name of ["tmp", "home", "images/a", "images/b"]) await mkdir(at(name), { recursive: true });
  const random = new Random(1);
  for (let i = 0; i < 24; i++) {
    const data = Uint8Array.from({ length: 32 * 24 * 3 }, () => random.integer(256));
    const jpeg = await sharp(data, { raw: { width: 32, height: 24, channels: 3 } })
      .jpeg()
      .toBuffer();
    const bytes = i % 10 === 7 ? Buffer.from("no picture") : jpeg;
    await writeFile(at("images", i % 2 ? "a" : "b", `${String(i).padStart(2, "0")}.jpg`), bytes);
  }
  const { features, labels } = toyData(3, { classes: 5, perClass: 60, dim: 64 });
  await writeNpy(at("f.npy"), features);
  await writeNpy(at("l.npy"), { data: labels, shape: [labels.length] });
  const cells = [code("console.log(1);"), code("await new Promise(done => setTimeout(done, 300));\nconsole.log(2);")];
  await writeFile(at("book.ipynb"), JSON.stringify(notebook(...cells)));
  const ok = async (...args: string[]): Promise<void> => {
    const { code: exit, stderr } = await hashbook(args);
    expect(exit, stderr).toBe(0);
  };
  const extract = ["extract", "--dataset", at("images"), "--batch", "4", "--engine", "cpu"];
  const train = ["train", ...ARRAYS(), "--method", "lsh", "--bits", "16", "--engine", "cpu"];
  if (PAIRS > 3) {
    for (const shard of ["1/2", "2/2"]) await ok(...extract, "--shard", shard, "--out", at("shards"));
    await ok(...extract, "--out", at("data"));
    const model = ["--method", "lsh", "--bits", "16", "--out", at("picture-model")];
    await ok("train", "--data", at("data"), ...model);
    const codes = ["--model", at("picture-model"), "--out", at("code-shards")];
    for (const shard of ["1/2", "2/2"]) await ok(...extract, "--shard", shard, ...codes);
  }
  await ok(...train, "--out", at("model"));
  await ok(...train, "--seed", "1", "--out", at("other-model"));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const LONG = { timeout: 1_800_000 };

describe("a command that is killed", () => {
  it("leaves nothing half-written that is taken for whole; run again it ends as an undisturbed one", LONG, async () => {
    const random = new Random(SEED);
    const names = Object.keys(JOBS).slice(0, KILLS);
    const counts = { kills: 0, cameThrough: 0, wholeAfterKill: 0 };
    for (let turn = 0; counts.kills < KILLS; turn++) {
      const name = names[turn % names.length];
      const job = JOBS[name];
      const { contents, seconds } = await wholeOf(name);
      const out = at("killed", `${turn}`);
      await mkdir(out, { recursive: true });
      await job.prepare?.(out);
      const { signal } = await hashbook(job.args(out), { killAfter: seconds * (0.15 + 0.85 * random.uniform()) });
      if (signal === "SIGKILL") counts.kills++;
      else counts.cameThrough++;
      if (await isTakenForWhole(job, out)) counts.wholeAfterKill += signal === "SIGKILL" ? 1 : 0;
      await expectWholeSoFar(contents, out);
      const again = await hashbook(job.args(out));
      expect(again.code, `${name}: ${again.stderr}`).toBe(0);
      const found = await contentsOf(out);
      expect(Object.keys(found), name).toEqual(Object.keys(contents));
      for (const file of Object.keys(contents)) expect(found[file] === contents[file], `${name}: ${file}`).toBe(true);
      await rm(out, { recursive: true });
    }
    await hashbook(JOBS.run.args(at("swept"))); // the next run removes temporary folders of killed ones
    expect(await readdir(at("tmp"))).toEqual([]);
    console.info(`${JSON.stringify(counts)}, seed ${SEED}`);
  });
});

describe("encode that is interrupted", () => {
  /** A file of zeros that takes minutes to encode, and no room. */
  const endless = async (): Promise<string> => {
    const file = at("endless.npy");
    const [header, rows, dim] = [encodeNpyHeader("<f4", [40_000_000, 64]), 40_000_000, 64];
    await writeFile(file, header);
    await truncate(file, header.length + 4 * rows * dim);
    return file;
  };

  it("says so, leaves nothing, and need not wait for another that writes there", LONG, async () => {
    const out = at("interrupted");
    await mkdir(out);
    const args = ["encode", "--model", at("model"), "--features", await endless(), "--out", join(out, "codes.npy")];
    const start = () => {
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", piece => {
          text += piece;
        });
      }
      const ended = new Promise<[number | null, string]>(resolve => child.once("close", exit => resolve([exit, text])));
      return { child, ended, text: () => text };
    };
    const writer = start();
    while (!(await readdir(out)).some(name => name.endsWith(".partial"))) await sleep(20);
    const waiting = start();
    while (!waiting.text().includes("waiting for")) await sleep(20);
    for (const { child, ended } of [waiting, writer]) {
      child.kill("SIGINT");
      const [exit, text] = await ended;
      expect([exit, text]).toEqual([
        130,
        expect.stringMatching(/interrupted by SIGINT; nothing is left of the codes\n$/),
      ]);
    }
    expect(await readdir(out)).toEqual([]);
  });
});

describe("two commands on one output", () => {
  /** Starts both, the second a moment later, and expects each to end well or to say who was there. */
  const race = async (random: Random, ...both: (readonly string[])[]): Promise<Ended[]> => {
    const ended = await Promise.all(
      both.map(async (args, i) => {
        await sleep(i * 600 * random.uniform());
        return hashbook(args);
      }),
    );
    for (const { code: exit, stderr } of ended) {
      if (exit !== 0) expect(stderr).toMatch(/another process is writing here; .*found process \d+ on \S+ \(\w+/);
    }
    expect(ended.some(({ code: exit }) => exit === 0)).toBe(true);
    return ended;
  };

  const PAIR_JOBS = ["extract", "train", "run", "dataset digix-sample", "features merge", "encode", "split"];
  const CODE_JOBS = ["extract --model", "codes merge", "codes merge of files"];
  const RACED = [...PAIR_JOBS, ...CODE_JOBS].slice(0, PAIRS - 1);

  it("end as one", LONG, async () => {
    const random = new Random(SEED);
    let refused = 0;
    for (const name of RACED) {
      const out = at("raced", name);
      await JOBS[name].prepare?.(out);
      const { contents } = await wholeOf(name);
      const ended = await race(random, JOBS[name].args(out), JOBS[name].args(out));
      refused += ended.filter(({ code: exit }) => exit !== 0).length;
      const found = await contentsOf(out);
      expect(Object.keys(found), name).toEqual(Object.keys(contents));
      for (const file of Object.keys(contents)) expect(found[file] === contents[file], `${name}: ${file}`).toBe(true);
    }
    console.info(`${RACED.length} pairs, ${refused} told who was there, seed ${SEED}`);
  });

  it("that begin in one second run in folders of their own", LONG, async () => {
    const run = () => hashbook(["run", at("book.ipynb")], { home: at("runs-home") });
    const ended = await Promise.all([run(), run()]);
    expect(ended.map(({ code: exit }) => exit)).toEqual([0, 0]);
    const folders = await readdir(at("runs-home", "runs"));
    expect(folders).toHaveLength(2);
    for (const name of folders) {
      expect((await readdir(at("runs-home", "runs", name))).sort()).toEqual(["book.ipynb", "report.html"]);
    }
  });

  it.skipIf(PAIRS < 11)("of two models, or with two seeds, end as one of the two", LONG, async () => {
    const random = new Random(SEED);
    const encode = (model: string, out: string) => [
      ...["encode", "--model", at(model), "--features", at("f.npy"), "--out", join(out, "codes.npy")],
    ];
    const ways = { model: at("one-way"), "other-model": at("other-way") };
    for (const [model, out] of Object.entries(ways)) expect((await hashbook(encode(model, out))).code).toBe(0);
    await race(random, encode("model", at("both")), encode("other-model", at("both")));
    const sides = await Promise.all(Object.values(ways).map(contentsOf));
    expect(sides).toContainEqual(await contentsOf(at("both")));
    const seeds = [0, 1].map(seed => ["split", at("twice"), ...DRAW, "--seed", `${seed}`]);
    await cp(at("data"), at("twice"), { recursive: true });
    await race(random, ...seeds);
    const twice = await contentsOf(at("twice"));
    const alone = [];
    for (const args of seeds) {
      expect((await hashbook(args)).code, basename(args[1])).toBe(0);
      alone.push(await contentsOf(at("twice")));
    }
    expect(alone).toContainEqual(twice);
  });
});
