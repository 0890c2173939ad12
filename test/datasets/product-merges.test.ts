import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { productFold } from "../../src/challenge/product-folds.js";
import {
  mergeProducts,
  parseProductMerges,
  readProductMerges,
  writeProductMerges,
} from "../../src/datasets/product-merges.js";
import { soundDigix, writeFiles } from "./digix-folder.js";

const HEAD = "hashbook product merges, format 1\n";
const P = (n: number): string => `DIGIX_00000${n}`;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-merges-"));
  await writeFiles(root, soundDigix());
});
afterAll(() => rm(root, { recursive: true }));

describe("a list of products to merge", () => {
  it("has groups a line, joined where they share a product; lines with # are for people", () => {
    const text = `\ufeff${HEAD}# a = b\r\n a=b \n\n# c and d share a logo\nd = e\nb = c\n`;
    expect(parseProductMerges(text, "m.txt").groups).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
    expect(parseProductMerges(HEAD, "m.txt").groups).toEqual([]);
  });

  it.each([
    ["a = b\n", /m\.txt: this is no list of products to merge.*found "a = b"/],
    ["", /this is no list of products/],
    [`${HEAD.replace("1", "2")}a = b\n`, /written by a newer hashbook/],
    [`${HEAD}a = b\nc\n`, /line 3 names no two products that are one.*found "c"/],
    [`${HEAD}a = \n`, /line 2 names no two/],
    [`${HEAD}a = a\n`, /line 2 names no two/],
  ])("%j is refused", (text, message) => {
    expect(() => parseProductMerges(text, "m.txt")).toThrow(message);
  });

  it("is read as it was written", async () => {
    const file = join(root, "merges.txt");
    await writeProductMerges(file, [{ notes: ["for people", ""] }, { notes: ["why"], group: ["x y", "z"] }]);
    expect(await readFile(file, "utf8")).toBe(`${HEAD}# for people\n#\n# why\nx y = z\n`);
    expect((await readProductMerges(file)).groups).toEqual([["x y", "z"]]);
    for (const bad of ["a = b", "#a", " a", "", "a\nb"]) {
      await expect(writeProductMerges(file, [{ notes: [], group: ["x", bad] }])).rejects.toThrow(
        /cannot hold this name/,
      );
    }
    await expect(readProductMerges(join(root, "none.txt"))).rejects.toThrow("cannot be read");
  });
});

describe("merged products", () => {
  const merged = async (lines: string) => {
    const file = join(root, "list.txt");
    await writeFile(file, `${HEAD}${lines}`);
    return openDataset("digix", { root, mergeProducts: file });
  };

  it("have one label, that of the first by class, and names keep their places", async () => {
    const before = await openDataset("digix", { root });
    const after = await merged(`${P(3)} = ${P(1)}\n`);
    expect(before.labels).toEqual(Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 3, 3));
    expect(after.labels).toEqual(Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 1, 1));
    expect(after).toMatchObject({ ids: before.ids, classNames: before.classNames, mergedProducts: [[P(1), P(3)]] });
    expect((before.labels as Int32Array)[8]).toBe(3); // nothing of the dataset was changed
  });

  it("change the content hash by what is merged, not by how the list is written", async () => {
    const { contentHash } = await openDataset("digix", { root });
    const one = (await merged(`${P(3)} = ${P(1)}\n${P(0)} = ${P(2)}\n`)).contentHash;
    expect(one).not.toBe(contentHash);
    expect((await merged(`# why\n${P(2)} = ${P(0)}\n${P(1)} = ${P(3)}\n`)).contentHash).toBe(one);
    expect((await merged(`${P(1)} = ${P(3)}\n`)).contentHash).not.toBe(one);
    expect((await merged("")).contentHash).toBe(contentHash);
  });

  it("are held out together by every deal of folds", async () => {
    const { labels } = await merged(`${P(1)} = ${P(3)}\n`);
    for (let seed = 0; seed < 20; seed++) {
      for (let fold = 1; fold <= 3; fold++) {
        const { train } = productFold(labels as Int32Array, { fold, of: 3, seed });
        const held = [3, 4, 8, 9].map(row => !train.includes(row));
        expect(new Set(held).size).toBe(1);
      }
    }
  });

  it("must be products of the dataset, with one label an image", async () => {
    await expect(merged(`${P(1)} = DIGIX_000900\n`)).rejects.toThrow(/list\.txt: DIGIX_000900 is no product of digix/);
    const file = join(root, "list.txt");
    await expect(openDataset("digix-test-a", { root, mergeProducts: file })).rejects.toThrow(
      /expected labelled images/,
    );
    const several = { data: new Uint8Array(4), shape: [2, 2] } as never;
    const dataset = { ...(await openDataset("digix", { root })), labels: several };
    expect(() => mergeProducts(dataset, { groups: [[P(0), P(1)]] }, "m.txt")).toThrow(/merging products/);
  });
});
