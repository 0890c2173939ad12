// Images that end too early: decoded as PIL does, listed, and never taken without being asked for.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeImage } from "../../src/images/decode.js";
import { preprocessedBatches } from "../../src/images/preprocessed-batches.js";
import type { Preprocessing } from "../../src/images/preprocessing.js";

const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens");
const { cases } = JSON.parse(await readFile(join(goldens, "truncated/truncated.json"), "utf8")) as {
  cases: { file: string; kept: number; of: number; black: boolean; sha256: string }[];
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-truncated-"));
});
afterAll(() => rm(folder, { recursive: true }));

const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "nothing failed",
    error => (error as Error).message,
  );

describe("a JPEG that ends too early", () => {
  it.each(cases.filter(({ black }) => !black))(
    "$file after $kept of $of bytes has PIL's pixels when accepted",
    async ({ file, kept, sha256 }) => {
      const bytes = (await readFile(join(goldens, file))).subarray(0, kept);
      const image = await decodeImage(bytes, { truncated: "accept" });
      expect(image.cutShort).toBe("this image is cut short or damaged");
      expect(createHash("sha256").update(image.data).digest("hex")).toBe(sha256);
      const refused = /cut short or damaged; expected a whole JPEG.*--truncated accept/;
      expect(await message(decodeImage(bytes))).toMatch(refused);
      expect(await message(decodeImage(bytes, { truncated: "refuse" }))).toMatch(refused);
    },
  );

  it.each(cases.filter(({ black }) => black))(
    "$file after $kept bytes, where PIL gives black, is as far as it goes",
    async one => {
      const bytes = (await readFile(join(goldens, one.file))).subarray(0, one.kept);
      const { data } = await decodeImage(bytes, { truncated: "accept" });
      expect(new Set(data).size).toBeGreaterThan(50);
    },
  );

  it("is no matter of choice when it is whole, or nothing of it is there", async () => {
    const whole = await readFile(join(goldens, cases[0].file));
    expect(await decodeImage(whole, { truncated: "accept" })).toEqual(await decodeImage(whole));
    expect(await message(decodeImage(whole.subarray(0, 30), { truncated: "accept" }))).toMatch(/cannot be decoded/);
    expect(await message(decodeImage(new Uint8Array(0), { truncated: "accept" }))).toMatch(/is empty/);
  });

  it("is listed with its batch, and is of its own pixels", async () => {
    const whole = await readFile(join(goldens, cases[0].file));
    const images = [whole, whole.subarray(0, 5000), Buffer.from("words"), whole.subarray(0, 3000)];
    const dataset = { ids: ["a", "b", "c", "d"], image: async (row: number) => images[row] };
    const plain: Preprocessing = { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" };
    const batchOf = async (preprocessing: Preprocessing) => {
      for await (const batch of preprocessedBatches(dataset, [0, 1, 2, 3], preprocessing, { tolerant: true }))
        return batch;
      throw new Error("no batch");
    };
    const refused = await batchOf(plain);
    expect([refused.failed.map(({ row }) => row), refused.truncated]).toEqual([[1, 2, 3], []]);
    expect(new Set(refused.data.subarray(192, 384))).toEqual(new Set([0]));
    const accepted = await batchOf({ ...plain, truncated: "accept" });
    expect(accepted.failed.map(({ row }) => row)).toEqual([2]);
    expect(accepted.truncated).toEqual(
      [1, 3].map(row => ({ row, id: "abcd"[row], reason: "this image is cut short or damaged" })),
    );
    expect(accepted.data.subarray(0, 192)).toEqual(refused.data.subarray(0, 192));
    expect(new Set(accepted.data.subarray(192, 384)).size).toBeGreaterThan(20);
  });
});

describe("files that must not be opened at all", () => {
  it.skipIf(process.platform === "win32")("a pipe is not waited for", async () => {
    const pipe = join(folder, "pipe.jpg");
    execFileSync("mkfifo", [pipe]);
    expect(await message(decodeImage(pipe))).toMatch(/pipe\.jpg: this image cannot be read; .*no regular file/);
    expect(await message(decodeImage(folder))).toMatch(/cannot be read/);
  });

  it("an image of more pixels than memory is for is refused with its size", async () => {
    // A PNG of 60,000 × 60,000 white pixels, one bit each: 440 KB.
    const chunk = (type: string, data: Uint8Array): Buffer => {
      const body = Buffer.concat([Buffer.from(type), data]);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(data.length);
      return Buffer.concat([length, body, Buffer.alloc(4)]);
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(60_000, 0);
    header.writeUInt32BE(60_000, 4);
    header.set([1, 0, 0, 0, 0], 8);
    const tiny = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } })
      .png()
      .toBuffer();
    const ihdr = chunk("IHDR", header);
    ihdr.writeUInt32BE(crc(ihdr.subarray(4, -4)), ihdr.length - 4);
    const idat = chunk("IDAT", deflateSync(Buffer.alloc(1000)));
    idat.writeUInt32BE(crc(idat.subarray(4, -4)), idat.length - 4);
    const bomb = Buffer.concat([tiny.subarray(0, 8), ihdr, idat, tiny.subarray(-12)]);
    for (const truncated of ["refuse", "accept"] as const) {
      expect(await message(decodeImage(bomb, { name: "bomb.png", truncated }))).toMatch(
        /bomb\.png: this image has too many pixels; expected at most 178956970 .*found 60000 × 60000/,
      );
    }
    const file = join(folder, "bomb.png");
    await writeFile(file, bomb);
    expect(await message(decodeImage(file))).toMatch(/too many pixels/);
  });
});

/** CRC-32 of PNG chunks. */
function crc(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}
