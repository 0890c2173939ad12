// All of the challenge by one command, on a sample that poses as DIGIX: from archives, killed between and within steps, with
// a product under two ids.
import { execFileSync, spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDigixSample } from "../../src/digix-sample/generate.js";

const CLI = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "hashbook.js");
const TWIN = "DIGIX_000900";
let folder: string;
let original: string;
const at = (...parts: string[]): string => join(folder, ...parts);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with a home of its own; kills it when `until` says so. */
async function run(home: string, args: readonly string[], until?: () => Promise<boolean>): Promise<Ended> {
  const env = { ...process.env, HASHBOOK_HOME: at(home), HASHBOOK_ENGINE: "cpu" };
  const child = spawn(process.execPath, [CLI, "challenge", "run", ...args], { env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", text => {
    stdout += text;
  });
  child.stderr.on("data", text => {
    stderr += text;
  });
  const ended = new Promise<number | null>(resolve => child.once("close", resolve));
  while (until !== undefined && child.exitCode === null && child.signalCode === null) {
    if (await until()) child.kill("SIGKILL");
    await sleep(5);
  }
  return { code: await ended, stdout, stderr };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
const holdsFiles = async (path: string): Promise<boolean> =>
  (await readdir(path, { recursive: true }).catch(() => [])).some(name => /\.(json|jpg)$/.test(name));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-challenge-"));
  await makeDigixSample(at("digix"), { products: { train: 8, testA: 3, testB: 2 } });
  await rm(at("digix/sample.json")); // posing as photographs
  const products = (await readdir(at("digix/train_data"))).filter(name => name.startsWith("DIGIX_")).sort();
  original = products[3];
  await mkdir(at("digix/train_data", TWIN));
  for (const name of (await readdir(at("digix/train_data", original))).sort().slice(0, 4)) {
    const picture = sharp(at("digix/train_data", original, name)).jpeg({ quality: 60 });
    await picture.toFile(at("digix/train_data", TWIN, `X${name}`));
    await appendFile(at("digix/train_data/label.txt"), `${TWIN}/X${name},900\n`);
    if (await exists(at("digix/train_data/roles.txt")))
      await appendFile(at("digix/train_data/roles.txt"), `${TWIN}/X${name},gallery\n`);
  }
  await rename(at("digix/test_data_B"), at("digix/last_round")); // the final part, by a name that nobody told
  await mkdir(at("packed"));
  for (const part of ["train_data", "test_data_A", "last_round"])
    execFileSync("tar", ["-czf", at("packed", `${part}.tar.gz`), "-C", at("digix"), part]);
  const training = { method: "dch", bits: 16, epochs: 2, batch: 16 };
  const candidates = [
    { name: "cosine", ranking: { ranking: "features" } },
    { name: "DCH", training, ranking: { ranking: "asymmetric" } },
    { name: "ITQ", whiten: 4, training: { method: "itq", bits: 4 }, ranking: { ranking: "hamming" } },
  ];
  await writeFile(at("candidates.json"), JSON.stringify({ candidates }));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

const SETTINGS = (): string[] => ["--candidates", at("candidates.json"), "--folds", "2"];

describe("hashbook challenge run", () => {
  it("prints a plan of folders and of archives, and does nothing", async () => {
    const plain = await run("plan", ["--root", at("digix"), ...SETTINGS(), "--dry-run"]);
    expect(plain).toMatchObject({ code: 0 });
    expect(plain.stdout).toMatch(/digix: \d+ images, 6\d{4} fewer than the 68811 of DIGIX 2020/);
    expect(plain.stdout).toMatch(/^duplicates .*\nfeatures efficientnet-lite0 of train_data .* s .* KiB .* GiB$/m);
    expect(plain.stdout).toMatch(/^rank digix-final /m);
    const packed = await run("plan", ["--root", at("packed"), ...SETTINGS(), "--dry-run", "--json"]);
    expect(JSON.parse(packed.stdout).archives).toHaveLength(3);
    expect((await readdir(at("packed"))).every(name => name.endsWith(".tar.gz"))).toBe(true);
    expect(await exists(at("plan/runs"))).toBe(false);
  }, 120_000);

  it("ends in the same submissions, killed in any step or not", async () => {
    const whole = await run("whole", ["--root", at("digix"), ...SETTINGS(), "--out", at("whole-out"), "--json"]);
    expect(whole.code, whole.stderr).toBe(0);
    const record = JSON.parse(whole.stdout);
    expect(record.duplicates.mergedProducts).toEqual([[original, TWIN]]);
    expect(record.submissions).toMatchObject([
      { part: "a", score: expect.any(Number) },
      { part: "final", score: expect.any(Number) },
    ]);
    expect(["cosine", "DCH", "ITQ"]).toContain(record.chosen.name);

    const args = ["--root", at("packed"), ...SETTINGS(), "--out", at("killed-out")];
    const moments = [
      () => holdsFiles(at("packed/train_data.partial")),
      () => exists(at("killed-out/merged-products.txt")),
      () => holdsFiles(at("killed/runs/challenge/folds")),
      () => exists(at("killed-out/submission-a.csv")),
    ];
    // The last moment is near the end: there a kill may come too late.
    const codes = [];
    for (const moment of moments) codes.push((await run("killed", args, moment)).code);
    expect(codes.slice(0, 3)).toEqual([null, null, null]);
    const ended = await run("killed", args);
    expect(ended.code, ended.stderr).toBe(0);
    for (const part of ["a", "final"]) {
      const name = `submission-${part}.csv`;
      expect(await readFile(at("killed-out", name), "utf8")).toBe(await readFile(at("whole-out", name), "utf8"));
    }
    const again = await run("killed", args);
    expect(again.stderr.match(/answered by an earlier run, found/g)).toHaveLength(2);
    expect(again.stdout).not.toMatch(/wrote/);
    expect(`${again.stdout}${again.stderr}`.match(/candidates were compared on/g)).toHaveLength(1);
  }, 300_000);

  it("refuses what cannot be before it works", async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await run("refused", args);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await refused("--root", at("digix"), "--parts", "b")).toMatch(/test_data_B is not here/);
    expect(await refused("--root", at("nothing"))).toMatch(/cannot be read/);
    expect(await refused("--root", at("digix"), "--out", at("digix"))).toMatch(/among the files that are read/);
    expect(await refused("--root", at("digix"), "--merge-products", at("m"), "--no-duplicates")).toMatch(/contradict/);
  }, 60_000);
});
