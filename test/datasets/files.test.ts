// The datasets made of image files: image-folder, label-file, and how openDataset finds them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
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

/** A few pixels. */
const GREY = { create: { width: 8, height: 8, channels: 3 as const, background: "#808080" } };
const golden = (name: string): Promise<Uint8Array> =>
  readFile(join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "image-kinds", name));

async function put(path: string, content: string | Uint8Array = path): Promise<void> {
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

  it("takes nested folders for their class, and images by what they are", async () => {
    const [jpeg, png] = await Promise.all(
      (["jpeg", "png"] as const).map(format => sharp(GREY).toFormat(format).toBuffer()),
    );
    for (const [path, content] of [
      ["a/deep/deeper/1.jpg", "unread, for its name says it"],
      ["a/scan.jfif", jpeg],
      ["a/no-ending", png],
      ["b/x.PNG", png],
      ["b/notes.txt", "words"],
      ["b/photo.HEIC", await golden("photo.heic")],
      ["b/drawing.bmp", await golden("drawing.bmp")],
      ["b/scan.jp2", await golden("scan.jp2")],
      ["b/logo.svg", '<?xml version="1.0"?>\n<!-- logo -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
      ["b/raw.nef", await sharp(GREY).tiff().toBuffer()],
      ["loose.jpg", jpeg],
      ["readme.md", "words"],
    ] as const) {
      await put(path, content);
    }
    const { ids, labels, passedOver } = await openImageFolder(root);
    expect(ids).toEqual(["a/no-ending", "a/scan.jfif", "a/deep/deeper/1.jpg", "b/x.PNG"]);
    expect(Array.from(labels)).toEqual([0, 0, 0, 1]);
    expect(Object.fromEntries(passedOver!.map(({ path, reason }) => [path, reason]))).toEqual({
      "loose.jpg": "it is in no class's folder",
      "b/drawing.bmp": "a BMP image, not read here",
      "b/logo.svg": "an SVG drawing, which has no pixels of its own, not read here",
      "b/notes.txt": "no image",
      "b/photo.HEIC": "a HEIC image, not read here",
      "b/raw.nef": "a camera's raw file, not read here",
      "b/scan.jp2": "a JPEG 2000 image, not read here",
    });
  });

  it.skipIf(process.platform === "win32")("passes over what cannot be read, and nothing else", async () => {
    await put("a/1.jpg");
    await put("b/2.jpg");
    const { contentHash } = await openImageFolder(root);
    const name = (text: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(text, "latin1")]);
    await symlink("gone.jpg", join(root, "a/dead.jpg"));
    await symlink("self.jpg", join(root, "a/self.jpg"));
    await symlink("..", join(root, "a/up"));
    execFileSync("mkfifo", [join(root, "a/pipe.jpg")]);
    await writeFile(name("a/\xe4.jpg"), "latin-1");
    await writeFile(join(root, "a/two\nlines.jpg"), "x");
    if (process.platform === "linux") await symlink("/proc/self/mem", join(root, "b/refuses.jpg")); // for root too
    if (process.platform === "linux") await symlink("/dev/zero", join(root, "b/zero.jpg"));
    await symlink("../b", join(root, "a/other")); // another class: no loop
    const dataset = await openImageFolder(root);
    expect(dataset.ids).toEqual(["a/1.jpg", "a/other/2.jpg", "b/2.jpg"]);
    expect(Object.fromEntries(dataset.passedOver!.map(({ path, reason }) => [path, reason]))).toEqual({
      "a/dead.jpg": "a link to nothing",
      "a/self.jpg": "a link to itself",
      "a/up": "a link back to a folder above it",
      "a/pipe.jpg": "a named pipe",
      "a/\\xe4.jpg": "a name that is not UTF-8",
      "a/two\\x0alines.jpg": "a name with a line break",
      ...(process.platform === "linux" && {
        "a/other/refuses.jpg": "it cannot be read (EIO)",
        "b/refuses.jpg": "it cannot be read (EIO)",
        "a/other/zero.jpg": "a device",
        "b/zero.jpg": "a device",
      }),
    });
    await rm(join(root, "a/other"));
    expect((await openImageFolder(root)).contentHash).toBe(contentHash);
  });

  it("keeps ids and content hash of the folders of earlier versions", async () => {
    await put("b/2.jpg", "two");
    await put("b/10.PNG", "ten");
    await put("a/1.jpeg", "one");
    // The form of version 0.1.0, written out.
    const hash = createHash("sha256").update('["image-folder","content",["a","b"]]');
    hash.update('["a/1.jpeg",0,3,null]').update("one").update('["b/10.PNG",1,3,null]').update("ten");
    hash.update('["b/2.jpg",1,3,null]').update("two");
    expect((await openImageFolder(root)).contentHash).toBe(hash.digest("hex"));
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
    expect(dataset.labels).toEqual(Int32Array.of(1, 0, 1));
    expect(await dataset.image(0)).toBe(join(root, "c.jpg"));
    await put("other/label.txt", "c.jpg,shoe\na.jpg,hat\n");
    const moved = await openLabelFile(join(root, "other/label.txt"), { root });
    expect(moved.classNames).toEqual(["hat", "shoe"]);
    expect(await moved.image(1)).toBe(join(root, "a.jpg"));
  });

  it("leaves out images that are missing, and is refused when all are", async () => {
    await put("here.jpg");
    await mkdir(join(root, "folder.jpg"));
    await put("label.txt", "gone.jpg,1\nhere.jpg,0\nhere.jpg/x.jpg,2\nfolder.jpg,0\n");
    const { ids, labels, classNames, passedOver } = await openLabelFile(join(root, "label.txt"));
    expect([ids, labels, classNames]).toEqual([["here.jpg"], Int32Array.of(0), ["0", "1", "2"]]);
    expect(passedOver).toEqual([
      { path: "gone.jpg", reason: "it is not there" },
      { path: "here.jpg/x.jpg", reason: "it is not there" },
      { path: "folder.jpg", reason: "a folder" },
    ]);
    await put("label.txt", "gone.jpg,1\ngone-too.jpg,1\n");
    const error = await failure(openLabelFile(join(root, "label.txt")));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(
      /none of the image files can be read; expected 2 files; found gone\.jpg: it is not there/,
    );
    expect(error.message).toContain(root);
  });

  it.skipIf(process.platform === "win32")("does not wait for a pipe", async () => {
    execFileSync("mkfifo", [join(root, "label.txt")]);
    expect((await failure(openLabelFile(join(root, "label.txt")))).message).toContain("it is no regular file");
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
      expect(error.message).toContain("fashion-mnist-10k, fashion-mnist, cifar-10");
    }
    expect(await failure(openDataset("image-folder"))).toBeInstanceOf(UsageError);
    const path = await failure(openDataset("./no/such/folder"));
    expect(path).toBeInstanceOf(InputError);
    expect(path.message).toContain("./no/such/folder: no such folder or file");
  });
});
