// `--unlabelled`, and what train and evaluate say of items of unknown class and of classes that are lacking.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateCommand } from "../../src/commands/evaluate.js";
import { trainCommand } from "../../src/commands/train.js";
import { encodeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";

const COUNT = 30;
const random = new Random(4);
const isUnknown = (row: number): boolean => row % 6 === 2; // 5 of 30
let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-unlabelled-"));
  const write = (name: string, data: Float32Array | Int32Array | Uint8Array | Int8Array, ...shape: number[]) =>
    writeFileSync(at(`${name}.npy`), encodeNpy({ data, shape }));
  write(
    "features",
    Float32Array.from({ length: COUNT * 4 }, () => random.uniform()),
    COUNT,
    4,
  );
  write(
    "codes",
    Int8Array.from({ length: COUNT * 8 }, () => (random.uniform() < 0.5 ? -1 : 1)),
    COUNT,
    8,
  );
  const hot = (row: number, c: number): number => (!isUnknown(row) && row % 3 === c ? 1 : 0);
  write(
    "several",
    Uint8Array.from({ length: COUNT * 3 }, (_, i) => hot(Math.floor(i / 3), i % 3)),
    COUNT,
    3,
  );
  write(
    "single",
    Int32Array.from({ length: COUNT }, (_, row) => (isUnknown(row) ? -1 : row % 3)),
    COUNT,
  );
  write("one", new Int32Array(COUNT).fill(4), COUNT);
  write(
    "each",
    Int32Array.from({ length: COUNT }, (_, row) => row),
    COUNT,
  );
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

async function output(command: typeof trainCommand, args: readonly string[]): Promise<string> {
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await command().exitOverride().parseAsync(args, { from: "user" });
  vi.restoreAllMocks();
  return printed;
}
const train = (labels: string, method: string, ...flags: string[]): Promise<string> => {
  const files = ["--features", at("features.npy"), "--labels", at(`${labels}.npy`), "--out", at("model")];
  return output(trainCommand, [...files, "--method", method, "--bits", "4", "--engine", "wasm", "--restart", ...flags]);
};
const quick = ["--epochs", "1", "--batch", "10"];

describe("train", () => {
  it.each(["several", "single"])("leaves %s labels that are unknown out, and tells the count", async labels => {
    const document = JSON.parse(await train(labels, "dch", ...quick, "--json"));
    expect(document.unlabelled).toEqual({ rows: 5, treated: "drop" });
    expect(document.steps).toBe(3); // 25 rows
    expect(await train(labels, "dch", ...quick)).toContain("\n5 rows of unknown class: left out (--unlabelled keep");
  });

  it("keeps them when asked, and the model says so", async () => {
    const kept = ["--unlabelled", "keep"];
    const document = JSON.parse(await train("several", "dch", ...quick, ...kept, "--batch", "6", "--json"));
    expect(document.unlabelled).toEqual({ rows: 5, treated: "keep" });
    expect(document.steps).toBe(5); // 30 rows
    expect(JSON.parse(readFileSync(at("model", "head.json"), "utf8")).config.unlabelled).toBe("keep");
    expect(await train("several", "dch", ...quick, ...kept)).toContain(
      "\n5 rows of unknown class: trained on as similar",
    );
    expect(
      (await train("several", "dch", ...quick, "--set", "unlabelled=keep")).match(/similar to none/),
    ).not.toBeNull();
    await expect(train("single", "dch", ...quick, ...kept)).rejects.toThrow(/unknown class cannot be trained on/);
  });

  it("treats what is fitted in the same way", async () => {
    const fitted = async (...flags: string[]) => JSON.parse(await train("single", "pcah", ...flags, "--json"));
    expect(await fitted()).toMatchObject({ rows: 25, unlabelled: { rows: 5, treated: "drop" } });
    expect(await fitted("--unlabelled", "keep")).toMatchObject({ rows: 30, unlabelled: { rows: 5, treated: "keep" } });
    expect(JSON.parse(await train("one", "pcah", "--json")).unlabelled).toBeUndefined();
  });

  it("refuses labels that lack what the method learns from, and says what", async () => {
    await expect(train("one", "hashnet", ...quick)).rejects.toThrow(
      /hashnet has nothing to tell apart: all 30 train rows are of the same class; expected train rows of two classes/,
    );
    await expect(train("one", "csq", ...quick)).rejects.toThrow(/csq has nothing to tell apart/);
    await expect(train("each", "dpsh", ...quick)).rejects.toThrow(/no similar ones: no two train rows share a class/);
    expect(await train("each", "csq", ...quick, "--bits", "8")).toContain("trained csq");
  });
});

describe("evaluate", () => {
  const evaluate = (labels: string, ...flags: string[]): Promise<string> => {
    const side = (name: string) => [`--${name}-codes`, at("codes.npy"), `--${name}-labels`, at(`${labels}.npy`)];
    return output(evaluateCommand, [...side("query"), ...side("database"), ...flags]);
  };

  it.each(["several", "single"])("leaves %s labels that are unknown out, or keeps them, and tells", async labels => {
    const dropped = JSON.parse(await evaluate(labels, "--json"));
    const counts = { queries: 5, database: 5 };
    expect(dropped).toMatchObject({ queries: 25, database: 25, unlabelled: { ...counts, treated: "drop" } });
    expect(await evaluate(labels)).toContain("of unknown class: 5 queries, 5 of the database; left out");
    const kept = JSON.parse(await evaluate(labels, "--unlabelled", "keep", "--json"));
    expect(kept).toMatchObject({
      queries: 30,
      database: 30,
      queriesWithoutRelevant: 5,
      unlabelled: { treated: "keep" },
    });
    expect(kept.mAP.all.tieAware).toBeLessThan(dropped.mAP.all.tieAware);
    expect(await evaluate(labels, "--unlabelled", "keep")).toContain("5 of the database; kept, relevant to none");
    // A sample, and a set searched in itself, are treated alike.
    const flags = ["--exclude-self", "--queries", "12", "--json"];
    const sampled = JSON.parse(await evaluate(labels, ...flags));
    expect(sampled.queries + sampled.unlabelled.queries).toBe(12);
  });

  it("takes no other word", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await expect(evaluate("single", "--unlabelled", "maybe")).rejects.toThrow(/Expected one of drop, keep/);
  });
});
