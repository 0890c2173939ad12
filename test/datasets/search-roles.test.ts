import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../src/core/errors.js";
import { datasetOfRows } from "../../src/datasets/dataset-of-rows.js";
import { openDigix } from "../../src/datasets/digix.js";
import { parseSearchRoles } from "../../src/datasets/search-roles.js";
import { soundDigix, writeFiles } from "./digix-folder.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "search-roles-"));
  await writeFiles(root, soundDigix());
});
afterAll(() => rm(root, { recursive: true }));

describe("roles of labelled images", () => {
  it("are those of roles.txt, by row, and change nothing else", async () => {
    const without = await openDigix(root, "train_data");
    expect(without.searchedAs).toBeUndefined();
    const lines = without.ids.map((id, row) => `${id},${row % 3 === 0 ? "query" : "gallery"}`).reverse();
    await writeFile(join(root, "train_data", "roles.txt"), `${lines.join("\r\n")}\n`);
    const dataset = await openDigix(root, "train_data");
    expect(dataset.searchedAs).toEqual(without.ids.map((_, row) => (row % 3 === 0 ? "query" : "gallery")));
    expect(dataset.contentHash).toBe(without.contentHash);
    expect(dataset.passedOver).toEqual(without.passedOver);
    expect(datasetOfRows(dataset, Int32Array.of(3, 1), "some").searchedAs).toEqual(["query", "gallery"]);
    expect((await openDigix(root, "test_data_A")).searchedAs).toBeUndefined();
  });

  const items = { ids: ["P/a.jpg", "P/b.jpg"], passedOver: [{ path: "P/gone.jpg", reason: "not there" }] };
  it("may name files that became no items", () => {
    expect(parseSearchRoles("P/gone.jpg,query\nP/b.jpg,query\nP/a.jpg,gallery\n", "f", items)).toEqual([
      "gallery",
      "query",
    ]);
  });

  it.each<[string, string]>([
    ["P/a.jpg,query\nP/c.jpg,query\n", "line 2 names no image; expected DIGIX_000012/NAME.jpg; found P/c.jpg"],
    ["P/a.jpg,train\n", "line 1 has no role; expected query or gallery; found train"],
    [
      "P/a.jpg,query\nP/a.jpg,gallery\n",
      "line 2 contradicts an earlier one about P/a.jpg; expected query; found gallery",
    ],
    ["P/a.jpg,query\n", "an image has no role; expected a line of P/b.jpg"],
    ["P/a.jpg\n", "line 1 is malformed"],
  ])("says what %j lacks", (text, message) => {
    expect(() => parseSearchRoles(text, "roles.txt", items)).toThrow(InputError);
    expect(() => parseSearchRoles(text, "roles.txt", items)).toThrow(message);
  });
});
