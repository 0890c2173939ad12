// A small service of known codes: pictures of one colour each, a linear network, a random head.
import sharp from "sharp";
import { openEngine } from "../../src/compute/engine.js";
import { Random } from "../../src/core/random.js";
import type { Dataset } from "../../src/datasets/dataset.js";
import type { RawImage } from "../../src/datasets/image-input.js";
import { openEmbedder } from "../../src/embedding/open-embedder.js";
import { initHead } from "../../src/hashing/head.js";
import type { Head } from "../../src/hashing/head-file.js";
import type { OpenedModel, OpenedSources } from "../../src/service/opened-sources.js";
import { DEFAULT_LIMITS, type ServiceLimits } from "../../src/service/service-limits.js";
import type { RunningService, StartOptions } from "../../src/service/start-service.js";
import { startService } from "../../src/service/start-service.js";
import { linearBackbone } from "../features/fake.js";

export const backbone = linearBackbone(6);

/** Colours by row, (count, 3). */
function colours(count: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: 3 * count }, () => random.integer(256));
}

/** Pictures of one colour each, in three classes. */
export function colourDataset(count: number, seed = 1): Dataset {
  const all = colours(count, seed);
  return {
    name: "colours",
    description: "made for a test",
    classNames: ["red", "green", "blue"],
    ids: Array.from({ length: count }, (_, row) => `colours/${row}`),
    labels: Int32Array.from({ length: count }, (_, row) => row % 3),
    contentHash: `colours ${count} ${seed}`,
    async image(row): Promise<RawImage> {
      const data = new Uint8Array(3 * 64);
      for (let at = 0; at < data.length; at++) data[at] = all[3 * row + (at % 3)];
      return { data, width: 8, height: 8, channels: 3 };
    },
  };
}

/** The picture of a row as a PNG file. */
export async function pngOf(dataset: Dataset, row: number): Promise<Buffer> {
  const { data, width, height, channels } = (await dataset.image(row)) as RawImage;
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

export function head(bits: number, seed: number): Head {
  const config = { inputDim: 6, hidden: [], bits, dropout: 0 };
  return { config, parameters: initHead(config, new Random(seed)), beta: 2 };
}

/** A model with codes and features of all pictures. */
export async function openedModel(dataset: Dataset, bits: number, seed: number): Promise<OpenedModel> {
  const model = head(bits, seed);
  const embedder = await openEmbedder({ backbone, model }, { engine: await openEngine({ engine: "cpu", threads: 1 }) });
  const images = await Promise.all(dataset.ids.map((_, row) => dataset.image(row)));
  const { features, codes } = await embedder.embedAll(images);
  await embedder.close();
  return { id: `own-${bits}`, title: `own, ${bits} bits`, method: "own", backbone, model, codes: codes!, features };
}

export const BITS = [21, 33] as const;

/** Two models of one network. */
export async function testSources(dataset: Dataset = colourDataset(90)): Promise<OpenedSources> {
  const models = [await openedModel(dataset, BITS[0], 5), await openedModel(dataset, BITS[1], 6)];
  return { items: dataset, failed: [], models, notes: [] };
}

/** A service that listens at a free port of this machine. */
export async function startTestService(
  options: Partial<Omit<StartOptions, "limits">> & { readonly limits?: Partial<ServiceLimits> } = {},
): Promise<RunningService & { readonly lines: string[] }> {
  const lines: string[] = [];
  const { limits, ...rest } = options;
  const service = await startService({
    open: () => testSources(),
    threads: 1,
    host: "127.0.0.1",
    port: 0,
    log: line => lines.push(line),
    ...rest,
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  return { ...service, lines };
}
