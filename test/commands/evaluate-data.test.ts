import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EvaluationFlags } from "../../src/commands/evaluation-sides.js";
import { readEvaluationSides } from "../../src/commands/evaluation-sides.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import { openImageFolder } from "../../src/datasets/image-folder.js";
import { openLabelFile } from "../../src/datasets/label-file.js";
import { writeCodesSidecar } from "../../src/features/codes-sidecar.js";
import { itemsOf, readDataFolder } from "../../src/features/data-folder.js";
import { extractToFolder } from "../../src/features/extract.js";
import { seenItems } from "../../src/features/seen-items.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { linearBackbone } from "../features/fake.js";
import { writeDataFolder } from "../features/written-data-folder.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-evaluate-data-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

const engine = onnxEngine("cpu", { threads: 1 });
const NAMES = ["bags", "boots", "caps", "sandals"];

/** Codes that tell the classes apart perfectly: bits 4c to 4c + 3 of class c are 1. */
async function writePerfectCodes(out: string, names: readonly string[]): Promise<void> {
  const data = Int8Array.from(
    names.flatMap(name => Array.from({ length: 16 }, (_, bit) => (bit >> 2 === NAMES.indexOf(name) ? 1 : -1))),
  );
  await writeNpy(out, { data, shape: [names.length, 16] });
}

/** A picture in the subfolder of each name, extracted; the codes beside it. */
async function imageSide(side: string, names: readonly string[]): Promise<void> {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  for (const [i, name] of names.entries()) {
    await mkdir(file(side, name), { recursive: true });
    await writeFile(file(side, name, `${i}.png`), picture);
  }
  await extractToFolder(await openImageFolder(file(side)), linearBackbone(), { engine, folder: file(`${side}-data`) });
  const { ids } = await readDataFolder(file(`${side}-data`));
  await writePerfectCodes(
    file(`${side}.npy`),
    ids.map(id => id.split("/")[0]),
  );
}

const twoFolders = (queries: string, database: string): string[] => [
  ...["--query-data", file(`${queries}-data`), "--query-codes", file(`${queries}.npy`)],
  ...["--database-data", file(`${database}-data`), "--database-codes", file(`${database}.npy`)],
];

describe("a query folder without one class of the database", () => {
  beforeAll(async () => {
    await imageSide("database", [...NAMES, ...NAMES, ...NAMES]);
    await imageSide("queries", NAMES.slice(1)); // no bags: boots are class 0 here and class 1 there
  });

  it("has a mAP of 1 with perfect codes, matched by name", async () => {
    const { code, stdout } = await hashbook("evaluate", ...twoFolders("queries", "database"), "--json");
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.mAP.all).toEqual({ tieAware: 1, stable: 1 });
    expect(document).toMatchObject({ queries: 3, queriesWithoutRelevant: 0 });
    expect(document.classes).toEqual({ onlyQueries: [], onlyDatabase: ["bags"] });
    expect(document.unchecked).toEqual([
      expect.stringMatching(/queries\.npy does not say/),
      expect.stringMatching(/database\.npy does not say/),
    ]);
  });

  it("has it too when its arrays are named one by one", async () => {
    const arrays = ["query", "database"].flatMap((side, i) => {
      const name = ["queries", "database"][i];
      return [`--${side}-codes`, file(`${name}.npy`), `--${side}-labels`, file(`${name}-data`, "labels.npy")];
    });
    const { code, stdout } = await hashbook("evaluate", ...arrays, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).mAP.all.tieAware).toBe(1);
    // Away from the names, the numbers are all there is: refused beside a side with names.
    await cp(file("queries-data", "labels.npy"), file("bare.npy"));
    const bare = await hashbook(
      "evaluate",
      ...arrays.map(one => (one === file("queries-data", "labels.npy") ? file("bare.npy") : one)),
    );
    expect([bare.code, bare.stderr]).toEqual([1, expect.stringMatching(/bare\.npy: these labels have no class names/)]);
  });

  it("says in words what it left unchecked", async () => {
    const { stdout } = await hashbook("evaluate", ...twoFolders("queries", "database"));
    expect(stdout).toContain('classes of the database only: "bags"\n');
    expect(stdout).toMatch(/\nnot checked: .*queries\.npy does not say of which items/);
  });
});

it("label files whose numbers begin elsewhere are matched by the labels written in them", async () => {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const write = async (side: string, numbers: readonly number[]) => {
    await mkdir(file(side), { recursive: true });
    for (const i of numbers.keys()) await writeFile(file(side, `${i}.png`), picture);
    await writeFile(file(side, "labels.txt"), numbers.map((number, i) => `${i}.png,${number}\n`).join(""));
    const dataset = await openLabelFile(file(side, "labels.txt"));
    await extractToFolder(dataset, linearBackbone(), { engine, folder: file(`${side}-data`) });
    await writePerfectCodes(
      file(`${side}.npy`),
      numbers.map(number => NAMES[number - 7]),
    );
  };
  await write("listed-queries", [9, 8, 9]);
  await write("listed-database", [7, 10, 8, 9, 7, 8]);
  const { code, stdout } = await hashbook("evaluate", ...twoFolders("listed-queries", "listed-database"), "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).mAP.all.tieAware).toBe(1);
});

interface SideCase {
  classNames: string[];
  /** Class numbers of each item; none: unknown. */
  sets: number[][];
  codes: number[];
}

/** Mean average precision by class NAME, ties in the order of the database; undefined when nothing is relevant. */
function naiveMap(queries: SideCase, database: SideCase): number | undefined {
  const bitsApart = (a: number, b: number): number => (a ^ b).toString(2).replaceAll("0", "").length;
  const names = ({ classNames, sets }: SideCase, row: number): string[] => sets[row].map(label => classNames[label]);
  const precisions = queries.sets.flatMap((_, q) => {
    const order = [...database.sets.keys()].sort(
      (a, b) =>
        bitsApart(queries.codes[q], database.codes[a]) - bitsApart(queries.codes[q], database.codes[b]) || a - b,
    );
    let [hits, sum] = [0, 0];
    order.forEach((row, place) => {
      if (names(queries, q).some(name => names(database, row).includes(name))) sum += ++hits / (place + 1);
    });
    return hits === 0 ? [] : [sum / hits];
  });
  return precisions.length === 0 ? undefined : precisions.reduce((a, b) => a + b, 0) / precisions.length;
}

describe("two folders of any classes", () => {
  /** @param most classes an item may carry */
  const side = (most: number): fc.Arbitrary<SideCase> =>
    fc.shuffledSubarray(["0", "1", "3", "10", "boots", "caps"], { minLength: Math.min(most, 2) }).chain(classNames => {
      const item = fc.tuple(
        fc.subarray([...classNames.keys()], { maxLength: Math.min(most, classNames.length) }),
        fc.nat(255),
      );
      const items = fc.array(item, { minLength: 1, maxLength: 12 });
      return items.map(list => ({ classNames, sets: list.map(([set]) => set), codes: list.map(([, code]) => code) }));
    });

  function labelsOf({ classNames, sets }: SideCase, most: number): Labels {
    if (most === 1) return Int32Array.from(sets, set => set[0] ?? -1);
    const data = Uint8Array.from(sets.flatMap(set => classNames.map((_, label) => (set.includes(label) ? 1 : 0))));
    return multiHotLabels({ data, shape: [sets.length, classNames.length] });
  }

  async function write(name: string, one: SideCase, most: number): Promise<void> {
    rmSync(file(name), { recursive: true, force: true });
    await writeDataFolder(file(name), { classNames: one.classNames, labels: labelsOf(one, most) });
    const data = Int8Array.from(
      one.codes.flatMap(code => Array.from({ length: 8 }, (_, bit) => ((code >> bit) & 1 ? 1 : -1))),
    );
    await writeNpy(file(`${name}.npy`), { data, shape: [one.codes.length, 8] });
  }

  const flags = () => ({
    ...{ queryData: file("any-q"), queryCodes: file("any-q.npy") },
    ...{ databaseData: file("any-d"), databaseCodes: file("any-d.npy") },
  });

  it.each([
    ["one label an item", 1],
    ["several labels an item", 3],
  ])("give the figures that the names give, or a refusal: %s", async (_, most) => {
    let [figures, refusals] = [0, 0];
    await fc.assert(
      fc.asyncProperty(side(most), side(most), async (queries, database) => {
        await write("any-q", queries, most);
        await write("any-d", database, most);
        const expected = naiveMap(queries, database);
        const found = readEvaluationSides(flags()).then(({ sides }) =>
          evaluateCodes(sides, { threads: 1, unlabelled: "keep" }),
        );
        if (expected === undefined) {
          refusals++;
          await expect(found).rejects.toThrow(/no class in common|no query has a relevant item/);
          return;
        }
        figures++;
        expect((await found).mAP.all.stable).toBeCloseTo(expected, 12);
      }),
      { numRuns: 100 },
    );
    expect([figures > 20, refusals > 3]).toEqual([true, true]);
  });

  it("are refused when one has one label an item and the other several", async () => {
    const one = { classNames: ["boots", "caps"], sets: [[0], [1]], codes: [1, 2] };
    await write("any-q", one, 1);
    await write("any-d", one, 3);
    await expect(readEvaluationSides(flags())).rejects.toThrow(/any-d: .*do not go together.*found multi-hot labels/);
  });
});

describe("one folder with roles", () => {
  const labels = Int32Array.of(0, 1, 0, 1, 0, 1);
  const roles = {
    protocol: "made for a test",
    seed: 0,
    query: Int32Array.of(0, 3),
    train: Int32Array.of(1),
    database: Int32Array.of(1, 2, 4, 5),
  };
  const NAMED = Array.from(labels, label => NAMES[label]);
  beforeAll(async () => {
    await writeDataFolder(file("roles"), { classNames: NAMES.slice(0, 2), labels, roles });
    await writeDataFolder(file("no-roles"), { classNames: NAMES.slice(0, 2), labels });
    await writePerfectCodes(file("codes.npy"), NAMED);
  });

  const describeCodes = async (out: string, of: string, model = "m") => {
    const data = itemsOf(await readDataFolder(of));
    const seen = [seenItems("trained", roles.train, { items: data, from: 0 })];
    await writeCodesSidecar(out, {
      form: "codes",
      rows: 6,
      bits: 16,
      model: { hash: model, seen, learnedClasses: NAMES.slice(0, 2) },
      data,
      classNames: NAMES.slice(0, 2),
    });
  };

  it("searches its queries in its database, and leaves nothing unchecked when the codes say what they are", async () => {
    await describeCodes(file("codes.npy"), file("roles"));
    const { code, stdout } = await hashbook(
      "evaluate",
      "--data",
      file("roles"),
      "--codes",
      file("codes.npy"),
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ queries: 2, database: 4, mAP: { all: { tieAware: 1 } }, unchecked: [] });
  });

  it("says of features that were computed in 8-bit integers that they were", async () => {
    await cp(file("roles"), file("int8"), { recursive: true });
    const manifest = JSON.parse(await readFile(file("int8", "manifest.json"), "utf8"));
    const quantization = { precision: "int8", ranges: [[0, 1]], calibration: { images: 1, seed: 0 } };
    await writeFile(file("int8", "manifest.json"), JSON.stringify({ ...manifest, quantization }));
    const evaluate = (of: string, ...more: string[]) =>
      hashbook("evaluate", "--data", file(of), "--codes", file("codes.npy"), ...more);
    expect((await evaluate("int8")).stdout).toContain("features of precision int8\n");
    expect(JSON.parse((await evaluate("int8", "--json")).stdout)).toMatchObject({ precision: "int8" });
    expect(JSON.parse((await evaluate("roles", "--json")).stdout)).not.toHaveProperty("precision");
  });

  it("leaves out images that could not be read, and counts them", async () => {
    await cp(file("roles"), file("gaps"), { recursive: true });
    const { ids } = await readDataFolder(file("roles"));
    await writeFile(
      file("gaps", "failed.csv"),
      `row,id,reason\n3,${ids[3]},gone\n4,${ids[4]},gone\n5,${ids[5]},gone\n`,
    );
    const { sides, leftOut } = await readEvaluationSides({ data: file("gaps"), codes: file("codes.npy") });
    expect(leftOut).toEqual({ queries: 1, database: 2 });
    expect([sides.queries.ids, sides.database.ids]).toEqual([[ids[0]], [ids[1], ids[2]]]);
  });

  it.each<[string, () => Promise<EvaluationFlags>, RegExp]>([
    [
      "data without roles",
      async () => ({ data: file("no-roles"), codes: file("codes.npy") }),
      /no-roles: this data has no roles.*hashbook split .*--query-data/,
    ],
    [
      "codes of other data",
      async () => {
        await cp(file("codes.npy"), file("others.npy"));
        await describeCodes(file("others.npy"), file("no-roles"));
        return { data: file("roles"), codes: file("others.npy") };
      },
      /others\.npy: these codes are of other data; expected codes of .*roles: 6 rows of/,
    ],
    [
      "other codes under the old name",
      async () => {
        await writePerfectCodes(file("swapped.npy"), NAMED);
        await describeCodes(file("swapped.npy"), file("roles"));
        await writePerfectCodes(file("swapped.npy"), [...NAMED].reverse());
        return { data: file("roles"), codes: file("swapped.npy") };
      },
      /swapped\.npy: these are not the codes that the file beside them describes.*remove that file/,
    ],
    [
      "codes of two models",
      async () => {
        for (const name of ["one", "two"]) {
          await writePerfectCodes(file(`${name}.npy`), NAMED);
          await describeCodes(file(`${name}.npy`), file("roles"), name);
        }
        return {
          queryData: file("roles"),
          databaseData: file("roles"),
          queryCodes: file("one.npy"),
          databaseCodes: file("two.npy"),
        };
      },
      /two\.npy: these codes are of another model; expected model one, which made .*one\.npy: encode both with one model; found two/,
    ],
    [
      "a sidecar of a newer version",
      async () => {
        await writePerfectCodes(file("newer.npy"), NAMED);
        await describeCodes(file("newer.npy"), file("roles"));
        const text = await readFile(file("newer.json"), "utf8");
        await writeFile(file("newer.json"), text.replace('"format": 1', '"format": 9'));
        return { data: file("roles"), codes: file("newer.npy") };
      },
      /newer\.json: written by a newer hashbook/,
    ],
    [
      "too few codes",
      async () => {
        await writePerfectCodes(file("few.npy"), NAMED.slice(1));
        return { data: file("roles"), codes: file("few.npy") };
      },
      /few\.npy: codes and data differ in number; expected 6 rows.*found 5/,
    ],
    [
      "labels of other data than the codes",
      async () => {
        await writePerfectCodes(file("known.npy"), NAMED);
        await describeCodes(file("known.npy"), file("roles"));
        const codes = { queryCodes: file("known.npy"), databaseCodes: file("known.npy") };
        return { ...codes, queryLabels: file("roles", "labels.npy"), databaseLabels: file("no-roles", "labels.npy") };
      },
      /no-roles.labels\.npy: these labels are of other data than the codes/,
    ],
    [
      "half of a way",
      async () => ({ data: file("roles"), queryCodes: file("codes.npy") }),
      /say what to evaluate; expected --data --codes, or --query-data/,
    ],
    [
      "two ways at once",
      async () => ({ data: file("roles"), codes: file("codes.npy"), queryLabels: "l.npy" }),
      /say what to evaluate/,
    ],
  ])("refuses %s", async (_, flags, message) => {
    await expect(readEvaluationSides(await flags())).rejects.toThrow(message);
  });
});
