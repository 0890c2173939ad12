import { describe, expect, it, vi } from "vitest";
import type { ImageInput } from "../../src/datasets/image-input.js";
import { preprocess } from "../../src/images/preprocess.js";
import { preprocessedBatches } from "../../src/images/preprocessed-batches.js";

const PREPROCESSING = {
  resize: 6,
  crop: 5,
  interpolation: "bilinear",
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.3, 0.4],
} as const;

/** Images that differ, and note when each is asked for; the first of a batch take longest. */
function noisyDataset(count: number, bad: readonly number[] = []) {
  const asked: number[] = [];
  let open = 0;
  const seen = { mostOpen: 0 };
  return {
    asked,
    seen,
    ids: Array.from({ length: count }, (_, i) => `item-${i}`),
    async image(row: number): Promise<ImageInput> {
      asked.push(row);
      seen.mostOpen = Math.max(seen.mostOpen, ++open);
      await new Promise(resolve => setTimeout(resolve, row % 4 === 0 ? 12 : 1));
      open--;
      if (bad.includes(row)) return new Uint8Array(0);
      const data = Uint8Array.from({ length: 16 }, (_, i) => (row * 31 + i * 7) % 256);
      return { data, width: 4, height: 4, channels: 1 };
    },
  };
}

describe("preprocessedBatches", () => {
  it("gives all rows in order, each as preprocess gives it", async () => {
    const dataset = noisyDataset(23);
    const rows = Int32Array.from({ length: 23 }, (_, i) => (i * 7) % 23);
    const seen: number[] = [];
    const sizes: number[] = [];
    for await (const batch of preprocessedBatches(dataset, rows, PREPROCESSING, { batchSize: 5 })) {
      sizes.push(batch.rows.length);
      for (const [i, row] of batch.rows.entries()) {
        seen.push(row);
        const expected = await preprocess(await dataset.image(row), PREPROCESSING);
        expect(batch.data.subarray(i * 75, (i + 1) * 75)).toEqual(expected);
      }
    }
    expect(seen).toEqual(Array.from(rows));
    expect(sizes).toEqual([5, 5, 5, 5, 3]);
  });

  it.each([
    [1, 5, [1, 5, 5, 5, 5, 2]],
    [3, 5, [3, 5, 5, 5, 5]],
    [4, 30, [4, 19]],
  ])("begins with a batch of %d of %d, where asked to", async (firstSize, batchSize, expected) => {
    const sizes: number[] = [];
    const rows: number[] = [];
    const all = Int32Array.from({ length: 23 }, (_, row) => row);
    for await (const batch of preprocessedBatches(noisyDataset(23), all, PREPROCESSING, { batchSize, firstSize })) {
      sizes.push(batch.rows.length);
      rows.push(...batch.rows);
    }
    expect(sizes).toEqual(expected);
    expect(rows).toEqual([...all]);
  });

  it("decodes ahead, but no further than asked, and few at a time", async () => {
    for (const ahead of [0, 1, 3]) {
      const dataset = noisyDataset(60);
      const batches = preprocessedBatches(dataset, [...dataset.ids.keys()], PREPROCESSING, { batchSize: 5, ahead });
      await batches.next();
      await vi.waitFor(() => expect(dataset.asked.length).toBeGreaterThanOrEqual(5 * (1 + ahead)), 60_000);
      await new Promise(resolve => setTimeout(resolve, 50)); // time to run too far
      expect(dataset.asked.length).toBe(5 * (1 + ahead));
      expect(dataset.seen.mostOpen).toBeLessThanOrEqual(6);
      expect(dataset.seen.mostOpen).toBeGreaterThan(1);
      await batches.return();
    }
  });

  it("stops decoding when the consumer stops", async () => {
    const dataset = noisyDataset(200);
    for await (const batch of preprocessedBatches(dataset, [...dataset.ids.keys()], PREPROCESSING, { batchSize: 40 })) {
      expect(batch.rows.length).toBe(40);
      break;
    }
    const asked = dataset.asked.length;
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(dataset.asked.length).toBe(asked);
    expect(asked).toBeLessThan(120);
  });

  it("hands out what comes before a bad image, then names it, and leaves nothing running", async () => {
    const dataset = noisyDataset(40, [13, 22]);
    const seen: number[] = [];
    const all = async (): Promise<void> => {
      for await (const batch of preprocessedBatches(dataset, [...dataset.ids.keys()], PREPROCESSING, {
        batchSize: 4,
      })) {
        seen.push(...batch.rows);
      }
    };
    await expect(all()).rejects.toThrow("item-13: this image is empty");
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i));
    const asked = dataset.asked.length;
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(dataset.asked.length).toBe(asked);
  });

  it("has nothing to give for no rows, and refuses batches of 0", async () => {
    const dataset = noisyDataset(1);
    expect((await preprocessedBatches(dataset, [], PREPROCESSING).next()).done).toBe(true);
    await expect(preprocessedBatches(dataset, [0], PREPROCESSING, { batchSize: 0 }).next()).rejects.toThrow(
      "batchSize 0",
    );
  });
});
