// A small gallery with made-up codes that behave like learned ones, for a service that only has to look like one.
import { join } from "node:path";
import sharp from "sharp";
import { packageFolder } from "../../../src/core/paths.js";
import { Random } from "../../../src/core/random.js";
import { readIdx } from "../../../src/datasets/idx.js";
import type { Answer, Model, Order, Result } from "../../../src/service/page/answers.js";

const CLASSES = [
  "T-shirt/top",
  "Trouser",
  "Pullover",
  "Dress",
  "Coat",
  "Sandal",
  "Shirt",
  "Sneaker",
  "Bag",
  "Ankle boot",
];
const SIDE = 28;
const FOLDER = join(packageFolder, "data", "fashion-mnist");

/** What the stub says it serves. */
export const MODELS: readonly Model[] = [
  {
    id: "hashnet-48",
    title: "HashNet, 48 bits",
    method: "hashnet",
    bits: 48,
    backbone: "none",
    orders: ["hamming", "cosine"],
  },
  { id: "dch-32", title: "DCH, 32 bits", method: "dch", bits: 32, backbone: "none", orders: ["hamming"] },
];

export class StubGallery {
  private constructor(
    readonly rows: number,
    private readonly pixels: Uint8Array,
    private readonly labels: Uint8Array,
    private readonly codes: ReadonlyMap<string, readonly string[]>,
  ) {}

  static async open(rows = 400): Promise<StubGallery> {
    const [pixels, labels] = await Promise.all([
      readIdx(join(FOLDER, "t10k-images-idx3-ubyte.gz"), 3),
      readIdx(join(FOLDER, "t10k-labels-idx1-ubyte.gz"), 1),
    ]);
    const classes = labels.data.subarray(0, rows);
    const codes = new Map(MODELS.map(({ id, bits }) => [id, madeCodes(bits, classes)]));
    return new StubGallery(rows, pixels.data.subarray(0, rows * SIDE * SIDE), classes, codes);
  }

  classOf(row: number): string {
    return CLASSES[this.labels[row]];
  }

  picture(row: number): Promise<Buffer> {
    const raw = { width: SIDE, height: SIDE, channels: 1 } as const;
    const size = SIDE * SIDE;
    return sharp(this.pixels.subarray(row * size, (row + 1) * size), { raw })
      .png()
      .toBuffer();
  }

  /** The row whose pixels are nearest. */
  async nearestRow(picture: Buffer): Promise<{ row: number; width: number; height: number }> {
    const { width, height } = await sharp(picture).metadata();
    const small = await sharp(picture).resize(SIDE, SIDE, { fit: "fill" }).greyscale().raw().toBuffer();
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (let row = 0; row < this.rows; row++) {
      let far = 0;
      for (let i = 0; i < small.length; i++) far += Math.abs(small[i] - this.pixels[row * small.length + i]);
      if (far < least) [nearest, least] = [row, far];
    }
    return { row: nearest, width, height };
  }

  /** What the service would find by the code of a row. @param isSelf whether that row is the query itself */
  search(row: number, isSelf: boolean, by: { model: string; order: Order; k: number; radius?: number }): Answer {
    const codes = this.codes.get(by.model)!;
    const code = codes[row];
    const ranked = codes
      .map((other, each) => ({ row: each, distance: distanceOf(code, other), code: other }))
      .sort(
        (a, b) => (by.order === "cosine" ? this.byClass(row, a, b) : 0) || a.distance - b.distance || a.row - b.row,
      );
    const near = ranked.filter(({ distance }) => by.radius === undefined || distance <= by.radius);
    const results = near.slice(0, by.k).map(found => this.result(found, isSelf && found.row === row, by.order));
    return {
      ...by,
      query: isSelf ? { row, id: idOf(row), classes: [this.classOf(row)], code } : { code },
      within: by.radius === undefined || by.order === "cosine" ? null : near.length,
      ties:
        by.order === "cosine" || results.length < by.k
          ? null
          : {
              distance: results.at(-1)!.distance,
              count: near.filter(one => one.distance === results.at(-1)!.distance).length,
            },
      results,
      seconds: isSelf
        ? { wait: 0.0002, decode: 0, network: 0, head: 0, rank: 0.0031 }
        : { wait: 0.001, decode: 0.012, network: 0.071, head: 0.0042, rank: 0.0031 },
      notes: by.order === "cosine" ? ["Re-ranked among the 200 nearest by Hamming distance."] : [],
    };
  }

  private byClass(row: number, a: { row: number }, b: { row: number }): number {
    return Number(this.labels[b.row] === this.labels[row]) - Number(this.labels[a.row] === this.labels[row]);
  }

  private result(found: { row: number; distance: number; code: string }, self: boolean, order: Order): Result {
    return {
      ...found,
      id: idOf(found.row),
      classes: [this.classOf(found.row)],
      image: `/api/images/${found.row}?side=256`,
      ...(self ? { self } : {}),
      ...(order === "cosine" ? { score: 1 - found.distance / 100 } : {}),
    };
  }
}

export const idOf = (row: number): string => `t10k-${`${row}`.padStart(5, "0")}`;

function distanceOf(code: string, other: string): number {
  return Array.from(code).filter((bit, i) => bit !== other[i]).length;
}

/** A centre a class; every item differs from one, mostly its own, in few bits. */
function madeCodes(bits: number, classes: Uint8Array): string[] {
  const random = new Random(bits);
  const mistakes = new Random(1); // the same for both models
  const centres = CLASSES.map(() => Array.from({ length: bits }, () => random.integer(2)));
  return Array.from(classes, label => {
    const centre = centres[mistakes.uniform() < 0.1 ? mistakes.integer(CLASSES.length) : label];
    const share = 0.15 * random.uniform() ** 2;
    return centre.map(bit => (random.uniform() < share ? 1 - bit : bit)).join("");
  });
}
