import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../src/compute/engine.js";
import type { Engine } from "../../src/compute/program.js";
import { Random } from "../../src/core/random.js";
import type { ImageInput } from "../../src/datasets/image-input.js";
import { openEmbedder } from "../../src/embedding/open-embedder.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import { saveHead } from "../../src/hashing/head-file.js";
import { expectedFeature, greyDataset, linearBackbone } from "../features/fake.js";

const backbone = linearBackbone(5);
const config = { inputDim: 5, hidden: [], bits: 11, dropout: 0 };
const head: Head = { config, parameters: initHead(config, new Random(4)), beta: 2 };
const dataset = greyDataset(50);

/** An engine that counts what it compiles. */
let engine: Engine;
let compiled = 0;
beforeAll(async () => {
  const cpu = await openEngine({ engine: "cpu", threads: 1 });
  engine = {
    ...cpu,
    prepare: definition => {
      compiled++;
      return cpu.prepare(definition);
    },
  };
});

/** Bytes of a code by the formula: bit j is the sign of row j of the hash layer with a feature. */
function expectedCode(feature: readonly number[]): number[] {
  const { "hash.weight": weight, "hash.bias": bias } = head.parameters;
  const bytes = [0, 0];
  for (let bit = 0; bit < 11; bit++) {
    const z = feature.reduce((sum, value, d) => sum + value * weight.data[bit * 5 + d], bias.data[bit]);
    if (z >= 0) bytes[bit >> 3] |= 0x80 >> (bit & 7);
  }
  return bytes;
}

const images = (count: number): Promise<ImageInput[]> =>
  Promise.all(Array.from({ length: count }, (_, row) => dataset.image(row + 1)));

describe("openEmbedder", () => {
  it("gives feature and code of each image, one or many, and compiles for one and for a batch, once", async () => {
    compiled = 0;
    const embedder = await openEmbedder({ backbone, model: head }, { engine, batchSize: 8 });
    expect([embedder.dim, embedder.bits, compiled]).toEqual([5, 11, 0]);
    const all = await images(21);
    const { features, codes } = await embedder.embedAll(all);
    expect([features.shape, codes?.count, codes?.bits]).toEqual([[21, 5], 21, 11]);
    const streamed: unknown[] = [];
    for await (const { feature, code } of embedder.embedStream(all.values())) streamed.push([feature, code]);
    for (const [row, image] of all.entries()) {
      const { feature, code } = await embedder.embed(image);
      const expected = expectedFeature(backbone, row + 1);
      for (let d = 0; d < 5; d++) expect(feature[d]).toBeCloseTo(expected[d], 5);
      expect([...code!.data]).toEqual(expectedCode(expected));
      expect([code!.count, code!.bits, code!.bytesPerCode]).toEqual([1, 11, 2]);
      expect(codes!.data.slice(2 * row, 2 * row + 2)).toEqual(code!.data);
      expect(streamed[row]).toEqual([features.data.slice(5 * row, 5 * row + 5), code]);
    }
    expect(compiled).toBe(4); // network and head, each for 1 and for 8 images
    await embedder.close();
    await expect(embedder.embed(all[0])).rejects.toThrow(/closed/);
  });

  it("asked by many at once, compiles once and answers each", async () => {
    compiled = 0;
    const embedder = await openEmbedder({ backbone, model: head }, { engine });
    const all = await images(9);
    const found = await Promise.all(all.map(image => embedder.embed(image)));
    expect(found.map(({ code }) => [...code!.data])).toEqual(
      found.map((_, row) => expectedCode(expectedFeature(backbone, row + 1))),
    );
    expect(compiled).toBe(2);
    await embedder.close();
  });

  it("without a head, or with one that gives no codes, gives features only", async () => {
    for (const source of [backbone, { backbone, model: { ...head, output: "embedding" as const } }]) {
      const embedder = await openEmbedder(source, { engine });
      expect(embedder.bits).toBeUndefined();
      expect(await embedder.embed((await images(1))[0])).toEqual({ feature: expect.any(Float32Array) });
      expect(await embedder.embedAll([])).toEqual({ features: { data: new Float32Array(0), shape: [0, 5] } });
      await embedder.close();
    }
  });

  it("takes images as they come, decodes a batch ahead and not more, and stops with who asks", async () => {
    const embedder = await openEmbedder(backbone, { engine, batchSize: 4, threads: 1 });
    let [taken, most, given] = [0, 0, 0];
    let closed = false;
    async function* source() {
      try {
        for (let row = 0; ; row++) {
          taken++;
          most = Math.max(most, taken - given);
          yield dataset.image(row % 256);
        }
      } finally {
        closed = true;
      }
    }
    for await (const _ of embedder.embedStream(source())) if (++given === 24) break;
    expect(closed).toBe(true);
    expect(most).toBeLessThanOrEqual(2 * 4 + 1);
    await embedder.close();
  });

  it("names an image that cannot be decoded, and what does not go together", async () => {
    const embedder = await openEmbedder(backbone, { engine });
    await expect(embedder.embedAll([(await images(1))[0], new Uint8Array(3)])).rejects.toThrow(/image 1/);
    await embedder.close();
    const wide = { ...head, config: { ...config, inputDim: 6 } };
    await expect(openEmbedder({ backbone, model: wide }, { engine })).rejects.toThrow(
      /features of length 6.*5 from linear/,
    );
    await expect(openEmbedder(backbone, { engine, threads: 0 })).rejects.toThrow(/1 or more; found 0/);
    await expect(openEmbedder(backbone, { engine, batchSize: 0 })).rejects.toThrow(/1\.\.4096/);
  });

  it("closed while it embeds, finishes what has begun, lets programs go then, and refuses what comes", async () => {
    const order: string[] = [];
    let go = (): void => {};
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    const gated: Engine = {
      ...engine,
      async prepare(definition) {
        const program = await engine.prepare(definition);
        return {
          async run(inputs) {
            await gate;
            order.push("run");
            return program.run(inputs);
          },
          readState: () => program.readState(),
          async dispose() {
            order.push("dispose");
            await program.dispose();
          },
        };
      },
    };
    const embedder = await openEmbedder({ backbone, model: head }, { engine: gated, batchSize: 2 });
    const all = await images(5);
    const stream = embedder.embedStream(all);
    const refused = expect(stream.next()).rejects.toThrow(/this embedder is closed/); // it has not begun a batch
    const one = embedder.embed(all[0]);
    const closed = embedder.close();
    await expect(embedder.embed(all[1])).rejects.toThrow(/this embedder is closed/);
    go();
    await closed;
    expect([...(await one).code!.data]).toEqual(expectedCode(expectedFeature(backbone, 1)));
    await refused;
    expect(order).toEqual(["run", "run", "dispose", "dispose"]); // network and head of one image
  });

  it("ends when it is told to", async () => {
    const embedder = await openEmbedder(backbone, { engine, batchSize: 2 });
    const controller = new AbortController();
    const stream = embedder.embedStream(await images(9), { signal: controller.signal });
    await stream.next();
    controller.abort(new Error("enough"));
    await stream.next();
    await expect(stream.next()).rejects.toThrow("enough");
    await embedder.close();
  });
});

describe("of a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "hashbook-embedder-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("opens the head, and the backbone that is given", async () => {
    await saveHead(folder, head, {});
    const picture = join(folder, "grey.png");
    writeFileSync(
      picture,
      await sharp({ create: { width: 9, height: 9, channels: 3, background: "#404040" } })
        .png()
        .toBuffer(),
    );
    await expect(openEmbedder(folder, { engine })).rejects.toThrow(/does not say where the network is/);
    const embedder = await openEmbedder(folder, { engine, backbone });
    expect([...(await embedder.embed(picture)).code!.data]).toEqual(expectedCode(expectedFeature(backbone, 0x40)));
    await embedder.close();
  });
});
