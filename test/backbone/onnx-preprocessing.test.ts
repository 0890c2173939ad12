// How an ONNX file wants its images: who says it, and in which order they are listened to.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import onnxProto from "onnx-proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { extractToFolder } from "../../src/features/extract.js";
import { greyDataset } from "../features/fake.js";

const { onnx } = onnxProto;
const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "onnx");
let folder: string;
const file = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-onnx-preprocessing-"));
  for (const [from, to] of [
    ["default.onnx", "fixed.onnx"],
    ["free.onnx", "free.onnx"],
    ["default.onnx.data", "default.onnx.data"],
  ]) {
    await cp(join(goldens, from), file(to));
  }
});
afterEach(() => rm(folder, { recursive: true }));

const USUAL = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], interpolation: "bilinear" };
/** As timm has it for vit_small_patch16_224.augreg_in21k_ft_in1k, size and all. */
const TIMM = {
  architecture: "vit_small",
  pretrained_cfg: {
    tag: "augreg",
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    input_size: [3, 24, 24],
    crop_pct: 0.9,
    interpolation: "bicubic",
    crop_mode: "center",
    pool_size: null,
  },
};
const SAID = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], crop: 24, resize: 26, interpolation: "bicubic" };

async function write(name: string, value: unknown): Promise<void> {
  await writeFile(file(name), typeof value === "string" ? value : JSON.stringify(value));
}

async function writeMetadata(from: string, entries: Record<string, string>): Promise<void> {
  const model = onnx.ModelProto.decode(await readFile(file(from)));
  // A model that takes images of any size, as far as it says.
  if (from === "free.onnx") {
    const { dim } = model.graph!.input![0].type!.tensorType!.shape!;
    for (const axis of [2, 3]) dim![axis] = { dimParam: "side" };
  }
  model.metadataProps = Object.entries(entries).map(([key, value]) => ({ key, value }));
  await writeFile(file(from), onnx.ModelProto.encode(model).finish());
}

describe("how an ONNX file wants its images", () => {
  it("is assumed where nobody says it, which is told and noted", async () => {
    const { preprocessing, assumptions } = await openBackbone(file("fixed.onnx"));
    expect(preprocessing).toEqual({ ...USUAL, crop: 24, resize: 27 });
    expect(assumptions).toHaveLength(1);
    expect(assumptions![0]).toMatch(
      /nothing says how fixed\.onnx wants its images: assumed ImageNet's mean, ImageNet's standard deviation, bilinear interpolation, the middle 224 of 256/,
    );
    const free = await openBackbone(file("free.onnx"), { preprocessing: { size: 24 } });
    expect(free.preprocessing).toEqual({ ...USUAL, crop: 24, resize: 27 });
    const { manifest } = await extractToFolder(greyDataset(3), free, { folder: file("data") });
    expect(manifest.run?.assumptions).toEqual(free.assumptions);
    expect(free.assumptions![0]).not.toContain("pixels a side");
  });

  it.each(["fixed.json", "fixed.onnx.json", "config.json"])("is what timm says, in %s", async name => {
    await write(name, TIMM);
    const { preprocessing, assumptions } = await openBackbone(file("fixed.onnx"));
    expect([preprocessing, assumptions]).toEqual([SAID, []]);
    await write(name, TIMM.pretrained_cfg);
    expect((await openBackbone(file("fixed.onnx"))).preprocessing).toEqual(SAID);
  });

  it("is what its metadata says, in one entry or one each", async () => {
    await writeMetadata("fixed.onnx", { pretrained_cfg: JSON.stringify(TIMM.pretrained_cfg) });
    expect(await openBackbone(file("fixed.onnx"))).toMatchObject({ preprocessing: SAID, assumptions: [] });
    const each = { mean: "0.5, 0.5,0.5", std: "[0.5,0.5,0.5]", crop_pct: "0.9", interpolation: "bicubic", author: "x" };
    await writeMetadata("fixed.onnx", each);
    expect(await openBackbone(file("fixed.onnx"))).toMatchObject({ preprocessing: SAID, assumptions: [] });
  });

  it("is what the options say, before the file beside it, before the metadata, setting by setting", async () => {
    await writeMetadata("free.onnx", {
      mean: "[0.1,0.1,0.1]",
      std: "[1,1,1]",
      interpolation: "bicubic",
      input_size: "[3,24,24]",
    });
    await write("free.json", { mean: [0.2, 0.2, 0.2], std: [2, 2, 2], crop_mode: "squash" });
    const { preprocessing, assumptions } = await openBackbone(file("free.onnx"), {
      preprocessing: { mean: [0.3, 0.3, 0.3], cropShare: 1, truncated: "accept" },
    });
    expect(preprocessing).toEqual({
      mean: [0.3, 0.3, 0.3],
      std: [2, 2, 2],
      interpolation: "bicubic",
      crop: 24,
      resize: 24,
      cropMode: "squash",
      truncated: "accept",
    });
    expect(assumptions).toEqual([]);
  });

  it("does not take other files for it, and refuses what it cannot follow, by file and value", async () => {
    await write("config.json", { model_type: "bert", hidden_size: 8 });
    expect((await openBackbone(file("fixed.onnx"))).assumptions).toHaveLength(1);
    const refusals: [string, unknown, RegExp][] = [
      ["fixed.json", "{", /fixed\.json: this is no JSON/],
      [
        "fixed.json",
        { interpolation: "lanczos" },
        /fixed\.json: .*"interpolation" cannot be this; expected one of "bilinear", "bicubic"; found "lanczos"/,
      ],
      ["fixed.json", { crop_mode: "border" }, /"cropMode" cannot be this.*found "border"/],
      ["fixed.json", { std: [1, 0, 1] }, /"std.*above 0/],
      ["fixed.json", { mean: [1, 2] }, /"mean" cannot be this/],
      ["fixed.json", { input_size: [1, 24, 24] }, /images of another form.*found \[1,24,24\]/],
      ["fixed.json", { input_size: [3, 24, 48] }, /images of another form/],
      ["fixed.json", { crop_pct: 1.5 }, /at most 1/],
    ];
    for (const [name, value, message] of refusals) {
      await write(name, value);
      await expect(openBackbone(file("fixed.onnx"))).rejects.toThrow(message);
    }
    // What the caller knows better is not read there.
    await write("fixed.json", { interpolation: "lanczos" });
    const { preprocessing } = await openBackbone(file("fixed.onnx"), { preprocessing: { interpolation: "bicubic" } });
    expect(preprocessing.interpolation).toBe("bicubic");
    const size = openBackbone(file("fixed.onnx"), { preprocessing: { size: 32 } });
    await expect(size).rejects.toThrow(/images of one size; expected 24 pixels a side; found 32/);
    const typo = openBackbone(file("fixed.onnx"), { preprocessing: { crop_pct: 1 } as never });
    await expect(typo).rejects.toThrow(/there is no option "preprocessing.crop_pct"/);
  });

  it("can be said of the networks known by name too", async () => {
    const known = await openBackbone("efficientnet-lite0");
    expect(known.preprocessing).toMatchObject({ crop: 224, resize: 256, interpolation: "bicubic" });
    const other = await openBackbone("efficientnet-lite0", { preprocessing: { size: 280, mean: [0, 0, 0] } });
    expect(other.preprocessing).toEqual({ ...known.preprocessing, crop: 280, resize: 320, mean: [0, 0, 0] });
  });
});
