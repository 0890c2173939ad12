// A disk that is full at some byte, under every command that writes: the command says so, what is there under its own name
// is whole, and once there is room again the same command ends in what an undisturbed one makes.
// HASHBOOK_SLOW_TESTS=1 runs all positions (minutes); without, the first of each command that is quick.
import { execFile, spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../src/core/random.js";
import { makeDigixSample } from "../src/digix-sample/generate.js";
import { writeDataFolder } from "./features/written-data-folder.js";
import { toyStudy } from "./records/toy-study.js";
import { NO_SMALL_DISK, PAGE, SmallDisk } from "./small-disk.js";

const CLI = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const SLOW = process.env.HASHBOOK_SLOW_TESTS !== undefined;
const MEGABYTE = 2 ** 20;

/** A command that writes. */
interface Writing {
  /** What it writes below `out`, which is a folder that is there. */
  readonly args: (out: string) => readonly string[];
  /** What the second run needs beside, to go on with what the first has left. Default: nothing. */
  readonly again?: readonly string[];
  /** Parts of the room for all it writes that are free, or bytes less than all where negative. */
  readonly free: readonly number[];
  /** Of these, how many are tried when there is no time for all. Default 0. */
  readonly quick?: number;
  /** Variables of the environment. */
  readonly env?: (out: string) => Readonly<Record<string, string>>;
}

let inputs: string;
const input = (...parts: string[]): string => join(inputs, ...parts);
const training = ["--method", "dch", "--bits", "16", "--epochs", "2", "--batch", "8", "--set", "hidden=[]"];

/** A choice of two candidates on a small sample. */
const challenge = (command: string): string[] => [
  ...["challenge", command, "--root", input("sample"), "--candidates", input("candidates.json"), "--folds", "2"],
];

const WRITINGS: Readonly<Record<string, Writing>> = {
  extract: {
    args: out => ["extract", "--dataset", input("pictures"), "--batch", "4", "--out", join(out, "data")],
    free: [0, 0.2, 0.6, 0.9, -1],
    quick: 1,
  },
  "extract into the home folder": {
    args: () => ["extract", "--dataset", input("pictures"), "--batch", "4"],
    env: out => ({ HASHBOOK_HOME: out }),
    free: [0.5],
  },
  "features join": {
    args: out => ["features", "join", input("few"), input("others"), "--out", join(out, "joined")],
    free: [0.5, 0, -1],
    quick: 1,
  },
  "features whiten": {
    args: out => ["features", "whiten", input("few"), "--fit", input("few"), "--dim", "9", "--out", join(out, "white")],
    free: [0.5, 0, -1],
    quick: 1,
  },
  "challenge choose": {
    args: out => [...challenge("choose"), "--out", join(out, "submission.csv")],
    free: [0, -1],
  },
  "challenge run": {
    args: out => [...challenge("run"), "--no-duplicates", "--out", join(out, "run")],
    free: [0, 0.5, -1],
  },
  "features merge": { args: out => ["features", "merge", out], free: [0.1, -1] },
  "extract --model": {
    args: out => [
      ...["extract", "--dataset", input("pictures"), "--model", input("model")],
      ...["--batch", "4", "--out", join(out, "gallery")],
    ],
    free: [0, 0.5, 0.8, -1],
  },
  "codes merge": { args: out => ["codes", "merge", out], free: [0, 0.5, -1] },
  "codes merge of files": {
    args: out => [
      ...["codes", "merge", ...[1, 2].map(i => input("code-shards", `shard-${i}-of-2`, "codes.npy"))],
      ...["--out", join(out, "codes.npy")],
    ],
    free: [0, -1],
  },
  split: {
    args: out => ["split", join(out, "data"), "--query-per-class", "2", "--train-per-class", "3"],
    free: [0],
  },
  train: {
    args: out => ["train", "--data", input("data"), ...training, "--out", join(out, "model")],
    again: ["--resume"],
    free: [0, 0.3, 0.6, -1],
  },
  "train of a fitted method": {
    args: out => ["train", "--data", input("data"), "--method", "itq", "--bits", "8", "--out", join(out, "model")],
    free: [0.5],
  },
  encode: {
    args: out => [
      "encode",
      "--model",
      input("model"),
      "--data",
      input("data"),
      "--relaxed",
      "--out",
      join(out, "c.npy"),
    ],
    free: [0, -1],
  },
  export: { args: out => ["export", "--model", input("model"), "--out", join(out, "m.onnx")], free: [0.5, -1] },
  "dataset --contact-sheet": {
    args: out => ["dataset", input("pictures"), "--contact-sheet", join(out, "sheet.png")],
    free: [0],
    quick: 1,
  },
  "dataset --figure": {
    args: out => ["dataset", input("pictures"), "--figure", join(out, "figure.svg")],
    free: [0],
    quick: 1,
  },
  "dataset --duplicates": {
    args: out => ["dataset", input("pictures"), "--duplicates", join(out, "merges.txt")],
    free: [0],
  },
  "dataset digix-sample": {
    args: out => ["dataset", "digix-sample", "--out", join(out, "sample"), "--products", "4,3,3", "--check", "0"],
    free: [0.3, -1],
  },
  run: { args: out => ["run", input("one.ipynb"), "--out", join(out, "run")], free: [0, 0.5] },
  compare: {
    args: out => ["compare", input("study", "studies", "toy"), "--metric", "mAP", "--latex", join(out, "t.tex")],
    free: [0],
    quick: 1,
  },
  "runs keep": {
    args: out => ["runs", "keep", input("study", "studies", "toy"), "--to", join(out, "records")],
    free: [0.5, 0, -1],
    quick: 1,
  },
  "runs pack": {
    args: out => ["runs", "pack", input("study", "studies", "toy"), "--out", join(out, "toy.tar.gz")],
    free: [0.5, 0, -1],
    quick: 1,
  },
  new: { args: out => ["new", join(out, "study")], free: [0.5], quick: 1 },
};

/** What must be there before the command writes, by its name. */
const BEFORE: Readonly<Record<string, (out: string) => void>> = {
  "features merge": out => cpSync(input("shards"), out, { recursive: true }),
  "codes merge": out => cpSync(input("code-shards"), out, { recursive: true }),
  split: out => cpSync(input("data"), join(out, "data"), { recursive: true }),
};

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

function hashbook(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise(resolve => {
    const options = { env: { ...process.env, HASHBOOK_HOME: input("home"), ...env } };
    execFile(process.execPath, [CLI, ...args], options, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

/** What a file says, but for what differs between two equal runs: times. */
function meaning(name: string, bytes: Buffer): unknown {
  const text = bytes.toString();
  if (name.endsWith(".html")) return text.trimEnd().endsWith("</html>");
  if (name.endsWith(".ipynb"))
    return JSON.parse(text).cells.map(({ source, outputs }: Record<string, unknown>) => [source, outputs]);
  if (!name.endsWith(".json")) return bytes.toString("base64");
  return JSON.parse(text, (key, value) =>
    /seconds|date|^(model|hash|codes|file|record)$/i.test(key) ? undefined : value,
  );
}

/** Files under their own names; `unfinished` for those that a later run goes on with. */
function contents(folder: string): { named: Map<string, unknown>; unfinished: string[] } {
  const files = readdirSync(folder, { recursive: true }).map(String).sort();
  const named = new Map<string, unknown>();
  const unfinished: string[] = [];
  for (const name of files) {
    if (!statSync(join(folder, name)).isFile() || name === "filler") continue;
    if (/\.partial|\.progress$|\.lock$|checkpoints/.test(name)) unfinished.push(name);
    else named.set(name, meaning(name, readFileSync(join(folder, name))));
  }
  return { named, unfinished };
}

/** Bytes that the files of a folder take on a disk of pages. */
function room(folder: string): number {
  const files = readdirSync(folder, { recursive: true }).map(name => statSync(join(folder, String(name))));
  return files.filter(file => file.isFile()).reduce((sum, { size }) => sum + Math.ceil(size / PAGE) * PAGE, 0);
}

const WITHOUT = NO_SMALL_DISK === undefined ? "" : ` (skipped: ${NO_SMALL_DISK})`;

describe.skipIf(NO_SMALL_DISK !== undefined)(`a full disk${WITHOUT}`, () => {
  let disk: SmallDisk;

  beforeAll(async () => {
    inputs = mkdtempSync(join(tmpdir(), "hashbook-inputs-"));
    disk = new SmallDisk(64 * MEGABYTE);
    const random = new Random(3);
    for (const name of ["a", "b"]) mkdirSync(input("pictures", name), { recursive: true });
    for (let i = 0; i < 14; i++) {
      const data = Uint8Array.from({ length: 32 * 24 * 3 }, () => random.integer(256));
      const raw = { width: 32, height: 24, channels: 3 } as const;
      await sharp(data, { raw })
        .jpeg()
        .toFile(input("pictures", i % 2 ? "a" : "b", `${i}.jpg`));
    }
    const cell = { id: "a", cell_type: "code", source: "1 + 1", metadata: {}, outputs: [], execution_count: null };
    const kernel = { kernelspec: { name: "tslab", display_name: "TypeScript", language: "typescript" } };
    writeFileSync(
      input("one.ipynb"),
      JSON.stringify({ cells: [cell], metadata: kernel, nbformat: 4, nbformat_minor: 5 }),
    );
    await toyStudy(input("study"), { methods: ["lsh"], bits: [8], seeds: [0] });
    const extract = ["extract", "--dataset", input("pictures"), "--batch", "4", "--out"];
    const made = [
      [...extract, input("data")],
      ["train", "--data", input("data"), ...training, "--out", input("model")],
      ...[1, 2].map(i => [...extract, input("shards"), "--shard", `${i}/2`]),
      ...[1, 2].map(i => [...extract, input("code-shards"), "--shard", `${i}/2`, "--model", input("model")]),
    ];
    for (const [name, dim] of Object.entries({ few: 640, others: 320 })) {
      const labels = Int32Array.from({ length: 20 }, (_, row) => row % 4);
      const ids = Array.from(labels, (label, row) => `${label}/${row}`);
      const features = { data: random.normals(20 * dim), shape: [20, dim] };
      await writeDataFolder(input(name), { classNames: ["a", "b", "c", "d"], labels, ids, features });
    }
    const candidates = [
      { name: "cosine", ranking: { ranking: "features" } },
      { name: "whitened", whiten: 8, ranking: { ranking: "features" } },
    ];
    writeFileSync(input("candidates.json"), JSON.stringify({ candidates }));
    if (SLOW) await makeDigixSample(input("sample"), { products: { train: 8, testA: 3, testB: 2 } });
    for (const args of SLOW ? made : []) expect(await hashbook(args)).toMatchObject({ code: 0 });
  }, 300_000);
  afterAll(() => {
    disk?.unmount();
    rmSync(inputs, { recursive: true });
  });

  const tried = Object.entries(WRITINGS).filter(([, { quick = 0 }]) => SLOW || quick > 0);
  for (const [name, writing] of tried) {
    describe(name, () => {
      let whole: string;
      const prepare = (out: string): void => {
        mkdirSync(out, { recursive: true });
        BEFORE[name]?.(out);
      };
      const env = (out: string) => writing.env?.(out) ?? {};

      beforeAll(async () => {
        whole = join(mkdtempSync(join(tmpdir(), "hashbook-whole-")), "out"); // as deep as on the disk
        prepare(whole);
        expect(await hashbook(writing.args(whole), env(whole))).toMatchObject({ code: 0 });
      }, 300_000);
      afterAll(() => rmSync(dirname(whole), { recursive: true }));

      it.each(writing.free.slice(0, SLOW ? undefined : writing.quick))(
        "with %d free",
        { timeout: 300_000 },
        async free => {
          const out = join(disk.folder, "out");
          prepare(out);
          const needed = room(whole) - room(out);
          disk.fillUpTo(free < 0 ? needed + free * PAGE : Math.floor((free * needed) / PAGE) * PAGE);
          const full = await hashbook(writing.args(out), env(out));
          expect(full, full.stderr).toMatchObject({ code: 1 });
          const [message] = full.stderr.trimEnd().split("\n").slice(-1);
          expect(message).toMatch(
            /^hashbook: .+: the disk is full; expected (room for [\d,]+ bytes|more room): .*bytes free$/,
          );
          expect(message).toContain(disk.folder);
          expect(full.stderr).not.toMatch(/\n\s+at /);
          const expected = contents(whole).named;
          const before = contents(out);
          for (const [file, value] of before.named)
            expect(value, `${file} beside ${before.unfinished}`).toEqual(expected.get(file));
          disk.empty();
          const again = await hashbook([...writing.args(out), ...(writing.again ?? [])], env(out));
          expect(again, again.stderr).toMatchObject({ code: 0 });
          const after = contents(out);
          expect(after.named).toEqual(expected);
          expect(after.unfinished.filter(file => /partial|progress|lock$/.test(file))).toEqual([]);
          rmSync(out, { recursive: true });
        },
      );
    });
  }
});

describe.skipIf(process.platform !== "linux")("standard output", () => {
  it("that is full is said like another disk", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [CLI, "weights", "--json"], { stdio: ["ignore", full, "pipe"] });
    let stderr = "";
    child.stderr?.on("data", text => {
      stderr += text;
    });
    const code = await new Promise(resolve => child.once("close", resolve));
    closeSync(full);
    expect(stderr).toMatch(/^hashbook: \/dev\/stdout: the disk is full; expected more room: .*\n$/);
    expect(code).toBe(1);
  });
});

describe.skipIf(process.platform === "win32")("a place where one may not write", () => {
  it.each([
    ["extract", (out: string) => ["extract", "--dataset", "fashion-mnist-10k", "--out", join(out, "data")]],
    ["dataset", (out: string) => ["dataset", "digix-sample", "--out", join(out, "sample")]],
    ["new", (out: string) => ["new", join(out, "study")]],
  ])("is told by %s in one sentence", { timeout: 60_000 }, async (_, args) => {
    const place = mkdtempSync(join(tmpdir(), "hashbook-closed-"));
    chmodSync(place, 0o555);
    // Nothing is closed to the superuser, who becomes somebody else for this.
    const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const options = { ...uid, env: { ...process.env, HASHBOOK_HOME: place, TMPDIR: tmpdir() } };
    const outcome = await new Promise<Outcome>(resolve => {
      execFile(process.execPath, [CLI, ...args(place)], options, (error, _out, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stderr });
      });
    });
    rmSync(place, { recursive: true });
    const [message] = outcome.stderr.trimEnd().split("\n").slice(-1);
    expect(message).toMatch(
      /^hashbook: .*hashbook-closed-.*: may not be written; expected a place where you have the right to write; found EACCES$/,
    );
    expect([outcome.code, outcome.stderr]).toEqual([1, expect.not.stringMatching(/\n\s+at /)]);
  });
});
