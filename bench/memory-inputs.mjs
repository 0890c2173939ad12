// What the commands of memory.mjs read, made to measure: sparse files, small pictures, random codes.
import { closeSync, linkSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

const lib = name => import(new URL(`../lib/${name}.js`, import.meta.url).href);
const { encodeNpy, encodeNpyHeader } = await lib("core/npy");
const { Random } = await lib("core/random");
const { writeSafetensors } = await lib("core/safetensors");
const { expectedTensors } = await lib("backbone/architecture");
const { resnet } = await lib("backbone/resnet");
const { writeItems } = await lib("features/data-folder");
const { shardRows, writeFeatureManifest } = await lib("features/feature-manifest");
const { version } = await lib("core/version");

export const [DIM, BITS, TRAIN, QUERIES] = [1280, 48, 5000, 1000];
const CLASSES = 10;
const random = new Random(7);

/** A sparse float32 matrix, holes of which read as zeros and take no room on the disk; `rows` of it hold random numbers. */
export function sparseFeatures(file, count, rows = []) {
  const header = encodeNpyHeader("<f4", [count, DIM]);
  writeFileSync(file, header);
  truncateSync(file, header.length + 4 * count * DIM);
  const handle = openSync(file, "r+");
  for (const row of rows) {
    const values = random.normals(DIM);
    writeSync(handle, new Uint8Array(values.buffer), 0, 4 * DIM, header.length + 4 * row * DIM);
  }
  closeSync(handle);
}

/** Items of ten classes; queries first, training rows spread over all. */
function items(count) {
  const query = Int32Array.from({ length: QUERIES }, (_, row) => row);
  const train = Int32Array.from({ length: TRAIN }, (_, i) => QUERIES + Math.floor((i * (count - QUERIES)) / TRAIN));
  const database = Int32Array.from({ length: count - QUERIES }, (_, i) => QUERIES + i);
  return {
    contentHash: `memory ${count}`,
    ids: Array.from(
      { length: count },
      (_, row) => `pictures/class ${row % CLASSES}/${String(row).padStart(9, "0")}.jpg`,
    ),
    labels: Int32Array.from({ length: count }, (_, row) => row % CLASSES),
    roles: { protocol: "made to measure", seed: 0, query, train, database },
  };
}

const manifest = (count, more = {}) => ({
  ...{ format: 1, dataset: "memory", contentHash: `memory ${count}`, classNames: [..."abcdefghij"], backbone: "none" },
  ...{
    weightsHash: "none",
    preprocessing: { resize: 256, crop: 224, mean: [0, 0, 0], std: [1, 1, 1], interpolation: "bilinear" },
  },
  ...{ engine: "cpu", shape: [count, DIM], version },
  ...more,
});

/** A data folder with sparse features. */
export async function dataFolder(folder, count) {
  const made = items(count);
  await writeItems(folder, made, [0, count]);
  await writeFeatureManifest(folder, manifest(count));
  sparseFeatures(join(folder, "features.npy"), count, made.roles.train);
}

/** A test part of the challenge: a tenth of its images are queries, products of ten images. */
export async function challengeFolder(folder, count) {
  const name = row => `${row % 10 === 0 ? "query" : "gallery"}/${String(row).padStart(16, "A")}.jpg`;
  const order = [...Array(count).keys()].sort((a, b) => Number(a % 10 !== 0) - Number(b % 10 !== 0) || a - b);
  const labels = Int32Array.from(order, row => Math.floor(row / 10));
  const classNames = Array.from({ length: Math.ceil(count / 10) }, (_, i) => `DIGIX_${String(i).padStart(6, "0")}`);
  const made = { contentHash: `memory ${count}`, ids: order.map(name), labels };
  await writeItems(folder, made, [0, count]);
  await writeFeatureManifest(folder, manifest(count, { dataset: "digix-test-a", classNames }));
  sparseFeatures(join(folder, "features.npy"), count, order.keys());
}

/** Two shards of a data folder. */
export async function shardFolders(folder, count) {
  for (const index of [1, 2]) {
    const shard = { index, of: 2 };
    const rows = shardRows(count, shard);
    const part = join(folder, `shard-${index}-of-2`);
    await writeItems(part, items(count), rows);
    await writeFeatureManifest(part, manifest(count, { shape: [rows[1] - rows[0], DIM], shard: { ...shard, rows } }));
    sparseFeatures(join(part, "features.npy"), rows[1] - rows[0]);
  }
}

/** Grey JPEGs of 64×64 in two classes; `distinct` different ones, of which the others are links. */
export async function pictures(folder, count, distinct = count) {
  const { default: sharp } = await import("sharp");
  for (const one of ["a", "b"]) mkdirSync(join(folder, one), { recursive: true });
  const file = i => join(folder, i % 2 ? "a" : "b", `${i}.jpg`);
  for (let i = 0; i < distinct; i++) {
    const data = Uint8Array.from({ length: 64 * 64 }, (_, at) => (at * 7 + i) % 256);
    const raw = { width: 64, height: 64, channels: 1 };
    writeFileSync(file(i), await sharp(data, { raw }).jpeg().toBuffer());
  }
  for (let i = distinct; i < count; i++) linkSync(file(i % distinct), file(i));
}

/** Packed random codes. */
export function codes(file, count) {
  const some = Uint8Array.from({ length: 1 << 16 }, () => random.integer(256));
  const bytes = new Uint8Array((count * BITS) / 8);
  for (let at = 0; at < bytes.length; at += some.length)
    bytes.set(some.subarray(0, Math.min(some.length, bytes.length - at)), at);
  writeFileSync(file, encodeNpy({ data: bytes, shape: [count, BITS / 8] }));
}

/** Weights of a ResNet-18 of random filters. */
export async function resnetWeights(file) {
  const tensors = [...expectedTensors(resnet(18))].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const norm = new Float32Array(size).fill(/weight|running_var/.test(name) ? 1 : 0);
    const filter = shape.length === 4 && random.normals(size, Math.sqrt(shape[0] / size));
    return [name, { data: filter || norm, shape }];
  });
  await writeSafetensors(file, Object.fromEntries(tensors));
}
