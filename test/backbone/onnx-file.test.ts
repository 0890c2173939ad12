// What PyTorch exports (tools/make-onnx-goldens.py), with weights in the file and beside it.
import { cp, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import onnxProto from "onnx-proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOnnxFile } from "../../src/backbone/onnx-file.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { onnxEngine } from "../../src/compute/onnx-engine.js";

const { onnx } = onnxProto;
const goldens = join(dirname(fileURLToPath(import.meta.url)), "..", "goldens", "onnx");
const golden = JSON.parse(await readFile(join(goldens, "features.json"), "utf8")) as {
  images: number;
  side: number;
  features: number[][];
};
/** (images, side, side, 3), as the tool makes them. */
const images = Float32Array.from({ length: golden.images * golden.side ** 2 * 3 }, (_, i) => ((i * 37) % 101) / 50 - 1);

let folder: string;
const file = (name: string): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-onnx-file-"));
  await cp(goldens, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

describe("an ONNX file of PyTorch", () => {
  it.each(["default", "free", "opset11", "opset13", "opset17"])("%s.onnx gives PyTorch's features", async name => {
    const backbone = await openBackbone(file(`${name}.onnx`), { preprocessing: { size: golden.side } });
    expect(backbone.dim).toBe(32);
    const program = await backbone.prepare!(onnxEngine("cpu", { threads: 1 }));
    const { features } = await program.run({ images });
    await program.dispose();
    golden.features.flat().forEach((value, i) => void expect(features.data[i]).toBeCloseTo(value, 5));
  });

  it("has a hash of the weights beside it too", async () => {
    const { hash, model } = await readOnnxFile(file("default.onnx"));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(model.graph?.initializer?.every(({ externalData }) => !externalData?.length)).toBe(true);
    await cp(folder, `${folder}-copy`, { recursive: true });
    expect((await readOnnxFile(join(`${folder}-copy`, "default.onnx"))).hash).toBe(hash);
    await rm(`${folder}-copy`, { recursive: true });
    const data = await readFile(file("default.onnx.data"));
    data[1000] ^= 1;
    await writeFile(file("default.onnx.data"), data);
    expect((await readOnnxFile(file("default.onnx"))).hash).not.toBe(hash);
  });

  it("has the hash of earlier versions where it is one file", async () => {
    const { createHash } = await import("node:crypto");
    const bytes = await readFile(file("free.onnx"));
    expect((await readOnnxFile(file("free.onnx"))).hash).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("is refused when its weights are missing, cut short, or elsewhere", async () => {
    await rename(file("default.onnx.data"), file("moved.data"));
    await expect(openBackbone(file("default.onnx"))).rejects.toThrow(
      /default\.onnx: the weights of this model are not here; expected the file .*default\.onnx\.data, which was written beside it/,
    );
    await writeFile(file("default.onnx.data"), (await readFile(file("moved.data"))).subarray(0, 3000));
    await expect(openBackbone(file("default.onnx"))).rejects.toThrow(
      /default\.onnx\.data: the weights ".*" are cut short/,
    );
    const model = onnx.ModelProto.decode(await readFile(file("default.onnx")));
    for (const location of ["../default.onnx.data", "/etc/passwd", "a/../../x", ""]) {
      for (const tensor of model.graph?.initializer ?? []) {
        for (const entry of tensor.externalData ?? []) if (entry.key === "location") entry.value = location;
      }
      await writeFile(file("outside.onnx"), onnx.ModelProto.encode(model).finish());
      await expect(openBackbone(file("outside.onnx"))).rejects.toThrow(/cannot be where the model says/);
    }
  });
});
