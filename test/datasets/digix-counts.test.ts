import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError, UsageError } from "../../src/core/errors.js";
import { countLine, digixCounts } from "../../src/datasets/digix-counts.js";
import { soundDigix, writeFiles } from "./digix-folder.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-counts-"));
  await writeFiles(root, soundDigix());
});
afterEach(() => rm(root, { recursive: true }));

describe("sizes that are known of DIGIX", () => {
  it("beside what is here, part by part", async () => {
    const counted = async (name: string) => digixCounts(await openDataset(name, { root })).map(countLine);
    expect(await counted("digix")).toEqual([
      "10 images, 68801 fewer than the 68811 of DIGIX 2020",
      "5 products, 3092 fewer than the 3097 of DIGIX 2020",
      "1 products without images, 2 fewer than the 3 of DIGIX 2020",
    ]);
    expect(await counted("digix-test-b")).toEqual([
      "2 queries, 41572 fewer than the 41574 of DIGIX 2020",
      "3 gallery images, 95117 fewer than the 95120 of DIGIX 2020",
    ]);
  });

  it("as they should be", () => {
    const ids = [...Array(9600).keys()]
      .map(i => `query/${i}`)
      .concat([...Array(49_805).keys()].map(i => `gallery/${i}`));
    const part = { name: "digix-test-a", ids, classNames: [], labels: new Int32Array(ids.length).fill(-1) };
    expect(digixCounts(part).map(countLine)).toEqual([
      "9600 queries, as DIGIX 2020 has them",
      "49805 gallery images, 1 more than the 49804 of DIGIX 2020",
    ]);
  });

  it("not of drawings, nor of other data", async () => {
    await writeFiles(root, { "sample.json": '{"synthetic": true}' });
    expect(digixCounts(await openDataset("digix", { root }))).toEqual([]);
    expect(digixCounts({ name: "pictures", ids: ["a"], classNames: ["a"], labels: Int32Array.of(0) })).toEqual([]);
  });
});

describe("the final part", () => {
  const files = (folder: string) => ({ [`${folder}/query/Q.jpg`]: "q", [`${folder}/gallery/G.jpg`]: "g" });

  it("is the one folder beside the others with queries and a gallery, also when unpacked into its own name", async () => {
    await writeFiles(root, { ...files("final"), "notes/query/x.txt": "no gallery" });
    expect(await openDataset("digix-final", { root })).toMatchObject({
      name: "digix-final",
      ids: ["query/Q.jpg", "gallery/G.jpg"],
    });
    await rm(join(root, "final"), { recursive: true });
    await writeFiles(root, files("last/last"));
    expect((await openDataset("digix-final", { root })).description).toContain(join("last", "last"));
  });

  it("is named where it cannot be told", async () => {
    await expect(openDataset("digix-final", { root })).rejects.toThrow(/the final part is not told.*found none/);
    await writeFiles(root, { ...files("one"), ...files("two") });
    await expect(openDataset("digix-final", { root })).rejects.toThrow(/--part-folder.*found one, two/);
    const named = await openDataset("digix-final", { root, partFolder: "two" });
    expect(await named.image(0)).toBe(join(root, "two/query/Q.jpg"));
    await expect(openDataset("digix-final", { root, partFolder: "three" })).rejects.toThrow(InputError);
    await expect(openDataset("digix-test-a", { root, partFolder: "two" })).rejects.toThrow(UsageError);
  });
});
