import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hashOfFiles } from "../../src/core/file-hash.js";
import { headShapes } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { saveHead } from "../../src/hashing/head-file.js";
import { checkMadeBy, modelHash } from "../../src/hashing/model-hash.js";

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hashbook-model-hash-"));
});
afterAll(async () => rm(folder, { recursive: true }));

function headOf(value: number): Head {
  const config = { inputDim: 4, hidden: [3], bits: 2, dropout: 0 };
  const parameters = Object.fromEntries(
    Object.entries(headShapes(config)).map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
      return [name, { data, shape: [...shape] }];
    }),
  );
  return { config, parameters, beta: 1 };
}

it("a training done again that ends in the same weights is the same model, however long it took", async () => {
  await saveHead(at("first"), headOf(0.5), { seconds: 0.518 });
  await saveHead(at("again"), headOf(0.5), { seconds: 0.528, stoppedEarly: false });
  await saveHead(at("other"), headOf(0.25), { seconds: 0.518 });
  await saveHead(at("sharper"), { ...headOf(0.5), beta: 2 }, { seconds: 0.518 });
  const first = await modelHash(at("first"));
  expect(await modelHash(at("again"))).toBe(first);
  expect(await modelHash(at("other"))).not.toBe(first);
  expect(await modelHash(at("sharper"))).not.toBe(first);
  await checkMadeBy("codes.npy", first, at("again"));
  await expect(checkMadeBy("codes.npy", first, at("other"))).rejects.toThrow(
    `codes.npy: these codes are of another model; expected codes of the model in ${at("other")} (` +
      `${await modelHash(at("other"))}): encode again, with \`hashbook encode --model ${at("other")}\`; found ${first}`,
  );
});

it("codes from before that name the model by both of its files stay usable", async () => {
  await saveHead(at("old"), headOf(1), { seconds: 3 });
  const files = ["head.safetensors", "head.json"].map(name => join(at("old"), name));
  await checkMadeBy("codes.npy", await hashOfFiles(files), at("old"));
});
