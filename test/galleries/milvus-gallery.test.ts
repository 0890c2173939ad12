import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { dropGallery, galleryInfo } from "../../src/galleries/gallery-info.js";
import { openGallery } from "../../src/galleries/open-gallery.js";
import { pushGallery } from "../../src/galleries/push-gallery.js";
import { runInProcess } from "../commands/in-process.js";
import type { FakeBehaviour } from "./fake-milvus.js";
import { FakeMilvus } from "./fake-milvus.js";
import { expectAlike } from "./same-gallery.js";

const BITS = 12;
const ROWS = 300;
const random = new Random(17);
const data = Uint8Array.from(
  { length: 2 * ROWS },
  (_, i) => Math.floor(random.uniform() * 256) & (i % 2 === 0 ? 0xff : 0xf0),
);
const codes = packedCodes(data, BITS);
const ids = Array.from({ length: ROWS }, (_, row) => `bilder/${row} ü.png`);
const one = Int32Array.from({ length: ROWS }, (_, row) => (row % 7) - 1);
const several = multiHotLabels({
  data: Uint8Array.from({ length: ROWS * 5 }, () => (random.uniform() < 0.3 ? 1 : 0)),
  shape: [ROWS, 5],
});

let folder: string;
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-milvus-"));
  await writeNpy(file("codes.npy"), { data, shape: [ROWS, 2] });
  await writeNpy(file("labels.npy"), { data: one, shape: [ROWS] });
  await writeFile(file("ids.txt"), `${ids.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const running: FakeMilvus[] = [];
afterEach(() => {
  for (const fake of running.splice(0)) fake.stop();
});

async function fake(behaviour: FakeBehaviour = {}): Promise<[fake: FakeMilvus, address: string]> {
  const started = await FakeMilvus.start(behaviour);
  running.push(started);
  return [started, `milvus://127.0.0.1:${started.port}/shoes`];
}

describe("a gallery in Milvus", () => {
  it.each([
    ["one class a row", one],
    ["several classes a row", several],
  ])("is searched as the resident one is: %s", async (_, labels) => {
    const [, address] = await fake();
    expect(await pushGallery(codes, address, { ids, labels })).toEqual({
      gallery: address,
      rows: ROWS,
      unread: 0,
      bits: BITS,
      found: 0,
      index: "flat",
      ids: true,
      labels: true,
    });
    await expectAlike(codes, await openGallery(address), { ids, labels });
  });

  it("is of files too, and says what it is", async () => {
    const [milvus, address] = await fake();
    const options = { ids: file("ids.txt"), labels: file("labels.npy"), bits: BITS };
    await pushGallery(file("codes.npy"), address, { ...options, index: "ivf", lists: 9 });
    expect(milvus.collections.get("shoes")!.index).toMatchObject({ index_type: "BIN_IVF_FLAT", params: '{"nlist":9}' });
    expect(await galleryInfo(address)).toMatchObject({
      engine: "milvus",
      stored: ROWS,
      rows: ROWS,
      bits: BITS,
      index: "ivf",
      lists: 9,
      labels: { form: "one", classes: 6 },
    });
    const gallery = await openGallery(address);
    expect([gallery.index, gallery.exact, gallery.engine]).toEqual(["ivf", false, "milvus"]);
    await gallery.close();
    await expect(gallery.nearest(codes)).rejects.toThrow(/this gallery is closed/);
  });

  it("goes on where a push stopped, and refuses other codes, ids, labels and settings under its name", async () => {
    const [milvus, address] = await fake();
    await pushGallery(codes, address, { ids });
    const { items } = milvus.collections.get("shoes")!;
    items.splice(200);
    expect((await galleryInfo(address)).stored).toBe(200);
    await expect(openGallery(address)).rejects.toThrow(
      /not all of this gallery is there; expected 300 rows; push it again/,
    );
    for (const [options, what] of [
      [{}, "ids"],
      [{ ids, labels: one }, "labels"],
      [{ ids, index: "ivf" }, "index"],
    ] as const) {
      await expect(pushGallery(codes, address, options)).rejects.toThrow(
        `another gallery is there, with other ${what}`,
      );
    }
    const other = packedCodes(data.slice(2), BITS);
    await expect(pushGallery(other, address)).rejects.toThrow(/with other codes/);
    expect(await pushGallery(codes, address, { ids })).toMatchObject({ found: 200, rows: ROWS });
    expect(items.map(({ row, id }) => [row, id])).toEqual(ids.map((id, row) => [row, id]));
    items.push(items[0]);
    await expect(pushGallery(codes, address, { ids })).rejects.toThrow(/does not hold each of its rows once/);
  });

  it("leaves alone what it has not made, and what is not meant", async () => {
    const [milvus, address] = await fake();
    milvus.collections.set("shoes", { schema: { name: "shoes", description: "mine" }, items: [], index: {} });
    const calls = [
      () => pushGallery(codes, address),
      () => galleryInfo(address),
      () => dropGallery(address, 0),
      () => openGallery(address),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toThrow(/not made by `hashbook gallery push`/);
    }
    milvus.collections.delete("shoes");
    await expect(openGallery(address)).rejects.toThrow(/there is no gallery of this name/);
    await pushGallery(codes, address);
    await expect(dropGallery(address, 299)).rejects.toThrow(/left as it is; expected 299 rows; found 300/);
    await dropGallery(address, ROWS);
    expect(milvus.collections.size).toBe(0);
  });

  it("says when rows cannot be named or filtered, and what an engine's gallery does not take", async () => {
    const [, address] = await fake();
    await pushGallery(codes, address);
    const gallery = await openGallery(address);
    await expect(gallery.names([0])).rejects.toThrow(/have no names/);
    await expect(gallery.nearest(codes, { classes: [1] })).rejects.toThrow(/cannot be filtered by class/);
    await expect(gallery.nearest(packedCodes(data, 13))).rejects.toThrow(/differ in bits; expected 12/);
    await expect(gallery.nearest(codes, { k: -1 })).rejects.toThrow(/out of range/);
    await gallery.close();
    await expect(openGallery(address, { ids })).rejects.toThrow(/a gallery in an engine takes no ids/);
    await expect(openGallery(address, { beside: true })).rejects.toThrow(/takes no beside/);
  });
});

describe("two pushes at the same time", () => {
  it("wait for each other, and add each row once", async () => {
    const told: string[] = [];
    let othersWait = (): void => {};
    const until = new Promise<void>(resolve => {
      othersWait = resolve;
    });
    const [milvus, address] = await fake({ held: { call: "Insert", until } });
    const onProgress = ({ note }: { note?: string }) => {
      if (note !== undefined && told.push(note) === 2) othersWait();
    };
    const push = () => pushGallery(file("codes.npy"), address, { bits: BITS, onProgress });
    const pushed = await Promise.all([push(), push(), push()]);
    expect(pushed.map(({ found }) => found).sort()).toEqual([0, ROWS, ROWS]);
    expect(milvus.collections.get("shoes")!.items.map(({ row }) => row)).toEqual(Array.from(ids.keys()));
    expect(told.join()).toMatch(/waiting for .*hashbook gallery push --to milvus:\/\/127\.0\.0\.1/);
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining([expect.stringMatching(/lock/)]));
  });
});

describe("a Milvus that misbehaves", () => {
  it("is named when it does not answer, or not in time", async () => {
    const [milvus, address] = await fake({ silent: "HasCollection" });
    await expect(openGallery(`${address}?timeout=1`)).rejects.toThrow(
      /did not answer in time; expected an answer within 1 s/,
    );
    milvus.stop();
    await expect(openGallery(address)).rejects.toThrow(
      /no Milvus answers; expected one at 127\.0\.0\.1, port \d+, without TLS \(milvuss.*; found nothing that listens there \(ECONNREFUSED\): start it; README/,
    );
  });

  it("is asked with the credentials it wants, which no message shows", async () => {
    const [, address] = await fake({ authorization: Buffer.from("root:s3cret").toString("base64") });
    const withUser = (secret: string) => address.replace("//", `//${secret}@`);
    await expect(openGallery(withUser("root:wr0ng"))).rejects.toThrow(
      /refuses these credentials.*HASHBOOK_GALLERY_TOKEN/,
    );
    await expect(openGallery(withUser("root:wr0ng"))).rejects.toThrow(expect.not.stringContaining("wr0ng"));
    expect(await pushGallery(codes, withUser("root:s3cret"))).toMatchObject({ gallery: address, rows: ROWS });
  });

  it("is asked again when requests come too fast", async () => {
    const [milvus, address] = await fake({ tooFast: { call: "Flush", times: 1 } });
    await pushGallery(codes, address);
    expect(milvus.calls.filter(name => name === "Flush")).toHaveLength(2);
  });

  it("leaves what was added when it goes away, and is gone on with when it is back", async () => {
    const many = packedCodes(new Uint8Array(2 * 120_000), BITS);
    const [milvus, address] = await fake({ insertsToLive: 1 });
    await expect(pushGallery(many, address)).rejects.toThrow(/no Milvus answers|Milvus could not do this/);
    const [back, again] = await fake();
    for (const [name, collection] of milvus.collections) back.collections.set(name, collection);
    expect(await pushGallery(many, again)).toMatchObject({ found: 50_000, rows: 120_000 });
  });

  it("is given the index that a push did not come to", async () => {
    const [milvus, address] = await fake({ endsAt: "CreateIndex" });
    await expect(pushGallery(codes, address)).rejects.toThrow(/no Milvus answers|Milvus could not do this/);
    const [back, again] = await fake();
    back.collections.set("shoes", milvus.collections.get("shoes")!);
    await expect(galleryInfo(again)).rejects.toThrow(
      /does not open this gallery; expected.*push it again.*index not found/,
    );
    expect(await pushGallery(codes, again)).toMatchObject({ found: 0, rows: ROWS });
    expect(back.collections.get("shoes")!.index).toMatchObject({ index_type: "BIN_FLAT", metric_type: "HAMMING" });
  });

  it("ends a push when it is told to", async () => {
    const [milvus, address] = await fake();
    const many = packedCodes(new Uint8Array(2 * 120_000), BITS);
    const controller = new AbortController();
    const push = pushGallery(many, address, {
      signal: controller.signal,
      onProgress: ({ task, done }) =>
        task === "pushing codes" && done >= 50_000 && controller.abort(new Error("enough")),
    });
    await expect(push).rejects.toThrow("enough");
    expect(milvus.collections.get("shoes")!.items).toHaveLength(50_000);
  });
});

describe("the commands", () => {
  it("push, say, search and drop", async () => {
    const [, address] = await fake();
    const given = ["--ids", file("ids.txt"), "--labels", file("labels.npy"), "--bits", `${BITS}`];
    const pushed = await runInProcess("gallery", "push", file("codes.npy"), "--to", address, ...given);
    expect([pushed.code, pushed.stdout]).toEqual([0, `${address} holds 300 codes of 12 bits\n`]);
    expect((await runInProcess("gallery", "info", address)).stdout).toMatch(/300 codes, of 12 bits\nindex: all codes/);
    await writeNpy(file("q.npy"), { data: data.slice(0, 6), shape: [3, 2] });
    const search = ["search", "--query-codes", file("q.npy"), "--top", "4", "--json"];
    const found = JSON.parse((await runInProcess(...search, "--gallery", address, "--class", "2")).stdout);
    expect(found).toMatchObject({
      gallery: { engine: "milvus", index: "scan" },
      exact: true,
      database: ROWS,
      bits: BITS,
    });
    for (const { nearest } of found.results) {
      expect(nearest).toHaveLength(4);
      for (const { index, id } of nearest) expect([one[index], id]).toEqual([2, ids[index]]);
    }
    const drop = ["gallery", "drop", address, "--rows"];
    expect((await runInProcess(...drop, "3")).code).toBe(1);
    expect((await runInProcess(...drop, "300")).stdout).toBe(`removed 300 codes of ${address}\n`);
  });
});
