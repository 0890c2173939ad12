// Archives of DIGIX: tar by the program of that name, zip by hand, so that it can hold what programs refuse to zip.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDataset } from "../../src/catalogue/open-dataset.js";
import { packedDigix, unpackDigix } from "../../src/datasets/unpack-digix.js";
import { soundDigix, writeFiles } from "./digix-folder.js";
import { zipOf } from "./zip-of.js";

let root: string;
let source: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "hashbook-unpack-"));
  root = join(folder, "digix");
  source = join(folder, "source");
  await mkdir(root);
  await writeFiles(source, soundDigix());
});
afterEach(() => rm(join(root, ".."), { recursive: true }));

const tar = (archive: string, folder: string, ...what: string[]): void => {
  execFileSync("tar", [archive.endsWith("gz") ? "-czf" : "-cf", archive, "-C", folder, ...what]);
};

async function unpackAll(): Promise<string[]> {
  const archives = await packedDigix(root);
  for (const archive of archives) await unpackDigix(archive);
  return archives.map(({ file }) => file.slice(root.length + 1));
}

describe("unpacking", () => {
  it("parts from .zip, .tar and .tar.gz, whether they hold their folder or its inside; the same as the folders", async () => {
    await writeFile(join(root, "train_data.zip"), await zipOf(source, "train_data"));
    tar(join(root, "test_data_A.tar.gz"), source, "test_data_A");
    tar(join(root, "test_data_B.tar"), join(source, "test_data_B"), ".");
    expect(await unpackAll()).toEqual(["test_data_A.tar.gz", "test_data_B.tar", "train_data.zip"]);
    for (const name of ["digix", "digix-test-a", "digix-test-b"]) {
      const [one, other] = [await openDataset(name, { root }), await openDataset(name, { root: source })];
      expect(one.contentHash).toBe(other.contentHash);
      expect(one.ids).toEqual(other.ids);
    }
    expect(await packedDigix(root)).toEqual([]);
    expect((await readdir(root)).filter(name => name.includes("partial"))).toEqual([]);
  });

  it.each(["zip", "tar.gz"])(
    "of a .%s goes on where it was stopped, and writes again what is not whole",
    async kind => {
      const archive = join(root, `train_data.${kind}`);
      await writeFile(join(source, "train_data", "DIGIX_000002", "large.jpg"), Buffer.alloc(300_000, 7));
      if (kind === "zip") await writeFile(archive, await zipOf(source, "train_data"));
      else tar(archive, source, "train_data");
      const stop = new AbortController();
      let reports = 0;
      const onProgress = (): void => {
        if (++reports === 9) stop.abort(new Error("enough"));
      };
      const [packed] = await packedDigix(root);
      await expect(unpackDigix(packed, { signal: stop.signal, onProgress })).rejects.toThrow("enough");
      expect(await readdir(root)).toContain("train_data.partial");
      const there = (await readdir(join(root, "train_data.partial"), { recursive: true })).filter(one =>
        /jpg$/.test(one),
      );
      expect(there.length).toBeGreaterThan(1);
      const [kept, cut] = there.map(name => join(root, "train_data.partial", name));
      const before = (await stat(kept, { bigint: true })).mtimeNs;
      await writeFile(cut, "x");
      await unpackDigix(packed);
      const place = (path: string): string => path.replace("train_data.partial/train_data", "train_data");
      expect((await stat(place(kept), { bigint: true })).mtimeNs).toBe(before);
      expect(await readFile(place(cut), "utf8")).not.toBe("x");
      expect((await openDataset("digix", { root })).ids).toHaveLength(11);
    },
  );

  it.each([
    ["a path that leads out", "../evil.jpg", /relative path|leads|is not unpacked/],
    ["an absolute path", "/tmp/evil.jpg", /absolute path|is not unpacked/],
    ["a path of Windows", "C:/evil.jpg", /absolute path|is not unpacked/],
  ])("refuses %s, and writes nothing there", async (_, path, message) => {
    await writeFile(join(root, "train_data.zip"), await zipOf(source, "train_data", { [path]: "evil" }));
    const [packed] = await packedDigix(root);
    await expect(unpackDigix(packed)).rejects.toThrow(message);
    expect(await readdir(join(root, ".."))).toEqual(["digix", "source"]);
  });

  it("refuses links in a tar, and archives that are cut short or damaged", async () => {
    execFileSync("ln", ["-s", "/etc/passwd", join(source, "train_data", "evil.jpg")]);
    tar(join(root, "train_data.tar"), source, "train_data");
    await expect(unpackDigix((await packedDigix(root))[0])).rejects.toThrow(/is not unpacked.*evil\.jpg/);
    await rm(join(root, "train_data.tar"));
    await rm(join(root, "train_data.partial"), { recursive: true });
    await rm(join(source, "train_data", "evil.jpg"));

    const zip = await zipOf(source, "train_data");
    await writeFile(join(root, "train_data.zip"), zip.subarray(0, zip.length - 100));
    await expect(unpackDigix((await packedDigix(root))[0])).rejects.toThrow(
      /train_data\.zip: this archive cannot be unpacked/,
    );
    const damaged = Buffer.from(zip);
    const picture = "DIGIX_000001/A1X1.jpg"; // its bytes are its path, and stored as they are
    const content = damaged.indexOf(picture + picture) + picture.length;
    expect(content).toBeGreaterThan(picture.length);
    damaged[content] ^= 1;
    await writeFile(join(root, "train_data.zip"), damaged);
    await expect(unpackDigix((await packedDigix(root))[0])).rejects.toThrow(/A1X1\.jpg is damaged/);
  });
});
