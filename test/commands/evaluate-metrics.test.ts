import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCodes } from "../../src/codes/codes-file.js";
import { readLabels } from "../../src/core/labels.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const golden = join(root, "test", "goldens", "evaluate", "multi-hot48");
const files = ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(name => [
  `--${name}`,
  join(golden, `${name}.npy`),
]);
/** The database searched in itself. */
const itself = ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(name => [
  `--${name}`,
  join(golden, `${name.replace("query", "database")}.npy`),
]);

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const evaluate = (args: readonly string[]): Promise<Outcome> => hashbook(["evaluate", ...args]);

function hashbook(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise(done => {
    const main = join(root, "bin", "hashbook.js");
    execFile(process.execPath, [main, ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

let folder: string;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-metric-"));
  await evaluate(["--help"]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("--metric", () => {
  it("reports names and one's own in the order asked for, and changes nothing else", async () => {
    const mine = file(
      "mine.mjs",
      `export default ({ defineMetric }) => defineMetric({
        name: "first-rank", definition: "rank of the first relevant item", column: "first hit",
        perQuery: ({ relevantRanks }) => relevantRanks[0],
      });`,
    );
    const asked = ["--metric", "ndcg@100", "--metric", mine, "--metric", "wap", "--metric", "ndcg@100"];
    const { code, stdout, stderr } = await evaluate([...files, ...asked, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { metrics, ...rest } = JSON.parse(stdout);
    expect(Object.keys(metrics)).toEqual(["ndcg@100", "first-rank", "wap"]);
    expect(metrics["first-rank"]).toBeGreaterThanOrEqual(1);
    expect(rest).toEqual(JSON.parse((await evaluate([...files, "--json"])).stdout));
    const table = (await evaluate([...files, ...asked])).stdout;
    expect(table).toContain(`NDCG@100${metrics["ndcg@100"].toFixed(4).padStart(27)}\n`);
    expect(table).toMatch(/\nfirst hit +\d+\.\d{4}\nWAP +\d+\.\d{4}\n/);
  });

  it.each([
    ["ncdg@100", /there is no metric "ncdg@100"; expected "ndcg"\?/],
    ["acg", /needs a cutoff; expected acg@K/],
    ["wap@0", /integer of at least 1/],
  ])("refuses %s with 2", async (name, message) => {
    const { code, stdout, stderr } = await evaluate([...files, "--metric", name, "--json"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it.each([
    ["no-function.js", "export default 3;", /is no file of a metric; expected export default .*that is number/],
    ["syntax.js", "export default {", /syntax\.js: the file of a metric cannot be loaded/],
    ["throws.js", "export default () => { throw new Error('oops'); };", /gives no metric: oops/],
    ["name.js", "export default ({ defineMetric }) => defineMetric({ name: 'A b' });", /gives no metric: .*its name/],
    ["taken.js", 'export default () => ({ name: "ndcg", definition: "x", perQuery: () => 1 });', /"ndcg" is taken/],
    ["nan.js", 'export default () => ({ name: "x", definition: "x", perQuery: () => NaN });', /found NaN for query 0/],
  ])("refuses %s with 1", async (name, text, message) => {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const { code, stdout, stderr } = await evaluate([...files, "--metric", file(name, text), "--json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("refuses a file that is not there with 1", async () => {
    const { code, stderr } = await evaluate([...files, "--metric", join(folder, "none.js")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/none\.js: the file of a metric cannot be loaded/);
  });
});

describe("--exclude-self", () => {
  it("leaves the query out of its results, of a sample too", async () => {
    const codes = await readCodes(join(golden, "database-codes.npy"));
    const labels = await readLabels(join(golden, "database-labels.npy"));
    const side = { codes, labels };
    const expected = await evaluateCodes(
      { queries: side, database: side },
      { metrics: ["ndcg@50"], excludeSelf: true },
    );
    const flags = ["--exclude-self", "--metric", "ndcg@50"];
    const found = JSON.parse((await evaluate([...itself, ...flags, "--json"])).stdout);
    expect(found).toMatchObject(JSON.parse(JSON.stringify(expected)));
    const all = JSON.parse((await evaluate([...itself, "--json"])).stdout);
    expect(all.mAP.all.tieAware).toBeGreaterThan(found.mAP.all.tieAware);
    const sampled = JSON.parse((await evaluate([...itself, ...flags, "--queries", "25", "--json"])).stdout);
    // of the 25 drawn, those of unknown class are counted apart
    expect([sampled.queries + sampled.unlabelled.queries, sampled.excludesSelf]).toEqual([25, true]);
    const { low, high } = sampled.intervals.all.tieAware;
    expect([low < found.mAP.all.tieAware, found.mAP.all.tieAware < high]).toEqual([true, true]);
    expect((await evaluate([...itself, "--exclude-self"])).stdout).toContain("a query is no result of itself");
  });

  it("is refused where queries and database are not one set", async () => {
    const { code, stderr } = await evaluate([...files, "--exclude-self"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot be left out; expected ids on both sides, or the same items/);
  });
});

describe("HASHBOOK_RANKING", () => {
  it.each([[["evaluate", ...files]], [["score", "none.csv", "--dataset", "digix-test-a"]], [["dataset", "none"]]])(
    "is refused with 2 when it says nothing known: %j",
    async args => {
      const { code, stdout, stderr } = await hashbook(args, { HASHBOOK_RANKING: "wams" });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/unknown ranking backend "wams"; expected "wasm"\?/);
    },
  );

  it("ranks with what it says, to the same figures", async () => {
    const plain = await evaluate([...files, "--json"]);
    expect(await hashbook(["evaluate", ...files, "--json"], { HASHBOOK_RANKING: "reference" })).toEqual(plain);
  });
});
