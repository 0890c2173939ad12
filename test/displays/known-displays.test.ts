import * as tf from "@tensorflow/tfjs";
import { DataFrame, Series } from "danfojs-node";
import { JSDOM } from "jsdom";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { displayOf } from "../../src/core/display.js";
import type { MimeBundle } from "../../src/core/mime-bundle.js";
import { registerKnownDisplays } from "../../src/displays/known-displays.js";
import { plotlyType } from "../../src/notebook/figure-bundle.js";
import { linesFigure } from "../../src/plots/lines.js";

beforeAll(registerKnownDisplays);

const shown = async (value: unknown): Promise<MimeBundle> => (await displayOf(value)).data;
const plain = async (value: unknown): Promise<unknown> => (await shown(value))["text/plain"];

describe("figures", () => {
  it("are live, with a static picture", async () => {
    const figure = linesFigure([{ name: "a", x: [1, 2], y: [3, 4] }], { xAxis: "x", yAxis: "y", title: "Two points" });
    const data = await shown(figure);
    expect(Object.keys(data)).toEqual([plotlyType, "image/svg+xml", "text/plain"]);
    expect(data[plotlyType]).toMatchObject({ data: [{ y: [3, 4] }] });
    expect(data["text/plain"]).toBe("[Two points]");
  });

  it("are those written by hand too, typed arrays among them", async () => {
    const scattered = await shown({ data: [{ y: Float32Array.of(1, 2) }], layout: {} });
    expect(scattered[plotlyType]).toMatchObject({ data: [{ y: [1, 2] }] });
    const values = { data: [1, 2], layout: {} };
    expect((await shown(values))[plotlyType]).toBeUndefined();
  });
});

describe("tables", () => {
  const rows = [
    { name: "<a>", n: 1 },
    { name: "b", n: 2.5 },
  ];
  it("are arrays of rows and DataFrames, alike", async () => {
    const data = await shown(rows);
    expect(data["text/plain"]).toBe("name    n\n<a>   1.0\nb     2.5");
    expect(data["text/html"]).toContain("&lt;a&gt;");
    expect(await shown(new DataFrame(rows))).toEqual(data);
  });

  it("have the names of rows where these say something", async () => {
    expect(await plain(new Series([0.5, 1], { index: ["mean", "max"] }))).toBe("        0\nmean  0.5\nmax   1.0");
    expect(await plain(new DataFrame([{ a: 1 }, { a: 2 }]).describe())).toContain("count");
  });

  it("are cut in both directions", async () => {
    const wide = Array.from({ length: 1000 }, () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, i])));
    const data = await shown(wide);
    expect(data["text/plain"]).toContain("and 980 more rows and 70 more columns");
    expect(String(data["text/html"]).match(/<tr>/g)).toHaveLength(21);
    expect(await plain(new DataFrame(wide))).toBe(data["text/plain"]);
  });

  it("are no lists of other things", async () => {
    for (const value of [[], [1, 2], [{}], [{ a: { b: 1 } }], [null], ["a"]]) {
      expect(Object.keys(await shown(value))).toEqual(["text/plain"]);
    }
  });
});

describe("arrays", () => {
  it("say type, size, range and mean, and show the ends", async () => {
    const long = Float32Array.from({ length: 10_000 }, (_, i) => i / 8);
    expect(await plain(long)).toBe(
      "float32 10,000, 39.1 KiB; 0 to 1250, mean 624.9\n[0, 0.125, 0.25, …, 1250, 1250, 1250]",
    );
    expect(await plain(Int32Array.of(1, 2, 3))).toBe("Int32Array(3) [ 1, 2, 3 ]");
    expect(await plain(new BigInt64Array(20).fill(7n))).toContain("bigint64 20, 160 bytes; 7 to 7, mean 7");
    expect(await plain(new Float64Array(20).fill(Number.NaN))).toContain("; 20 NaN");
  });

  it("with a shape show its corners, as NumPy does", async () => {
    const matrix = { data: Int8Array.from({ length: 9 * 10 }, (_, i) => i), shape: [9, 10] };
    expect(await plain(matrix)).toBe(
      [
        "int8 9 × 10, 90 bytes; 0 to 89, mean 44.5",
        "[[0, 1, 2, …, 7, 8, 9],",
        " [10, 11, 12, …, 17, 18, 19],",
        " [20, 21, 22, …, 27, 28, 29],",
        " …,",
        " [60, 61, 62, …, 67, 68, 69],",
        " [70, 71, 72, …, 77, 78, 79],",
        " [80, 81, 82, …, 87, 88, 89]]",
      ].join("\n"),
    );
    expect(await plain({ data: Float32Array.of(2.5), shape: [] })).toBe(
      "float32 scalar, 4 bytes; 2.5 to 2.5, mean 2.5\n2.5",
    );
    expect(await plain({ data: new Float32Array(0), shape: [0, 3] })).toBe("float32 0 × 3, 0 bytes");
    expect(await plain({ data: Float32Array.of(1, 2), shape: [3] })).toContain("Float32Array(2)"); // no such shape
  });
});

describe("what other libraries make", () => {
  it("tensors show their values, or say why not", async () => {
    await tf.setBackend("cpu");
    const tensor = tf.tensor2d([1, 2.5, 3, 4], [2, 2]);
    expect(await plain(tensor)).toBe(
      "Tensor of float32, (2, 2): float32 2 × 2, 16 bytes; 1 to 4, mean 2.625\n[[1, 2.5],\n [3, 4]]",
    );
    tensor.dispose();
    expect(await plain(tensor)).toBe("Tensor of float32, (2, 2), disposed");
    expect(await plain(tf.scalar("text"))).toBe("Tensor of string, ()");
  });

  it("elements of pages show themselves", async () => {
    const { document } = new JSDOM("<svg><circle r='3'/></svg>").window;
    expect(await shown(document.querySelector("svg"))).toEqual({
      "text/html": '<svg><circle r="3"></circle></svg>',
      "text/plain": "[<svg>]",
    });
  });
});

describe("images", () => {
  const raw = { data: new Uint8Array(28 * 20).fill(99), width: 28, height: 20, channels: 1 };

  it("are files of PNG and JPEG, as they are", async () => {
    const picture = sharp(raw.data, { raw: { width: 28, height: 20, channels: 1 } });
    const png = new Uint8Array(await picture.clone().png().toBuffer());
    expect(await shown(png)).toEqual({ "image/png": Buffer.from(png).toString("base64"), "text/plain": "[image]" });
    expect(Object.keys(await shown(await picture.jpeg().toBuffer()))).toEqual(["image/jpeg", "text/plain"]);
  });

  it("are pixels: tiny ones large enough to be seen, huge ones small enough to be kept", async () => {
    const sizeOf = async (image: typeof raw): Promise<unknown> => {
      const { width, height } = await sharp(
        Buffer.from(String((await shown(image))["image/png"]), "base64"),
      ).metadata();
      return [width, height];
    };
    expect(await sizeOf(raw)).toEqual([112, 80]);
    expect(await sizeOf({ data: new Uint8Array(3000 * 1500), width: 3000, height: 1500, channels: 1 })).toEqual([
      1024, 512,
    ]);
    expect(await plain(raw)).toBe("[image, 28 × 20 pixels, 1 channels]");
  });
});
