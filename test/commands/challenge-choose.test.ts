// `hashbook challenge choose` on a tiny sample: compared, chosen, submitted, killed and gone on with.
import { execFile, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDigixSample } from "../../src/digix-sample/generate.js";
import { readChoiceRecord } from "../../src/experiments/choice-record.js";

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "hashbook.js");
let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const env = () => ({ ...process.env, HASHBOOK_HOME: folder, HASHBOOK_ENGINE: "cpu" });

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [program, ...args], { env: env() }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const training = {
  method: "dch",
  bits: 16,
  hidden: [],
  batch: 16,
  epochs: 30,
  batches: { kind: "balanced", perClass: 4 },
};
const candidates = [
  { name: "cosine", ranking: { ranking: "features" } },
  { name: "DCH, Hamming", training, ranking: { ranking: "hamming" } },
  { name: "DCH, asymmetric", training, ranking: { ranking: "asymmetric" } },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "challenge-choose-"));
  await makeDigixSample(at("sample"), { products: { train: 9, testA: 3, testB: 1 } });
  await writeFile(at("candidates.json"), JSON.stringify({ candidates }));
  await writeFile(at("features.json"), JSON.stringify({ features: { lite0: { backbone: "efficientnet-lite0" } } }));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const asked = (): string[] => [
  ...["challenge", "choose", "--root", at("sample"), "--candidates", at("candidates.json")],
  ...["--features", at("features.json"), "--repeats", "2"],
];
const kept = (): string[] => {
  try {
    return readdirSync(at("runs", "challenge", "folds")).filter(name => name.endsWith(".json"));
  } catch {
    return [];
  }
};

describe("hashbook challenge choose", () => {
  it("says what is wrong with candidates before features are extracted", async () => {
    await writeFile(at("one.json"), JSON.stringify({ candidates: candidates.slice(0, 1) }));
    const wrong = ["--root", at("sample"), "--candidates", at("one.json")];
    for (const command of ["choose", "run"]) {
      const { code, stderr } = await hashbook("challenge", command, ...wrong);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^hashbook: there is nothing to choose from; expected two candidates or more\n$/);
    }
    expect(readdirSync(folder)).not.toContain("data");
  });

  it("goes on after a kill, and submits what it chose with the reasons", async () => {
    const child = spawn(process.execPath, [program, ...asked(), "--workers", "1"], { env: env(), stdio: "ignore" });
    const ended = new Promise(resolve => child.once("exit", resolve));
    while (kept().length < 2 && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 50));
    child.kill("SIGKILL");
    await ended;
    const before = kept();
    expect(before.length).toBeGreaterThanOrEqual(2);

    const { code, stdout, stderr } = await hashbook(...asked(), "--out", at("submission.csv"), "--json");
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(kept()).toEqual(expect.arrayContaining(before));
    expect(kept()).toHaveLength(3 * 6); // three folds of three products, dealt twice
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ rule: "best", folds: { of: 3, repeats: 2, products: { labelled: 9, test: 3 } } });
    expect(document.candidates.map((one: { name: string }) => one.name)).toEqual(candidates.map(({ name }) => name));
    expect(document.submission.judged.valid).toBe(true);
    const record = await readChoiceRecord(at("submission.csv.choice.json"));
    expect(record).toMatchObject({ chosen: document.chosen, why: document.why, synthetic: true });
    expect((await readFile(at("submission.csv"), "utf8")).trim().split("\n").length).toBeGreaterThan(2);

    const again = await hashbook(...asked());
    expect(again.stdout).toContain(`${document.chosen} is taken by the rule "best"`);
    expect(again.stdout).toMatch(/^candidate +score +interval/);
    const scored = await hashbook(
      "score",
      at("submission.csv"),
      "--dataset",
      "digix-test-a",
      "--root",
      at("sample"),
      "--json",
    );
    expect(JSON.parse(scored.stdout).score).toBeCloseTo(document.submission.judged.score.score, 12);
  }, 180_000);

  it.each<[string[], number, string]>([
    [["--rule", "bets"], 2, 'Expected "best"'],
    [["--backbone", "resnet50"], 2, "--features names the networks"],
    [["--folds", "1"], 2, "Expected an integer of at least 2"],
    [["--folds", "50"], 1, "the number of folds is out of bounds"],
    [["--out", "CANDIDATES"], 2, "would be written over what is read"],
  ])("refuses %j", async (flags, code, says) => {
    const given = flags.map(flag => (flag === "CANDIDATES" ? at("candidates.json") : flag));
    const result = await hashbook(...asked(), ...given);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(says)]);
  });

  it("says what is wrong with its files", async () => {
    await writeFile(at("wrong.json"), JSON.stringify({ candidates: [{ name: "x", ranking: { ranking: "fetures" } }] }));
    const wrong = await hashbook("challenge", "choose", "--candidates", at("wrong.json"));
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"candidates[0].ranking.ranking" cannot be this'),
    });
    const none = await hashbook("challenge", "choose", "--features", at("candidates.json"));
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('candidates.json: "features" is missing') });
  });
});
