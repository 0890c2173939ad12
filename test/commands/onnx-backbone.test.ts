// A network that PyTorch exported, weights beside it, from pictures to an exported model, as people type it.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as ort from "../../src/compute/onnxruntime.js";
import { readNpy } from "../../src/core/npy.js";
import { readDataFolder } from "../../src/features/data-folder.js";
import { decodeImage } from "../../src/images/decode.js";

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, "..", "..", "bin", "hashbook.js");
let folder: string;
const file = (name: string): string => join(folder, name);

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function hashbook(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

async function done(...args: string[]): Promise<Outcome> {
  const outcome = await hashbook(...args);
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hashbook-onnx-command-"));
  await cp(join(here, "..", "goldens", "onnx"), file("net"), { recursive: true });
  for (const [c, name] of ["dark", "light"].entries()) {
    await mkdir(file(`pictures/${name}`), { recursive: true });
    for (let i = 0; i < 12; i++) {
      // 24 × 24: nothing is resized, so the picture is what the exported model takes.
      const data = Buffer.from(Uint8Array.from({ length: 24 * 24 * 3 }, (_, k) => 90 * c + ((k * (7 + i)) % 120)));
      await sharp(data, { raw: { width: 24, height: 24, channels: 3 } })
        .png()
        .toFile(file(`pictures/${name}/${i}.png`));
    }
  }
  await done("--version");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAID = ["--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25", "--crop-share", "1", "--interpolation", "bicubic"];

describe("an ONNX backbone on the command line", () => {
  it("goes from pictures to one exported file, with the codes of encode", async () => {
    const net = file("net/default.onnx");
    const extract = ["extract", "--dataset", file("pictures"), "--backbone", net];
    const { stderr } = await done(...extract, "--out", file("assumed"));
    expect(stderr).toMatch(/assumed: nothing says how default\.onnx wants its images/);
    expect((await done(...extract, ...SAID, "--out", file("data"))).stderr).not.toContain("assumed");
    const { manifest } = await readDataFolder(file("data"));
    expect(manifest.preprocessing).toEqual({
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      resize: 24,
      crop: 24,
      interpolation: "bicubic",
    });
    const train = ["--method", "dch", "--bits", "16", "--epochs", "2", "--batch", "8", "--out", file("model")];
    await done("train", "--data", file("data"), ...train);
    await done("encode", "--model", file("model"), "--data", file("data"), "--out", file("codes.npy"));
    const other = await hashbook("encode", "--model", file("model"), "--data", file("assumed"), "--out", file("x.npy"));
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("made in another way") });
    const exported = await done("export", "--model", file("model"), "--backbone", net, "--out", file("all.onnx"));
    expect(exported.stdout).toMatch(/16 bits, .* MB; checked on noise/);
    const session = await ort.InferenceSession.create(await readFile(file("all.onnx")), { logSeverityLevel: 3 });
    const { ids } = await readDataFolder(file("data"));
    const { data: codes } = await readNpy(file("codes.npy"));
    for (const [row, id] of ids.entries()) {
      const { data } = await decodeImage(file(`pictures/${id}`));
      const { code } = await session.run({
        pixels: new ort.Tensor("float32", Float32Array.from(data), [1, 24, 24, 3]),
      });
      expect(Array.from(code.data as Float32Array), id).toEqual(
        Array.from((codes as Int8Array).subarray(16 * row, 16 * row + 16)),
      );
    }
    await session.release();
    const query = ["--query", file("pictures/light/3.png"), "--backbone", net, "--top", "1", "--json"];
    const search = ["search", "--model", file("model"), "--database", file("codes.npy"), ...query];
    expect(JSON.parse((await done(...search)).stdout).results[0].nearest[0].distance).toBe(0);
  }, 240_000);

  it("refuses settings that are none, before anything is read", async () => {
    const extract = ["extract", "--dataset", file("nowhere"), "--backbone", file("net/free.onnx"), "--out", file("no")];
    for (const [flag, value, message] of [
      ["--mean", "0.5,0.5", "at least 3 and at most 3"],
      ["--std", "1,0,1", "above 0"],
      ["--size", "7", "at least 8"],
      ["--crop-share", "1.2", "at most 1"],
      ["--interpolation", "lanczos", '"bilinear", "bicubic"'],
      ["--crop-mode", "border", '"center", "squash"'],
    ]) {
      expect(await hashbook(...extract, flag, value)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(message),
      });
    }
    await writeFile(file("net/free.json"), '{"mean": "grey"}');
    const wrong = await hashbook(
      "extract",
      "--dataset",
      file("pictures"),
      "--backbone",
      file("net/free.onnx"),
      "--out",
      file("no"),
    );
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("free.json") });
    await expect(stat(file("no"))).rejects.toThrow(/ENOENT/);
  }, 120_000);
});
