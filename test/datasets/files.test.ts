// The datasets made of image files: image-folder, label-file, and how openDataset finds them.
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { InputError, UsageError } from "../../src/core/errors.js";
import { openImageFolder } from "../../src/datasets/image-folder.js";
import { openLabelFile, parseLabelLines } from "../../src/datasets/label-file.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-files-"));
});
afterEach(() => rm(root, { recursive: true }));

async function put(path: string, content = path): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error("nothing failed"),
    error => error as Error,
  );
}

describe("openImageFolder", () => {
  it("has sorted classes and files, and passes over what is no image", async () => {
    for (const path of ["b/2.jpg", "b/10.PNG", "Z/x.webp", "a/1.jpeg", "a/notes.txt", "a/.hidden.jpg", ".git/y.jpg"]) {
      await put(path);
    }
    await put("label.txt");
    await mkdir(join(root, "empty"));
    const dataset = await openImageFolder(root);
    expect(dataset.classNames).toEqual(["Z", "a", "b", "empty"]);
    expect(dataset.ids).toEqual(["Z/x.webp", "a/1.jpeg", "b/10.PNG", "b/2.jpg"]);
    expect(Array.from(dataset.labels)).toEqual([0, 1, 2, 2]);
    expect(await dataset.image(1)).toBe(join(root, "a/1.jpeg"));
    await expect(dataset.image(4)).rejects.toThrow("no row 4");
  });

  it("follows links to folders", async () => {
    await put("real/1.jpg");
    await symlink(join(root, "real"), join(root, "linked"));
    await symlink(join(root, "real/1.jpg"), join(root, "no-folder.jpg"));
    expect((await openImageFolder(root)).ids).toEqual(["linked/1.jpg", "real/1.jpg"]);
  });

  it("says what is wrong with a folder", async () => {
    const missing = await failure(openImageFolder(join(root, "nowhere")));
    expect(missing).toBeInstanceOf(InputError);
    expect(missing.message).toMatch(/nowhere: .*cannot be read.*one subfolder of images a class.*ENOENT/);
    expect((await failure(openImageFolder(root))).message).toContain("found no subfolders");
    await put("a/readme.md");
    expect((await failure(openImageFolder(root))).message).toContain("found 1 subfolders without images");
  });

  it("has a content hash of names, labels and bytes, not of place or time", async () => {
    await put("a/1.jpg", "one");
    await put("b/2.jpg", "two");
    const { contentHash } = await openImageFolder(root);
    await utimes(join(root, "a/1.jpg"), 1, 1);
    expect((await openImageFolder(root)).contentHash).toBe(contentHash);
    await put("a/1.jpg", "eno");
    const changed = (await openImageFolder(root)).contentHash;
    expect(changed).not.toBe(contentHash);
    await put("a/1.jpg", "one");
    await put("b/3.jpg", "three");
    expect((await openImageFolder(root)).contentHash).not.toBe(contentHash);
  });
});

describe("label files", () => {
  it("accepts a byte-order mark, CRLF, blanks, empty lines, commas in paths", () => {
    const text = "\ufeffa/1.jpg,3\r\n\r\n  a/2.jpg , 10 \r\nx, y.jpg,3\na\\3.jpg,cat";
    expect(parseLabelLines(text, "label.txt")).toEqual([
      { path: "a/1.jpg", label: "3" },
      { path: "a/2.jpg", label: "10" },
      { path: "x, y.jpg", label: "3" },
      { path: "a/3.jpg", label: "cat" },
    ]);
  });

  it.each([
    ["a.jpg,1\nb.jpg\nc.jpg,2", "line 2 is malformed", 'found "b.jpg"'],
    ["\ufeffa.jpg,1\r\n\r\nb.jpg,\r\n", "line 3 is malformed", 'found "b.jpg,"'],
    [",1", "line 1 is malformed", 'found ",1"'],
    ["a.jpg,1\nb.jpg,1\na.jpg,2", "line 3 names a.jpg again, after line 1", "each image once"],
    ["\n \r\n", "there are no lines", "path,label lines"],
  ])("names the line of %j", (text, problem, detail) => {
    expect(() => parseLabelLines(text, "dir/label.txt")).toThrow(InputError);
    expect(() => parseLabelLines(text, "dir/label.txt")).toThrow(`dir/label.txt: ${problem}`);
    expect(() => parseLabelLines(text, "dir/label.txt")).toThrow(detail);
  });

  it("keeps the order of lines and orders whole numbers by value", async () => {
    for (const name of ["a.jpg", "b.jpg", "c.jpg"]) await put(name);
    await put("label.txt", "c.jpg,10\na.jpg,9\nb.jpg,10\n");
    const dataset = await openLabelFile(join(root, "label.txt"));
    expect(dataset.ids).toEqual(["c.jpg", "a.jpg", "b.jpg"]);
    expect(dataset.classNames).toEqual(["9", "10"]);
    expect(Array.from(dataset.labels)).toEqual([1, 0, 1]);
    expect(await dataset.image(0)).toBe(join(root, "c.jpg"));
    await put("other/label.txt", "c.jpg,shoe\na.jpg,hat\n");
    const moved = await openLabelFile(join(root, "other/label.txt"), { root });
    expect(moved.classNames).toEqual(["hat", "shoe"]);
    expect(await moved.image(1)).toBe(join(root, "a.jpg"));
  });

  it("names the images that are missing", async () => {
    await put("here.jpg");
    const lines = ["here.jpg,0", ...Array.from({ length: 8 }, (_, i) => `gone-${i}.jpg,1`)];
    await put("label.txt", lines.join("\n"));
    const error = await failure(openLabelFile(join(root, "label.txt")));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/gone-0\.jpg, .*gone-4\.jpg and 3 more; expected 9 files; found 1/);
    expect(error.message).toContain(root);
  });

  it("names a label file that is missing", async () => {
    const error = await failure(openLabelFile(join(root, "label.txt")));
    expect(error.message).toMatch(/label\.txt: this label file cannot be read.*ENOENT/);
  });
});

describe("openDataset", () => {
  it("knows names and paths", async () => {
    await put("set/a/1.jpg");
    await put("set/label.txt", "a/1.jpg,5");
    const folder = join(root, "set");
    expect((await openDataset("fashion-mnist-10k")).ids).toHaveLength(10_000);
    expect(await openDataset(folder)).toMatchObject({ name: "image-folder", classNames: ["a"] });
    expect(await openDataset("image-folder", { root: folder })).toMatchObject({ name: "image-folder" });
    expect(await openDataset(join(folder, "label.txt"))).toMatchObject({ name: "label-file", classNames: ["5"] });
    const named = await openDataset("label-file", { root: join(folder, "label.txt") });
    expect(named).toMatchObject({ name: "label-file", ids: ["a/1.jpg"] });
  });

  it("lists the names when there is none such", async () => {
    for (const name of ["fashion", "toString"]) {
      const error = await failure(openDataset(name));
      expect(error).toBeInstanceOf(UsageError);
      expect(error.message).toContain("fashion-mnist-10k, fashion-mnist, image-folder, label-file");
    }
    expect(await failure(openDataset("image-folder"))).toBeInstanceOf(UsageError);
    const path = await failure(openDataset("./no/such/folder"));
    expect(path).toBeInstanceOf(InputError);
    expect(path.message).toContain("./no/such/folder: no such folder or file");
  });
});
