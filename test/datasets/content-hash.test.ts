import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onnxEngine } from "../../src/compute/onnx-engine.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { hashFiles } from "../../src/datasets/content-hash.js";
import { openImageFolder } from "../../src/datasets/image-folder.js";
import { extractToFolder } from "../../src/features/extract.js";
import { mergeFeatures } from "../../src/features/merge.js";
import { shardFolder } from "../../src/features/shards.js";
import { linearBackbone } from "../features/fake.js";

let root: string;
let home: string | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hashbook-content-"));
  home = process.env.HASHBOOK_HOME;
  process.env.HASHBOOK_HOME = join(root, "home");
});
afterEach(async () => {
  if (home === undefined) delete process.env.HASHBOOK_HOME;
  else process.env.HASHBOOK_HOME = home;
  await rm(root, { recursive: true });
});

const KIB = 1024;
/** Bytes from which on content is sampled in these tests. */
const wholeAtMost = 8 * KIB;

async function put(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** Two classes, files of 100 bytes to 40 KiB. */
async function writePictures(): Promise<void> {
  const sizes = [100, 4 * KIB, 12 * KIB, 12 * KIB + 1, 40 * KIB];
  for (const [i, size] of sizes.entries()) {
    await put(`pictures/${i % 2 === 0 ? "even" : "odd"}/${i}.jpg`, new Uint8Array(size).fill(i + 1));
  }
}

/** Clocks of file systems tick every few milliseconds. */
const settleMs = 40;

const sampled = (folder = "pictures"): Promise<string> =>
  openImageFolder(join(root, folder), { wholeAtMost, settleMs, rememberFrom: 1 }).then(
    ({ contentHash }) => contentHash,
  );

/** Opens the first so many items alone. */
const part = (items: number): Promise<string> =>
  openImageFolder(join(root, "pictures"), { wholeAtMost, settleMs, rememberFrom: 1, part: () => [0, items] }).then(
    ({ contentHash }) => contentHash,
  );

describe("the content hash of files too large to be read whole", () => {
  it("is that of any copy, whatever its place and times", async () => {
    await writePictures();
    const hash = await sampled();
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await cp(join(root, "pictures"), join(root, "elsewhere/copy"), { recursive: true });
    for (const name of ["even/0.jpg", "odd/3.jpg"]) await utimes(join(root, "elsewhere/copy", name), 1, 1);
    expect(await sampled("elsewhere/copy")).toBe(hash);
    expect((await openImageFolder(join(root, "pictures"))).contentHash).not.toBe(hash); // whole content, another form
  });

  it("changes with a file's size, its first, middle or last block, its name or its class", async () => {
    await writePictures();
    const hashes = new Set([await sampled()]);
    const changed = async (content: Uint8Array, path = "pictures/even/4.jpg"): Promise<void> => {
      await put(path, content);
      const hash = await sampled();
      expect(hashes.has(hash), path).toBe(false);
      hashes.add(hash);
    };
    const picture = () => new Uint8Array(40 * KIB).fill(5);
    await changed(picture().subarray(1));
    for (const at of [0, 4 * KIB - 1, 18 * KIB, 22 * KIB - 1, 36 * KIB, 40 * KIB - 1])
      await changed(picture().fill(9, at, at + 1));
    await changed(new Uint8Array(12 * KIB).fill(3).fill(9, 6000, 6001), "pictures/even/2.jpg"); // 12 KiB: all of it
    await changed(new Uint8Array(10), "pictures/odd/new.jpg");
  });

  it("does not notice an edit in place between the blocks, as documented", async () => {
    await writePictures();
    const hash = await sampled();
    await put("pictures/even/4.jpg", new Uint8Array(40 * KIB).fill(5).fill(9, 8 * KIB, 9 * KIB));
    expect(await sampled()).toBe(hash);
  });

  it("is the same with and without what was remembered, after any edits", async () => {
    const edit = fc.record({
      file: fc.nat(4),
      size: fc.constantFrom(50, 100, 13 * KIB),
      fill: fc.nat(3),
      old: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), async edits => {
        await writePictures();
        for (const { file, size, fill, old } of edits) {
          const path = `pictures/${file % 2 === 0 ? "even" : "odd"}/${file}.jpg`;
          await put(path, new Uint8Array(size).fill(fill));
          if (old) await utimes(join(root, path), 1, 1);
          else await sleep(2 * settleMs);
          const remembered = await sampled();
          await rename(join(root, "home"), join(root, "away"));
          expect(remembered).toBe(await sampled());
          await rm(join(root, "home"), { recursive: true, force: true }); // a cache that was not written is no fault
          await rename(join(root, "away"), join(root, "home"));
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it("remembers files that have settled, and reads those again that changed", async () => {
    await writePictures();
    await sleep(2 * settleMs);
    const hash = await sampled();
    const [name] = await readdir(join(root, "home/cache/content"));
    const cache = join(root, "home/cache/content", name);
    const { digests } = JSON.parse(await readFile(cache, "utf8"));
    expect(Object.keys(digests).sort()).toEqual(["even/0.jpg", "even/2.jpg", "even/4.jpg", "odd/1.jpg", "odd/3.jpg"]);
    // What is remembered is used: a wrong entry gives a wrong hash, until its file changes.
    const [stamp] = digests["odd/1.jpg"];
    await rm(join(root, "home/cache/opened"), { recursive: true });
    await writeFile(cache, JSON.stringify({ format: 1, digests: { ...digests, "odd/1.jpg": [stamp, "wrong"] } }));
    expect(await sampled()).not.toBe(hash);
    await utimes(join(root, "pictures/odd/1.jpg"), 1, 1);
    expect(await sampled()).toBe(hash);
    await writeFile(cache, "cut sho");
    expect(await sampled()).toBe(hash);
  });

  it("remembers the whole, of any content, until a file, a name or a class changes", async () => {
    await writePictures();
    await sleep(2 * settleMs);
    for (const atMost of [wholeAtMost, 2 ** 20]) {
      const open = (): Promise<{ contentHash: string; ids: readonly string[] }> =>
        openImageFolder(join(root, "pictures"), { wholeAtMost: atMost, settleMs, rememberFrom: 1 });
      const { contentHash } = await open();
      const [name] = await readdir(join(root, "home/cache/opened"));
      const cache = join(root, "home/cache/opened", name);
      const remembered = JSON.parse(await readFile(cache, "utf8"));
      expect(remembered.contentHash).toBe(contentHash);
      await writeFile(cache, JSON.stringify({ ...remembered, contentHash: "remembered" }));
      expect((await open()).contentHash).toBe("remembered");
      await rename(join(root, "pictures/odd/3.jpg"), join(root, "pictures/odd/33.jpg"));
      expect((await open()).contentHash).not.toBe("remembered");
      await rename(join(root, "pictures/odd/33.jpg"), join(root, "pictures/odd/3.jpg"));
      await sleep(2 * settleMs); // A new name is a change of its file.
      expect((await open()).contentHash).toBe(contentHash);
      await rm(join(root, "home"), { recursive: true });
    }
  });

  it("of a part, looks at the files of that part alone once all have been seen", async () => {
    const many = 200;
    for (let i = 0; i < many; i++) await put(`pictures/one/${String(i).padStart(3, "0")}.jpg`, `${i}`.repeat(99));
    await sleep(2 * settleMs);
    const changeLast = () => put(`pictures/one/${many - 1}.jpg`, "changed");
    const whole = await part(10); // Nothing is remembered yet: all are looked at.
    expect(await sampled()).toBe(whole);
    await changeLast();
    expect(await part(10)).toBe(whole);
    const changed = await part(many);
    expect(changed).not.toBe(whole);
    expect(await sampled()).toBe(changed);
    // Its own, and no file less, tell of every change.
    await sleep(2 * settleMs);
    await sampled();
    await put("pictures/one/009.jpg", "changed too");
    expect(new Set([changed, whole]).has(await part(10))).toBe(false);
  });

  it("tells several labels an item apart", async () => {
    await put("a.jpg", "a");
    const hash = (data: Uint8Array) =>
      hashFiles("sets", root, {
        classNames: ["x", "y"],
        ids: ["a.jpg"],
        labels: multiHotLabels({ data, shape: [1, 2] }),
      });
    const hashes = await Promise.all(
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ].map(set => hash(Uint8Array.from(set))),
    );
    expect(new Set(hashes.map(({ contentHash }) => contentHash)).size).toBe(4);
  });
});

it("shards that were extracted from copies on two machines merge", async () => {
  const sharp = (await import("sharp")).default;
  for (let i = 0; i < 8; i++) {
    const side = { width: 60, height: 60, channels: 3 as const, background: { r: 30 * i, g: 99, b: 7 } };
    const noise = Buffer.alloc(60 * 60 * 3, `${i}`);
    const image = sharp(noise, { raw: { width: side.width, height: side.height, channels: 3 } });
    await put(`one/${i % 2 === 0 ? "even" : "odd"}/${i}.png`, await image.png({ compressionLevel: 0 }).toBuffer());
  }
  await cp(join(root, "one"), join(root, "two"), { recursive: true });
  const engine = onnxEngine("cpu", { threads: 1 });
  const out = join(root, "features");
  for (const [index, folder] of [
    [1, "one"],
    [2, "two"],
  ] as const) {
    const dataset = await openImageFolder(join(root, folder), { wholeAtMost });
    const shard = { index, of: 2 };
    await extractToFolder(dataset, linearBackbone(), { engine, folder: shardFolder(out, shard), shard, batchSize: 4 });
  }
  const { manifest } = await mergeFeatures(out);
  expect(manifest.shape).toEqual([8, 5]);
  const dataset = await openImageFolder(join(root, "two"), { wholeAtMost });
  expect((await extractToFolder(dataset, linearBackbone(), { engine, folder: out, batchSize: 4 })).cached).toBe(true);
});
