import { execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encodeNpy } from "../../src/core/npy.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const goldens = join(root, "test", "goldens", "evaluate");

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as a user does. */
function hashbook(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, "bin", "hashbook.js"), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function files(folder: string): string[] {
  return ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(name => [
    `--${name}`,
    join(folder, `${name}.npy`),
  ]);
}

/** All numbers of a document by their path: "radius2.mAP". */
function numbers(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value === "string") return [];
  return Object.entries(value as object).flatMap(([key, part]) => numbers(part, `${path}.${key}`));
}

// The first call builds lib/ when it is stale; not on the clock of a test.
beforeAll(() => hashbook("--version"), 120_000);

describe("evaluate against the NumPy reference", () => {
  const cases = readdirSync(goldens);

  it("finds the goldens", () => {
    expect(cases).toEqual(["bits20", "bits70", "multi-hot48", "packed20", "ties"]);
  });

  it.each(cases)("%s", async name => {
    const golden = JSON.parse(readFileSync(join(goldens, name, "expected.json"), "utf8"));
    const { code, stdout, stderr } = await hashbook(
      "evaluate",
      ...files(join(goldens, name)),
      ...golden.args,
      "--unlabelled", // the reference ranks items without label like all others
      "keep",
      "--json",
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const { unlabelled: _, ...figures } = JSON.parse(stdout);
    const actual = new Map(numbers(figures));
    const expected = numbers(golden.evaluation);
    expect([...actual.keys()].sort()).toEqual(expected.map(([path]) => path).sort());
    for (const [path, value] of expected) {
      expect(Math.abs(actual.get(path)! - value), `${path}: ${actual.get(path)} for ${value}`).toBeLessThan(1e-9);
    }
  });

  it("gives the same figures for packed and unpacked codes", async () => {
    const both = await Promise.all(
      ["bits20", "packed20"].map(name => hashbook("evaluate", ...files(join(goldens, name)), "--bits", "20", "--json")),
    );
    expect(both[0].code).toBe(0);
    const figures = (text: string): object => ({ ...JSON.parse(text), unchecked: [] }); // it names the files
    expect(figures(both[0].stdout)).toEqual(figures(both[1].stdout));
  });

  it("adds bounds, intervals and published conventions when asked, and changes nothing else", async () => {
    const folder = files(join(goldens, "ties"));
    const plain = JSON.parse((await hashbook("evaluate", ...folder, "--json")).stdout);
    const flags = ["--bounds", "--intervals", "--convention", "thuml", "--convention", "orthohash"];
    const { intervals, published, mAP, ...rest } = JSON.parse(
      (await hashbook("evaluate", ...folder, ...flags, "--json")).stdout,
    );
    const { tieAware, stable, optimistic, pessimistic } = mAP.all;
    expect({ ...rest, mAP: { all: { tieAware, stable } } }).toEqual(plain);
    expect(pessimistic).toBeLessThanOrEqual(Math.min(tieAware, stable));
    expect(optimistic).toBeGreaterThanOrEqual(Math.max(tieAware, stable));
    expect(intervals.all.tieAware.mean).toBeCloseTo(tieAware, 12);
    expect(intervals.all.tieAware.low).toBeLessThan(tieAware);
    expect(Object.keys(published)).toEqual(["thuml", "orthohash"]);
    // Over all of the ranking both divide by P; thuml leaves out queries without relevant items, the other counts them 0.
    const share = 1 - plain.queriesWithoutRelevant / plain.queries;
    expect(published.thuml.all).toBeCloseTo(stable, 12);
    expect(published.orthohash.all).toBeCloseTo(stable * share, 12);
    const table = (await hashbook("evaluate", ...folder, ...flags)).stdout;
    expect(table).toMatch(/worst, best order +0\.\d{4} +0\.\d{4}\n/);
    expect(table).toMatch(/orthohash mAP@all +0\.\d{4}\n/);
  });

  it("estimates from a sample of the queries, with intervals that hold the figures of all", async () => {
    const folder = files(join(goldens, "packed20"));
    const all = JSON.parse((await hashbook("evaluate", ...folder, "--bits", "20", "--json")).stdout);
    const sample = (...flags: string[]) => hashbook("evaluate", ...folder, "--bits", "20", ...flags);
    const drawn = JSON.parse((await sample("--queries", "12", "--seed", "3", "--json")).stdout);
    expect(drawn.queries).toBe(12);
    expect(drawn.sampledFrom).toEqual({ queries: all.queries, seed: 3 });
    const { low, mean, high } = drawn.intervals.all.tieAware;
    expect(mean).toBeCloseTo(drawn.mAP.all.tieAware, 12);
    expect([low < all.mAP.all.tieAware, all.mAP.all.tieAware < high]).toEqual([true, true]);
    const others = JSON.parse((await sample("--queries", "12", "--seed", "4", "--json")).stdout);
    expect(others.mAP).not.toEqual(drawn.mAP);
    expect((await sample("--queries", "12")).stdout).toMatch(/an estimate: the queries were drawn from \d+, seed 0\n/);
    // As many as there are, or more: nothing is drawn.
    expect(JSON.parse((await sample("--queries", "5000", "--json")).stdout)).toEqual(all);
  });

  it("prints a table without --json", async () => {
    const { code, stdout } = await hashbook("evaluate", ...files(join(goldens, "bits20")), "--cutoff", "10");
    const golden = JSON.parse(readFileSync(join(goldens, "bits20", "expected.json"), "utf8")).evaluation;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "25 queries × 140 database items, 20 bits\n2 queries without relevant items are left out\n",
    );
    const row = (name: string) => stdout.split("\n").find(line => line.startsWith(`${name} `))!;
    expect(row("mAP@all")).toMatch(
      new RegExp(`${golden.mAP.all.tieAware.toFixed(4)} +${golden.mAP.all.stable.toFixed(4)}$`),
    );
    expect(row("mAP@10")).toContain(golden.mAP["10"].tieAware.toFixed(4));
    expect(row("radius 2")).toContain(golden.radius2.precision.toFixed(4));
    expect(row("mAP in radius 2")).toContain(golden.radius2.mAP.toFixed(4));
  });
});

describe("bad input ends with one paragraph and exit code 1", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-evaluate-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Changes a copy of a good case and evaluates it. */
  async function spoiled(
    name: string,
    spoil: (file: (of: string) => string) => void,
    ...args: string[]
  ): Promise<string> {
    const copy = mkdtempSync(join(folder, "case-"));
    cpSync(join(goldens, name), copy, { recursive: true });
    spoil(of => join(copy, `${of}.npy`));
    const { code, stdout, stderr } = await hashbook("evaluate", ...files(copy), ...args, "--json");
    expect(stdout).toBe("");
    expect(code, stderr).toBe(1);
    expect(stderr.trimEnd().split("\n"), "one paragraph, no stack").toHaveLength(1);
    return stderr;
  }

  const array = (data: Parameters<typeof encodeNpy>[0]["data"], ...shape: number[]) => encodeNpy({ data, shape });

  it.each<[string, (file: (of: string) => string) => void, RegExp]>([
    [
      "a missing file",
      file => rmSync(file("query-labels")),
      /query-labels\.npy: cannot be read; expected an \.npy file/,
    ],
    [
      "a file cut short",
      file => truncateSync(file("database-codes"), 300),
      /database-codes\.npy: the file is cut short; expected \d+ bytes/,
    ],
    [
      "text instead of an array",
      file => writeFileSync(file("query-codes"), "1,0,1\n0,1,1\n"),
      /query-codes\.npy: not an \.npy file/,
    ],
    [
      "codes of a wrong rank",
      file => writeFileSync(file("query-codes"), array(new Int8Array(500).fill(1), 500)),
      /query-codes\.npy: codes of the wrong shape; expected two axes, \(n, bits\); found shape \(500\)/,
    ],
    [
      "relaxed codes",
      file => writeFileSync(file("database-codes"), array(new Float32Array(2800).fill(1).fill(0.75, 47), 140, 20)),
      /database-codes\.npy: these are not hash codes; .*binarized.* found 0\.75 in row 2, bit 7/,
    ],
    [
      "unequal bits",
      file => writeFileSync(file("database-codes"), array(new Int8Array(140 * 24).fill(1), 140, 24)),
      /database-codes\.npy: codes of queries and database differ in bits; expected 20 bits as in .*query-codes\.npy; found 24/,
    ],
    [
      "a label too few",
      file => writeFileSync(file("database-labels"), array(new Int32Array(139), 139)),
      /database-labels\.npy: codes and labels differ in number; expected 140 rows, one for each code of .*database-codes\.npy; found 139/,
    ],
    [
      "real-valued labels",
      file => writeFileSync(file("query-labels"), array(new Float32Array(25).fill(1.5, 3), 25)),
      /query-labels\.npy: this is no label; expected whole numbers of at most 32 bits; found 1\.5 in row 3/,
    ],
    [
      "counts as multi-hot labels",
      file => writeFileSync(file("query-labels"), array(new Int8Array(75).fill(2, 31), 25, 3)),
      /query-labels\.npy: these are not multi-hot labels; expected only 0 and 1; found 2 in row 10, class 1/,
    ],
    [
      "single and multi-hot labels",
      file => writeFileSync(file("query-labels"), array(new Int8Array(75), 25, 3)),
      /database-labels\.npy: labels .* do not go together; expected multi-hot labels of 3 classes as in .*query-labels\.npy; found one integer an item/,
    ],
    [
      "nothing relevant at all",
      file => writeFileSync(file("query-labels"), array(new Int32Array(25).fill(77), 25)),
      /no query has a relevant item/,
    ],
  ])("%s", async (_, spoil, message) => {
    expect(await spoiled("bits20", spoil)).toMatch(message);
  });

  it.each<[string, string, string[], RegExp]>([
    [
      "packed codes without --bits",
      "packed20",
      [],
      /query-codes\.npy: packed codes need the number of bits; expected --bits K/,
    ],
    [
      "packed codes with other --bits",
      "packed20",
      ["--bits", "25"],
      /query-codes\.npy: packed codes of the wrong shape; expected \(n, 4\) for 25 bits.* found shape \(25, 3\)/,
    ],
    [
      "packed codes with set padding",
      "packed20",
      ["--bits", "18"],
      /query-codes\.npy: bits are set past the end of a code; expected codes of 18 bits, the last 6 bits of each row 0/,
    ],
    [
      "codes with other --bits",
      "bits20",
      ["--bits", "32"],
      /query-codes\.npy: number of bits differs; expected 32 bits; found 20/,
    ],
  ])("%s", async (_, name, args, message) => {
    expect(await spoiled(name, () => {}, ...args)).toMatch(message);
  });
});

describe("interrupted", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hashbook-interrupt-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends at once, with 130, no document and no worker left", async () => {
    const write = (name: string, data: Int8Array | Int32Array, ...shape: number[]) =>
      writeFileSync(join(folder, `${name}.npy`), encodeNpy({ data, shape }));
    // Ten minutes of work.
    for (const [side, rows] of [
      ["query", 250_000],
      ["database", 400_000],
    ] as const) {
      write(`${side}-codes`, new Int8Array(rows * 16).fill(1), rows, 16);
      write(`${side}-labels`, new Int32Array(rows), rows);
    }
    const child = spawn(process.execPath, [join(root, "bin", "hashbook.js"), "evaluate", ...files(folder), "--json"]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", text => {
      stdout += text;
    });
    child.stderr.on("data", text => {
      stderr += text;
    });
    const closed = new Promise<number | null>(resolve => child.on("close", resolve));
    await vi.waitFor(() => expect(stderr).toContain("this will take minutes"), { timeout: 60_000 });
    await new Promise(resolve => setTimeout(resolve, 1000));
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect(await closed, stderr).toBe(130);
    expect(stdout).toBe("");
    expect(stderr).toContain("hashbook: interrupted by SIGINT");
  });
});

describe("the command line", () => {
  it.each([
    [["evaluate", "--cutoff", "0", ...files("x")]],
    [["evaluate", "--bits", "1025", ...files("x")]],
    [["evaluate", "--bits", "many", ...files("x")]],
    [["evaluate", "--query-codes", "x.npy"]],
    [["evaluate", ...files("x"), "--jsno"]],
    [["evaluate", ...files("x"), "stray"]],
    [["evaulate"]],
    [["--nonsense"]],
    [[]],
  ])("bad usage gives exit code 2: %j", async args => {
    const { code, stdout, stderr } = await hashbook(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(args.length === 0 ? /^Usage: hashbook/ : /^hashbook: [^\n]+\n$/);
  });

  it("adds the stack to the message when HASHBOOK_DEBUG is set", async () => {
    process.env.HASHBOOK_DEBUG = "1";
    try {
      const { code, stderr } = await hashbook("evaluate", ...files("nowhere"));
      expect(code).toBe(1);
      expect(stderr).toMatch(/nowhere.*cannot be read[^\n]*\n +at /);
    } finally {
      delete process.env.HASHBOOK_DEBUG;
    }
  });

  it("has help with examples, and a version, on stdout", async () => {
    const [top, evaluate, version] = await Promise.all([
      hashbook("--help"),
      hashbook("evaluate", "--help"),
      hashbook("--version"),
    ]);
    expect([top.code, evaluate.code, version.code]).toEqual([0, 0, 0]);
    expect(top.stdout).toContain("evaluate");
    expect(top.stdout).toContain("Examples:");
    expect(evaluate.stdout).toContain("Examples:\n  $ hashbook evaluate --data");
    expect(version.stdout.trim()).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
  });
});
