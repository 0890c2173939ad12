import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectedTensors } from "../../src/backbone/architecture.js";
import { resnet } from "../../src/backbone/resnet.js";
import { readNpy, writeNpy } from "../../src/core/npy.js";
import { Random } from "../../src/core/random.js";
import { writeSafetensors } from "../../src/core/safetensors.js";

const CLI = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
let folder: string;
const file = (...parts: string[]): string => join(folder, ...parts);

function hashbook(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** A ResNet-18 of seeded weights, in the scale that keeps activations finite. */
async function writeResNet18(): Promise<void> {
  const random = new Random(2);
  const tensors = Object.fromEntries(
    [...expectedTensors(resnet(18))].map(([name, shape]) => {
      const size = shape.reduce((product, side) => product * side, 1);
      if (shape.length === 4) {
        const deviation = Math.sqrt(2 / (shape[1] * shape[2] * shape[3]));
        return [name, { data: random.normals(size, deviation), shape }];
      }
      const value = name.endsWith(".weight") || name.endsWith("running_var") ? 1 : 0;
      return [name, { data: new Float32Array(size).fill(value), shape }];
    }),
  );
  await writeSafetensors(file("resnet18.safetensors"), tensors);
}

async function drawPictures(): Promise<void> {
  const random = new Random(3);
  for (const [label, colour] of [
    ["blue", [30, 60, 200]],
    ["red", [200, 60, 30]],
  ] as const) {
    await mkdir(file("pictures", label), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => colour[at % 3] + random.integer(55));
      const picture = sharp(data, { raw: { width: 64, height: 64, channels: 3 } });
      await picture.png().toFile(file("pictures", label, `${i}.png`));
    }
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-fine-tune-"));
  await writeResNet18();
  await drawPictures();
  await hashbook("--version"); // builds lib/ when it is stale
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it("trains the last stage and the head; extract, encode and search go on with what it wrote", async () => {
  const weights = ["--weights", file("resnet18.safetensors")];
  const dataset = ["--dataset", file("pictures"), "--backbone", "resnet18", "--engine", "cpu"];
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await hashbook(...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  await run("extract", ...dataset, ...weights, "--out", file("f"));
  await run("extract", ...dataset, ...weights, "--layer", "layer3", "--out", file("f3"));
  const labels = ["--labels", file("f", "labels.npy")];
  const how = ["--method", "dch", "--bits", "8", "--epochs", "3", "--batch", "12", "--out", file("model")];
  await run("train", "--features", file("f", "features.npy"), ...labels, ...how);
  const tune = ["fine-tune", "--model", file("model"), ...labels, ...weights, "--engine", "cpu"];
  const steps = ["--epochs", "6", "--batch", "12", "--learning-rate", "0.00001", "--out", file("tuned"), "--json"];
  const report = JSON.parse(await run(...tune, "--features", file("f3", "features.npy"), ...steps));
  expect(report.steps).toBe(6);
  expect(report.lastLoss).toBeLessThan(report.firstLoss);

  const tuned = ["--weights", file("tuned", "backbone.safetensors")];
  await run("extract", ...dataset, ...tuned, "--out", file("f-tuned"));
  const before = await readNpy(file("f", "features.npy"));
  const after = await readNpy(file("f-tuned", "features.npy"));
  expect(after.shape).toEqual([12, 512]);
  expect(after.data).not.toEqual(before.data);
  const encode = ["encode", "--model", file("tuned"), "--features", file("f-tuned", "features.npy")];
  await run(...encode, "--out", file("codes.npy"));
  const query = ["--query", file("pictures", "red", "2.png"), "--top", "1", "--engine", "cpu", "--json"];
  const search = ["search", "--model", file("tuned"), "--database", file("codes.npy"), ...query];
  expect(JSON.parse(await run(...search, ...tuned)).results[0].nearest[0].distance).toBe(0);

  const noted = JSON.parse(await readFile(file("tuned", "head.json"), "utf8"));
  // What head and stage have seen goes with the weights, and with features made by them.
  const manifest = JSON.parse(await readFile(file("f-tuned", "manifest.json"), "utf8"));
  expect(noted.seen).toEqual([expect.objectContaining({ as: "trained", count: 12 })]); // the same rows twice
  expect([manifest.seen, noted.features.seen]).toEqual([noted.seen, noted.seen]);
  expect(noted).toMatchObject({ fineTuning: { epochs: 6, batch: 12 }, features: { backbone: "resnet18" } });

  // what `train --fold` left out stays out: two of four products, six of the twelve images
  const products = ["--labels", file("products.npy")];
  await writeNpy(file("products.npy"), { data: Int32Array.from({ length: 12 }, (_, row) => row % 4), shape: [12] });
  await run(
    "train",
    "--features",
    file("f", "features.npy"),
    ...products,
    ...how.slice(0, -1),
    file("part"),
    "--fold",
    "1/2",
  );
  const partly = [...tune, "--features", file("f3", "features.npy"), "--epochs", "2", "--batch", "3"];
  partly.splice(partly.indexOf(file("model")), 1, file("part"));
  partly.splice(partly.indexOf("--labels"), 2, ...products);
  expect(JSON.parse(await run(...partly, "--out", file("part-tuned"), "--json")).steps).toBe(4);
  const left = JSON.parse(await readFile(file("part-tuned", "head.json"), "utf8")).fold;
  expect(left).toEqual({ fold: 1, of: 2, seed: 0 });

  const wrong = await hashbook(...tune, "--features", file("f", "features.npy"), ...steps);
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/features\.npy.*--layer layer3.*layer pool/s)]);
  const mixed = await hashbook(
    "encode",
    "--model",
    file("tuned"),
    "--features",
    file("f", "features.npy"),
    "--out",
    file("x"),
  );
  expect([mixed.code, mixed.stderr]).toEqual([1, expect.stringMatching(/another way.*weightsHash/)]);
  const other = await hashbook(...search, ...weights);
  expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/other weights/)]);

  const long = [...tune, "--features", file("f3", "features.npy"), "--epochs", "100000", "--out", file("ended")];
  const stopped = spawn(process.execPath, [CLI, ...long]);
  let said = "";
  stopped.stderr.on("data", text => {
    said += text;
    if (!stopped.killed && said.includes("fine-tuning")) stopped.kill("SIGINT");
  });
  expect(await new Promise(resolve => stopped.once("close", resolve)), said).toBe(130);
  expect(said).toContain("hashbook: interrupted by SIGINT; nothing of it is kept, and the same command begins anew\n");
  expect(existsSync(file("ended"))).toBe(false);
}, 120_000);
