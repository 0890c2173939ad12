// `hashbook evaluate --convention` against the published functions themselves, run by tools/make-convention-goldens.py.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateCommand } from "../../src/commands/evaluate.js";
import type { NdArray } from "../../src/core/arrays.js";
import { encodeNpy } from "../../src/core/npy.js";
import type { ConventionName } from "../../src/metrics/published.js";
import { conventionNames } from "../../src/metrics/published.js";

interface Case {
  readonly orders: readonly (readonly number[])[];
  readonly multiHot: boolean;
  readonly queryLabels: readonly (readonly number[])[];
  readonly databaseLabels: readonly (readonly number[])[];
  readonly cutoffs: readonly number[];
  readonly published: Readonly<Record<ConventionName, Readonly<Record<string, number | null>>>>;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const cases: readonly Case[] = JSON.parse(readFileSync(join(root, "test", "goldens", "conventions.json"), "utf8"));

/** The codes of the script: items at distances that all differ, in the orders of the queries. */
function codesOf({ orders }: Case): { queries: NdArray; database: NdArray } {
  const n = orders[0].length;
  const blocks = <T>(of: (query: number) => T[]): T[] => orders.flatMap((_, query) => of(query));
  const places = Array.from({ length: n - 1 }, (_, place) => place);
  const queries = orders.flatMap((_, asking) =>
    blocks(query => [...places.map(() => -1), ...places.map(() => (query === asking ? 1 : -1))]),
  );
  const database = Array.from({ length: n }, (_, item) =>
    blocks(query => {
      const ones = places.map(place => (place < orders[query][item] ? 1 : -1));
      return [...ones, ...ones.map(one => -one)];
    }),
  ).flat();
  const bits = orders.length * 2 * (n - 1);
  return {
    queries: { data: Int8Array.from(queries), shape: [orders.length, bits] },
    database: { data: Int8Array.from(database), shape: [n, bits] },
  };
}

function labelsOf(hot: readonly (readonly number[])[], multiHot: boolean): NdArray {
  if (multiHot) return { data: Uint8Array.from(hot.flat()), shape: [hot.length, hot[0].length] };
  return { data: Int32Array.from(hot, row => row.indexOf(1)), shape: [hot.length] };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-conventions-"));
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

async function evaluate(one: Case, ...flags: string[]): Promise<string> {
  const { queries, database } = codesOf(one);
  const arrays = {
    "query-codes": queries,
    "database-codes": database,
    "query-labels": labelsOf(one.queryLabels, one.multiHot),
    "database-labels": labelsOf(one.databaseLabels, one.multiHot),
  };
  const files = Object.entries(arrays).flatMap(([name, array]) => {
    const file = join(folder, `${name}.npy`);
    writeFileSync(file, encodeNpy(array));
    return [`--${name}`, file];
  });
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation(text => {
    printed += text;
    return true;
  });
  await evaluateCommand()
    .exitOverride()
    .parseAsync([...files, "--unlabelled", "keep", ...flags], { from: "user" }); // as those functions get them
  return printed;
}

const asked = (names: readonly string[], cutoffs: readonly number[]): string[] => [
  ...names.flatMap(name => ["--convention", name]),
  ...cutoffs.flatMap(cutoff => ["--cutoff", `${cutoff}`]),
];

describe("evaluate --convention", () => {
  const documents: Pick<Case, "published">[] = [];
  beforeAll(async () => {
    for (const one of cases) {
      documents.push(JSON.parse(await evaluate(one, ...asked(conventionNames, one.cutoffs), "--json")));
      vi.restoreAllMocks();
    }
  }, 120_000);

  it.each(conventionNames)("%s is what that code computes, 40 times", name => {
    expect(documents).toHaveLength(40);
    for (const [number, { published }] of cases.entries()) {
      const expected = Object.entries(published[name]);
      expect(expected.length).toBeGreaterThanOrEqual(3);
      for (const [cutoff, value] of expected) {
        const found = documents[number].published[name][cutoff];
        const message = `case ${number}, ${cutoff}: ${found} for ${value}`;
        if (value === null || found === null) expect(found, message).toBe(value);
        else expect(Math.abs(found - value), message).toBeLessThan(1e-9);
      }
    }
  });

  it("has cases that tell every two of them apart, but for thulab, which does what thuml does", () => {
    const figures = (name: ConventionName): string =>
      JSON.stringify(cases.map(({ cutoffs, published }) => cutoffs.map(cutoff => published[name][cutoff] ?? null)));
    const twins = (name: ConventionName) => conventionNames.filter(other => figures(other) === figures(name));
    expect(conventionNames.map(twins).filter(names => names.length > 1)).toEqual([
      ["thuml", "thulab"],
      ["thuml", "thulab"],
    ]);
    // Without a cutoff, only one of them drops the last place.
    expect(cases.some(({ published: { orthohash, ...rest } }) => orthohash.all !== rest["deephash-pytorch"].all)).toBe(
      true,
    );
  });

  it("says that the library itself calls MAP@R below P incorrect, in JSON and in words", async () => {
    const mostRelevant = ({ queryLabels, databaseLabels }: Case): number =>
      Math.max(...queryLabels.map(q => databaseLabels.filter(row => row.some((has, c) => has * q[c] > 0)).length));
    const one = cases.find(
      each => mostRelevant(each) > 5 && each.cutoffs.some(cutoff => cutoff === each.orders[0].length),
    )!;
    const n = one.orders[0].length;
    const flags = asked(["pytorch-metric-learning@r"], [2, n]);
    const sentence = `pytorch-metric-learning@r with R = 2 is what the library computes and itself calls incorrect: a query has up to ${mostRelevant(one)} relevant items`;
    const { notes } = JSON.parse(await evaluate(one, ...flags, "--json"));
    expect(notes).toEqual([expect.stringContaining(sentence)]);
    expect(await evaluate(one, ...flags)).toContain(`\n${sentence}`);
    const fine = asked(["pytorch-metric-learning@r"], [n]);
    expect(JSON.parse(await evaluate(one, ...fine, "--json")).notes).toBeUndefined();
  });

  it("shows a mean over no query as null, and as a dash", async () => {
    const one = cases.find(({ published, cutoffs }) => published.thuml[cutoffs[0]] === null)!;
    const flags = asked(["thuml"], [one.cutoffs[0]]);
    expect(JSON.parse(await evaluate(one, ...flags, "--json")).published.thuml[one.cutoffs[0]]).toBeNull();
    expect(await evaluate(one, ...flags)).toMatch(
      new RegExp(`thuml mAP@${one.cutoffs[0]} +–( +\\((dropped|kept)\\))?\n`),
    );
  });

  it("is told in words, each one, by --help and README", () => {
    let help = "";
    const command = evaluateCommand().configureOutput({ writeOut: text => (help += text) });
    command.outputHelp();
    const readme = readFileSync(join(root, "README.md"), "utf8");
    for (const name of conventionNames) {
      expect(help).toContain(`\n  ${name}: `);
      expect(readme).toMatch(new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, "m"));
    }
  });
});
