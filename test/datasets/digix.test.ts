// DIGIX as unpacked: what is tolerated, what is refused and how.
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError, UnavailableError } from "../../src/core/errors.js";
import type { Progress } from "../../src/core/progress.js";
import { datasetSummary, rowsByClass } from "../../src/datasets/dataset.js";
import { digixRoles, openDigix } from "../../src/datasets/digix.js";
import type { DigixPart } from "../../src/datasets/digix-layout.js";
import type { Files } from "./digix-folder.js";
import { soundDigix, writeFiles } from "./digix-folder.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-digix-"));
});
afterEach(() => rm(root, { recursive: true }));

const without = (files: Files, unwanted: RegExp): Files =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !unwanted.test(path)));

/** The sound labels with something put before and after. */
const labels = (before: string, after = ""): Files => ({
  ...soundDigix(),
  "train_data/label.txt": `${before}${soundDigix()["train_data/label.txt"]}${after}`,
});

describe("a sound DIGIX", () => {
  beforeEach(() => writeFiles(root, soundDigix()));

  it("train_data: images by folder and name, labels are products", async () => {
    const dataset = await openDataset("digix", { root });
    expect(dataset.name).toBe("digix");
    expect(dataset.classNames).toEqual([0, 1, 2, 3, 4].map(i => `DIGIX_00000${i}`));
    expect(dataset.ids.slice(0, 4)).toEqual([
      "DIGIX_000000/A1X0.jpg",
      "DIGIX_000000/B7X0.jpg",
      "DIGIX_000000/C0X0.jpg",
      "DIGIX_000001/A1X1.jpg",
    ]);
    expect(dataset.labels).toEqual(Int32Array.of(0, 0, 0, 1, 1, 2, 2, 2, 3, 3));
    expect(await dataset.image(3)).toBe(join(root, "train_data/DIGIX_000001/A1X1.jpg"));
    await expect(dataset.image(10)).rejects.toThrow("digix has no row 10");
    expect(dataset.oddities).toEqual([
      { what: "product folders without images", count: 1, examples: ["DIGIX_000004"] },
    ]);
    expect(datasetSummary(dataset)).toMatchObject({ images: 10, classes: 5, unknown: 0, smallestClass: 0 });
  });

  it("test parts: queries, then gallery, labels unknown", async () => {
    const dataset = await openDataset("digix-test-b", { root });
    const ids = ["query/Q1.jpg", "query/Q2.jpg", "gallery/G1.jpg", "gallery/G2.jpg", "gallery/G3.jpg"];
    expect(dataset).toMatchObject({ name: "digix-test-b", ids, classNames: [], oddities: [] });
    expect(dataset.labels).toEqual(Int32Array.of(-1, -1, -1, -1, -1));
    expect(rowsByClass(dataset)).toEqual([]);
    expect(datasetSummary(dataset)).toMatchObject({ images: 5, classes: 0, unknown: 5, smallestClass: 0 });
    expect(digixRoles(dataset)).toEqual({ query: Int32Array.of(0, 1), gallery: Int32Array.of(2, 3, 4) });
    expect(() => digixRoles({ name: "digix", ids: ["DIGIX_000000/A.jpg"] })).toThrow("digix has no queries");
  });

  it("a test part with a label.txt has labels where it gives them", async () => {
    await writeFiles(root, {
      "test_data_A/label.txt": "query/Q2.jpg,DIGIX_000070\ngallery/G1.jpg,70\ngallery/G2.jpg,9\nquery/GONE.jpg,9\n",
    });
    const dataset = await openDataset("digix-test-a", { root });
    expect(dataset.classNames).toEqual(["DIGIX_000009", "DIGIX_000070"]);
    expect(dataset.labels).toEqual(Int32Array.of(-1, 1, 1, 0, -1));
    expect(datasetSummary(dataset).unknown).toBe(2);
    expect(dataset.oddities).toEqual([
      { what: "images that label.txt does not name", count: 2, examples: ["query/Q1.jpg", "gallery/G3.jpg"] },
      { what: "images that label.txt names and that are not there", count: 1, examples: ["query/GONE.jpg"] },
    ]);
  });

  it("a label.txt of a test part may name the part's own folder", async () => {
    await writeFiles(root, {
      "test_data_A/label.txt": "test_data_A/query/Q2.jpg,70\n./test_data_A/gallery/G1.jpg,70\n",
    });
    const dataset = await openDataset("digix-test-a", { root });
    expect(dataset.labels).toEqual(Int32Array.of(-1, 0, 0, -1, -1));
  });

  it("is synthetic by its sample.json, not by the words in its path", async () => {
    const real = join(root, "non-synthetic");
    await writeFiles(real, soundDigix());
    expect((await openDigix(real, "test_data_A")).synthetic).toBe(false);
    for (const text of ["{}", '{"synthetic": false}', '{"of": "another program"}']) {
      await writeFiles(real, { "sample.json": text });
      expect((await openDigix(real, "train_data")).synthetic).toBe(false);
    }
    for (const text of ["no JSON", "null", "", '{"synthetic": "yes"}']) {
      await writeFiles(real, { "sample.json": text }); // drawings must not pass for photographs when it is damaged
      await expect(openDigix(real, "train_data")).rejects.toMatchObject({ file: join(real, "sample.json") });
    }
    await writeFiles(real, { "sample.json": '{"synthetic": true}' });
    expect(await openDigix(real, "train_data")).toMatchObject({ name: "digix", synthetic: true });
  });

  it("parts that were unpacked into folders of their own names are found", async () => {
    const nested = join(root, "nested");
    const files = Object.entries(soundDigix()).map(([path, content]) => [path.replace(/^[^/]+/, "$&/$&"), content]);
    await writeFiles(nested, Object.fromEntries(files));
    for (const part of ["train_data", "test_data_A"] as const) {
      expect((await openDigix(nested, part)).ids).toEqual((await openDigix(root, part)).ids);
    }
  });

  it("tells of the files when they are many", async () => {
    const reports: string[] = [];
    const onProgress = ({ task, done, total }: Progress): void => void reports.push(`${task} ${done}/${total}`);
    await openDigix(root, "train_data", { onProgress });
    expect(reports).toEqual([]);
    const many = Array.from({ length: 4990 }, (_, i) => [`train_data/DIGIX_000002/N${i}.jpg`, ""]);
    await writeFiles(root, Object.fromEntries(many));
    await openDigix(root, "train_data", { onProgress });
    expect([reports[0], reports.at(-1)]).toEqual(["files of digix 0/5000", "files of digix 5000/5000"]);
  });

  it("has a content hash of names, labels and bytes, and of nothing else", async () => {
    const { contentHash } = await openDigix(root, "train_data");
    const again = async (): Promise<string> => (await openDigix(root, "train_data")).contentHash;
    await writeFiles(root, { "train_data/label.txt": `\ufeff${soundDigix()["train_data/label.txt"]}` });
    expect(await again()).toBe(contentHash);
    await writeFiles(root, labels("DIGIX_000004/NEW.jpg,4\n"));
    expect(await again()).toBe(contentHash); // a missing file is no item
    await writeFiles(root, { "train_data/DIGIX_000000/A1X0.jpg": "other bytes" });
    expect(await again()).not.toBe(contentHash);
  });
});

describe("what is tolerated and reported", () => {
  const cases: [string, Files, { what: RegExp; count: number; example: string }][] = [
    [
      "lines that come again, with BOM, CRLF, blanks, backslashes and the part's name before the path",
      labels("\ufeffDIGIX_000000/A1X0.jpg,0\r\n\r\n train_data\\DIGIX_000000\\A1X0.jpg , DIGIX_000000 \r\n"),
      { what: /come again/, count: 2, example: "line 3, DIGIX_000000/A1X0.jpg" },
    ],
    [
      "lines for files that are not there",
      labels("", "DIGIX_000000/GONE.jpg,0\nDIGIX_000004/GONE.jpg,4\n"),
      { what: /names and that are not there/, count: 2, example: "DIGIX_000000/GONE.jpg" },
    ],
    [
      "images that label.txt does not name, which have their folder's product",
      { ...soundDigix(), "train_data/DIGIX_000002/NEW.jpg": "x", "train_data/LOOSE.jpg": "x" },
      { what: /does not name/, count: 2, example: "DIGIX_000002/NEW.jpg" },
    ],
    [
      "odd file names",
      { ...soundDigix(), "train_data/DIGIX_000001/a, b (1).JPG": "x", "train_data/DIGIX_000001/图.jpg": "y" },
      { what: /unusual names/, count: 2, example: "DIGIX_000001/a, b (1).JPG" },
    ],
    [
      "files and folders that do not belong there",
      { ...soundDigix(), "train_data/DIGIX_000001/Thumbs.db": "x", "train_data/.DS_Store": "", "__MACOSX/x": "" },
      { what: /no images by their name/, count: 1, example: "DIGIX_000001/Thumbs.db" },
    ],
    [
      "folders that are no product's",
      { ...soundDigix(), "train_data/new/a.jpg": "x" },
      { what: /no product's/, count: 1, example: "new" },
    ],
    [
      "labels that are not their folder's: the label counts",
      {
        ...soundDigix(),
        "train_data/label.txt": `${soundDigix()["train_data/label.txt"]}`.replace("A1X0.jpg,0", "A1X0.jpg,3"),
      },
      { what: /not their folder's/, count: 1, example: "DIGIX_000000/A1X0.jpg is DIGIX_000003" },
    ],
  ];

  it.each(cases)("%s", async (_name, files, { what, count, example }) => {
    await writeFiles(root, files);
    const { oddities, ids, labels: products, classNames } = await openDigix(root, "train_data");
    const oddity = oddities?.find(one => what.test(one.what));
    expect(oddity, JSON.stringify(oddities)).toMatchObject({ count });
    expect(oddity?.examples).toContain(example);
    expect(ids.length).toBeGreaterThanOrEqual(10);
    const moved = ids.filter((id, row) => !id.startsWith(classNames[products[row]]));
    expect(moved).toEqual(/not their folder's/.test(`${what}`) ? ["DIGIX_000000/A1X0.jpg"] : []);
  });
});

it("passes over links to nothing, and follows others", async () => {
  await writeFiles(root, soundDigix());
  await symlink(join(root, "gone.jpg"), join(root, "train_data/DIGIX_000000/LINK.jpg"));
  await symlink("../DIGIX_000000/A1X0.jpg", join(root, "train_data/DIGIX_000001/GOOD.jpg"));
  const { ids, oddities } = await openDigix(root, "train_data");
  expect(ids).toContain("DIGIX_000001/GOOD.jpg");
  expect(ids).toHaveLength(11);
  expect(oddities?.find(one => /links/.test(one.what))).toMatchObject({ examples: ["DIGIX_000000/LINK.jpg"] });
});

/** Name, files, the place given below the root, the part, the message. */
type Malformed = [string, Files, string, DigixPart, RegExp];
const train = "train_data";
const test = "test_data_A";

const MALFORMED: Malformed[] = [
  ["no such folder", {}, "nowhere", train, /nowhere: this folder cannot be read.*ENOENT/],
  ["an empty folder", {}, "", train, /not the folder of DIGIX; expected a folder with train_data.*an empty folder/],
  ["another folder", { "a/b.jpg": "" }, "", train, /not the folder of DIGIX;.*; found a$/],
  ["a file", soundDigix(), "train_data/label.txt", train, /this is a file, not the folder/],
  ["an archive", { "digix.zip": "" }, "digix.zip", train, /this is an archive: unpack it first/],
  ["train_data itself", soundDigix(), "train_data", train, /inside of one part: give the folder above, .*digix-\w+;/],
  ["test_data_A itself", soundDigix(), "test_data_A", test, /inside of one part: give the folder above/],
  ["the folder of a product", soundDigix(), "train_data/DIGIX_000001", train, /folder of one product: give .*digix-/],
  ["the query folder", soundDigix(), "test_data_A/query", test, /query folder of one part: give .*digix-\w+;/],
  [
    "the folder above",
    Object.fromEntries(Object.entries(soundDigix()).map(([path, content]) => [`unpacked/${path}`, content])),
    "",
    train,
    /folder above DIGIX: give .*unpacked;/,
  ],
  [
    "archives not unpacked",
    { "train_data.zip.001": "", "train_data.zip.002": "", "test_data_A.zip": "" },
    "",
    train,
    /train_data is not here: unpack the archives;.*found test_data_A.zip, train_data.zip.001/,
  ],
  [
    "a part missing",
    without(soundDigix(), /^test_data_A/),
    "",
    test,
    /test_data_A is not here;.*only train_data, test_/,
  ],
  ["a part that is a file", { train_data: "x", "test_data_A/query/": "" }, "", train, /train_data is a file;/],
  ["no label.txt", without(soundDigix(), /label/), "", train, /label\.txt: train_data has no label\.txt/],
  [
    "no product folders",
    { "train_data/label.txt": "a.jpg,1", "train_data/a.jpg": "" },
    "",
    train,
    /no product folders/,
  ],
  [
    "an empty label.txt",
    { ...soundDigix(), "train_data/label.txt": "\r\n" },
    "",
    train,
    /label.txt: there are no lines/,
  ],
  ["a line without label", labels("", "DIGIX_000000/A1X0.jpg\n"), "", train, /label.txt: line 11 is malformed/],
  ["a header", labels("image,label\n"), "", train, /line 1 has no product; a header is not part.*found "label"/],
  [
    "a label that is no product",
    labels("", "DIGIX_000000/N.jpg,phone\n"),
    "",
    train,
    /line 11 has no product;.*"phone"/,
  ],
  ["a negative label", labels("", "DIGIX_000000/N.jpg,-1\n"), "", train, /line 11 has no product;.*six digits/],
  [
    "two labels for one file",
    labels("DIGIX_000000/A1X0.jpg,1\n"),
    "",
    train,
    /line 10 contradicts line 1 about DIGIX_000000\/A1X0.jpg; expected DIGIX_000001; found DIGIX_000000/,
  ],
  [
    "paths that name nothing",
    { ...soundDigix(), "train_data/label.txt": "A1X0.jpg,0\nB7X0.jpg,0" },
    "",
    train,
    /none of the images that label.txt names is there;.*A1X0.jpg, and 10 images/,
  ],
  [
    "UTF-16",
    { ...soundDigix(), "train_data/label.txt": Buffer.from("\ufeffDIGIX_000000/A1X0.jpg,0", "utf16le") },
    "",
    train,
    /not UTF-8 text;.*UTF-16/,
  ],
  [
    "another encoding",
    { ...soundDigix(), "train_data/label.txt": Uint8Array.of(0xb0, 0xa1, 44, 49) },
    "",
    train,
    /UTF-8/,
  ],
  ["no query folder", without(soundDigix(), /A\/query/), "", test, /has no query folder;.*found gallery/],
  ["no gallery folder", without(soundDigix(), /A\/gallery/), "", test, /has no gallery folder;.*found query/],
  [
    "an empty gallery",
    { ...without(soundDigix(), /A\/gallery/), "test_data_A/gallery/": "" },
    "",
    test,
    /gallery: there are no images/,
  ],
  [
    "folders in the gallery",
    { ...soundDigix(), "test_data_A/gallery/a/G1.jpg": "" },
    "",
    test,
    /folders inside;.*found a/,
  ],
  [
    "names that collide",
    { ...soundDigix(), "test_data_A/query/q1.JPG": "" },
    "",
    test,
    /query: two images have one name;.*found Q1.jpg and q1.JPG/,
  ],
  [
    "contradicting test labels",
    { ...soundDigix(), "test_data_A/label.txt": "query/Q1.jpg,1\nquery/Q1.jpg,2" },
    "",
    test,
    /test_data_A\/label.txt: line 2 contradicts line 1/,
  ],
  [
    "test labels of another part",
    { ...soundDigix(), "test_data_A/label.txt": "test_data_B/query/Q1.jpg,1\ntest_data_B/query/Q2.jpg,2" },
    "",
    test,
    /none of the images that label.txt names is there;.*relative to test_data_A: query\/NAME.jpg.*found test_data_B\/query\/Q1.jpg, and 5 images/,
  ],
];

describe("what is refused", () => {
  it.each(MALFORMED)("%s", async (_name, files, place, part, message) => {
    await writeFiles(root, files);
    const error = await openDigix(join(root, place), part).catch(cause => cause);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(join(root, place).replace(/\/$/, ""))).toBe(true);
  });

  it("nothing at the usual place: says where DIGIX comes from", async () => {
    const home = process.env.HASHBOOK_HOME;
    process.env.HASHBOOK_HOME = root;
    try {
      const error = await openDataset("digix").catch(cause => cause);
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toContain(join(root, "data/digix"));
      expect(error.message).toContain("digix-sample");
    } finally {
      if (home === undefined) delete process.env.HASHBOOK_HOME;
      else process.env.HASHBOOK_HOME = home;
    }
  });
});
