// One suite for every kernel: what a naive loop gives, the reference, WebAssembly and WebAssembly on threads have to
// give too, to the last number and in the same order.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PackedCodes } from "../../src/codes/packed-codes.js";
import { packCodes, packedCodes, unpackCodes } from "../../src/codes/packed-codes.js";
import type { EagerBackend } from "../../src/compute/eager-engine.js";
import { eagerEngine } from "../../src/compute/eager-engine.js";
import type { Labels } from "../../src/core/labels.js";
import { multiHotLabels } from "../../src/core/labels.js";
import { Random } from "../../src/core/random.js";
import { relevanceHistograms } from "../../src/ranking/distance-histogram.js";
import { hammingScan } from "../../src/ranking/hamming-distances.js";
import { hammingTopK, rankByDistance } from "../../src/ranking/hamming-ranking.js";
import type { Neighbours } from "../../src/ranking/hamming-search.js";
import { searchNearest, searchWithin } from "../../src/ranking/hamming-search.js";
import { KERNEL_SOURCE_HASH } from "../../src/ranking/kernel-bytes.js";
import { matmulRanking } from "../../src/ranking/matmul-ranking.js";
import { buildMultiIndex, multiIndexNearest, multiIndexWithin } from "../../src/ranking/multi-index.js";
import { parallelHistograms, parallelRankings } from "../../src/ranking/parallel-rankings.js";
import { hammingRankings } from "../../src/ranking/query-ranking.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking, wasmRanking } from "../../src/ranking/ranking-backend.js";
import { relevanceByLabels } from "../../src/ranking/relevance.js";
import { giveBackCrew, readyThreads, releaseCrew, ScanCrew, takeCrew } from "../../src/ranking/scan-crew.js";
import { planScan } from "../../src/ranking/scan-memory.js";
import type { Sides, SideWith } from "../../src/ranking/side.js";
import { webGpuRanking } from "../../src/ranking/webgpu-ranking.js";
import { noBinding, noVulkan } from "../compute/engines.js";

interface Case {
  queries: PackedCodes;
  database: PackedCodes;
  queryLabels: Labels;
  databaseLabels: Labels;
}

/** A ranking as plain numbers, copied: sizes and relevant items by distance, ranks of the relevant ones. */
interface Ranked {
  sizes: number[];
  relevant: number[];
  ranks: number[];
}

interface Found {
  indices: number[];
  distances: number[];
}

interface Kernel {
  name: string;
  /** Random cases tried. Default 80. */
  numRuns?: number;
  /** Whether larger cases are made smaller. Default false. */
  slow?: boolean;
  /** Absent where a kernel only searches. */
  rankings?(c: Case): Promise<Ranked[]>;
  histograms?(c: Case): Promise<Omit<Ranked, "ranks">[]>;
  nearest(c: Case, k: number): Promise<Found[]>;
  within(c: Case, radius: number): Promise<Found[]>;
}

function distancesOf(c: Case, query: number): number[] {
  const [a, b] = [unpackCodes(c.queries), unpackCodes(c.database)];
  const bits = c.database.bits;
  return Array.from({ length: c.database.count }, (_, item) => {
    let distance = 0;
    for (let bit = 0; bit < bits; bit++) if (a.data[query * bits + bit] !== b.data[item * bits + bit]) distance++;
    return distance;
  });
}

function share(a: Labels, i: number, b: Labels, j: number): boolean {
  if (a instanceof Int32Array || b instanceof Int32Array) {
    const [ours, theirs] = [(a as Int32Array)[i], (b as Int32Array)[j]];
    return ours >= 0 && ours === theirs;
  }
  return a.words
    .subarray(i * a.wordsPerItem, (i + 1) * a.wordsPerItem)
    .some((w, at) => w & b.words[j * b.wordsPerItem + at]);
}

/** The database by distance, then index, by a comparison sort. */
function naiveOrder(c: Case, query: number): [distance: number, item: number][] {
  return distancesOf(c, query)
    .map((distance, item): [number, number] => [distance, item])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

const eachQuery = <T>(c: Case, of: (query: number) => T): T[] =>
  Array.from({ length: c.queries.count }, (_, q) => of(q));
const found = (items: [number, number][]): Found => ({
  indices: items.map(([, item]) => item),
  distances: items.map(([distance]) => distance),
});

const sidesOf = (c: Case): Sides<SideWith<"codes" | "labels">> => ({
  queries: { codes: c.queries, labels: c.queryLabels },
  database: { codes: c.database, labels: c.databaseLabels },
});

function naiveRanking(c: Case, query: number): Ranked {
  const order = naiveOrder(c, query);
  const relevant = order.map(([, item]) => share(c.queryLabels, query, c.databaseLabels, item));
  const bins = Array.from({ length: c.database.bits + 1 }, (_, d) => d);
  return {
    sizes: bins.map(d => order.filter(([distance]) => distance === d).length),
    relevant: bins.map(d => order.filter(([distance], i) => distance === d && relevant[i]).length),
    ranks: order.flatMap((_, i) => (relevant[i] ? [i + 1] : [])),
  };
}

const naive: Required<Omit<Kernel, "numRuns" | "slow">> = {
  name: "naive",
  rankings: async c => eachQuery(c, query => naiveRanking(c, query)),
  histograms: async c =>
    eachQuery(c, query => naiveRanking(c, query)).map(({ sizes, relevant }) => ({ sizes, relevant })),
  nearest: async (c, k) => eachQuery(c, query => found(naiveOrder(c, query).slice(0, k))),
  within: async (c, radius) =>
    eachQuery(c, query => found(naiveOrder(c, query).filter(([distance]) => distance <= radius))),
};

function rows(top: {
  indices: { data: ArrayLike<number>; shape: readonly number[] };
  distances: { data: ArrayLike<number> };
}): Found[] {
  const [queries, k] = top.indices.shape;
  const row = (data: ArrayLike<number>, q: number) => Array.from(data).slice(q * k, (q + 1) * k);
  return Array.from({ length: queries }, (_, q) => ({
    indices: row(top.indices.data, q),
    distances: row(top.distances.data, q),
  }));
}

const reference: Kernel = {
  name: "reference",
  rankings: async c => [...map(hammingRankings(sidesOf(c)), plainRanking)],
  histograms: async c => {
    const relevance = relevanceByLabels(sidesOf(c));
    const scan = hammingScan(c.queries, c.database);
    const [distances, mask] = [new Uint16Array(c.database.count), new Uint8Array(c.database.count)];
    return eachQuery(c, query => {
      scan.distances(query, distances);
      relevance.mark(query, mask);
      const { sizes, relevant } = relevanceHistograms(distances, mask, c.database.bits);
      return { sizes: [...sizes], relevant: [...relevant] };
    });
  },
  nearest: async (c, k) => rows(hammingTopK(sidesOf(c), { k })),
  within: async (c, radius) => {
    const scan = hammingScan(c.queries, c.database);
    const distances = new Uint16Array(c.database.count);
    return eachQuery(c, query => {
      scan.distances(query, distances);
      const order = rankByDistance(distances, c.database.bits).filter(item => distances[item] <= radius);
      return { indices: [...order], distances: Array.from(order, item => distances[item]) };
    });
  },
};

function* map<A, B>(values: Iterable<A>, change: (value: A) => B): Generator<B> {
  for (const value of values) yield change(value);
}

type AnyRanking = {
  groups: { sizes: ArrayLike<number>; relevant: ArrayLike<number> };
  relevantRanks: ArrayLike<number>;
};

function plainRanking({ groups, relevantRanks }: AnyRanking): Ranked {
  return { sizes: Array.from(groups.sizes), relevant: Array.from(groups.relevant), ranks: Array.from(relevantRanks) };
}

function wasm(threads: number): Kernel {
  return {
    name: `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    async rankings(c) {
      const all: Ranked[] = [];
      const rankings = parallelRankings(sidesOf(c), { threads });
      for await (const ranking of rankings) all.push(plainRanking(ranking));
      return all;
    },
    async histograms(c) {
      const all: Omit<Ranked, "ranks">[] = [];
      const histograms = parallelHistograms(sidesOf(c), { threads });
      for await (const { sizes, relevant } of histograms) all.push({ sizes: [...sizes], relevant: [...relevant] });
      return all;
    },
    nearest: async (c, k) => rows(await searchNearest(sidesOf(c), { k, threads })),
    within: async (c, radius) => lists(c, await searchWithin(sidesOf(c), { radius, threads })),
  };
}

function lists(c: Case, { starts, indices, distances }: Neighbours): Found[] {
  return eachQuery(c, q => ({
    indices: [...indices.subarray(starts[q], starts[q + 1])],
    distances: [...distances.subarray(starts[q], starts[q + 1])],
  }));
}

/** A backend, through the interface that evaluation and search take. */
function backend(name: string, open: () => RankingBackend | Promise<RankingBackend>, numRuns = 80): Kernel {
  let opened: Promise<RankingBackend> | undefined;
  const get = (): Promise<RankingBackend> => {
    opened ??= Promise.resolve(open());
    return opened;
  };
  return {
    name,
    numRuns,
    async rankings(c) {
      const all: Ranked[] = [];
      for await (const ranking of (await get()).rankings(sidesOf(c))) all.push(plainRanking(ranking));
      return all;
    },
    nearest: async (c, k) => rows(await (await get()).nearest(sidesOf(c), { k })),
    within: async (c, radius) => lists(c, await (await get()).within(sidesOf(c), { radius })),
  };
}

/** TensorFlow where its binding is built; the same code on other backends of tfjs everywhere. */
function tensorKernels(): Kernel[] {
  const of = (name: EagerBackend, numRuns: number): Kernel =>
    backend(
      `matrix products, tfjs ${name}`,
      async () => {
        await eagerEngine(name);
        return matmulRanking<tf.Tensor2D>(tf);
      },
      numRuns,
    );
  const kernels = [of("cpu", 15), of("wasm", 25)];
  const skipped = noBinding();
  if (skipped === undefined) kernels.push(of("tensorflow", 25));
  else console.warn(`matrix products on tensorflow skipped: ${skipped}`);
  return kernels;
}

/** Compute shaders, where there is a driver: vitest.config.ts points VK_ICD_FILENAMES to a software one. */
function gpuKernels(): Kernel[] {
  const skipped = noVulkan();
  // Three chunks, so that chunks have several tiles. A software driver takes seconds for what others do at once.
  if (skipped === undefined) return [{ ...backend("WebGPU", () => webGpuRanking({ chunks: 3 }), 12), slow: true }];
  console.warn(`ranking on WebGPU skipped: ${skipped}`);
  return [];
}

/** By look-ups alone, in substrings so short that all of them can be looked up. */
const multiIndex: Kernel = {
  name: "multi-index hashing",
  async nearest(c, k) {
    const index = buildMultiIndex(c.database, { substrings: Math.ceil(c.database.bits / 6) });
    return rows(await multiIndexNearest(index, c.queries, { k, scan: false }));
  },
  async within(c, radius) {
    const index = buildMultiIndex(c.database, { substrings: Math.ceil(c.database.bits / 6) });
    return lists(c, await multiIndexWithin(index, c.queries, { radius, scan: false }));
  },
};

/** Codes of which many are equal; `bias` near 0 or 1 makes for small distances. */
function codesOf(random: Random, count: number, bits: number): PackedCodes {
  const bias = random.uniform();
  const data = Int8Array.from({ length: count * bits }, () => (random.uniform() < bias ? 1 : -1));
  for (let row = 1; row < count; row++) {
    if (random.uniform() < 0.3)
      data.copyWithin(row * bits, random.integer(row) * bits, (random.integer(row) + 1) * bits);
  }
  return packCodes({ data: data.slice(0, count * bits), shape: [count, bits] });
}

function labelsOf(random: Random, count: number, classes: number, multiHot: boolean): Labels {
  if (!multiHot) {
    // A quarter is unknown.
    return Int32Array.from({ length: count }, () =>
      random.uniform() < 0.25 ? -1 - random.integer(2) : random.integer(classes),
    );
  }
  const data = Uint8Array.from({ length: count * classes }, () => (random.uniform() < 1 / classes ? 1 : 0));
  return multiHotLabels({ data, shape: [count, classes] });
}

interface Shape {
  seed: number;
  bits: number;
  queries: number;
  database: number;
  multiHot: boolean;
}

function makeCase({ seed, bits, queries, database, multiHot }: Shape): Case {
  const random = new Random(seed);
  const classes = 2 + random.integer(200); // label sets of one word, of two, of a vector of four, of more
  const all = codesOf(random, queries + database, bits);
  const cut = queries * all.bytesPerCode;
  return {
    queries: packedCodes(all.data.slice(0, cut), bits),
    database: packedCodes(all.data.slice(cut), bits),
    queryLabels: labelsOf(random, queries, classes, multiHot),
    databaseLabels: labelsOf(random, database, classes, multiHot),
  };
}

const shapes = fc.record({
  seed: fc.nat(1e6),
  bits: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(8, 16, 17, 24, 32, 33, 48, 64, 65, 96, 128, 136)),
  queries: fc.integer({ min: 0, max: 6 }),
  database: fc.integer({ min: 0, max: 70 }),
  multiHot: fc.boolean(),
});

async function expectEqual(kernel: Kernel, c: Case, k: number, radius: number): Promise<void> {
  if (kernel.rankings !== undefined) expect(await kernel.rankings(c)).toEqual(await naive.rankings(c));
  if (kernel.histograms !== undefined) expect(await kernel.histograms(c)).toEqual(await naive.histograms(c));
  expect(await kernel.nearest(c, k)).toEqual(await naive.nearest(c, k));
  expect(await kernel.within(c, radius)).toEqual(await naive.within(c, radius));
}

describe.each([
  reference,
  wasm(1),
  wasm(3),
  multiIndex,
  backend("reference backend", () => referenceRanking),
  backend("wasm backend", () => wasmRanking, 20),
  ...gpuKernels(),
  ...tensorKernels(),
])("$name", kernel => {
  const { numRuns = 80, slow = false } = kernel;

  it("agrees with the naive loops: random bits, 1..200, duplicates, empty sides, k > n, k = 0", async () => {
    const numbers = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 210 }));
    await fc.assert(
      fc.asyncProperty(shapes, numbers, (shape, [k, radius]) => expectEqual(kernel, makeCase(shape), k, radius)),
      { numRuns },
    );
  });

  it.each([16, 32, 48, 64, 128, 1000, 1024])("agrees over many tiles and blocks, %i bits", async bits => {
    const [queries, database] = slow ? [3, 800] : [19, 2300];
    const c = makeCase({ seed: bits, bits, queries, database: bits > 500 ? 150 : database, multiHot: bits % 3 === 1 });
    await expectEqual(kernel, c, 7, bits >> 1);
  });

  it("finds nothing relevant where no label is known, also beside labels far apart", async () => {
    const c = makeCase({ seed: 1, bits: 20, queries: 4, database: 40, multiHot: false });
    const unknown = { ...c, queryLabels: new Int32Array(4).fill(-1), databaseLabels: new Int32Array(40).fill(-1) };
    await expectEqual(kernel, unknown, 3, 4);
    const wide = { ...unknown, queryLabels: Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31), 0) };
    const databaseLabels = Int32Array.from({ length: 40 }, (_, i) => wide.queryLabels[i % 4]);
    await expectEqual(kernel, { ...wide, databaseLabels }, 3, 4);
  });

  it("drops the farthest again and again when items come from far to near", async () => {
    // Distances descend from 16 to 0, so that every item is nearer than all before it, or ties.
    const count = slow ? 1000 : 9000;
    const data = Uint8Array.from({ length: count * 2 }, (_, at) => {
      const distance = 16 - Math.floor(((at >> 1) * 17) / count);
      const ones = (1 << distance) - 1;
      return (at & 1) === 0 ? ones >> 8 : ones & 255;
    });
    const c: Case = {
      queries: packedCodes(new Uint8Array(4), 16),
      database: packedCodes(data, 16),
      queryLabels: Int32Array.of(0, 1),
      databaseLabels: new Int32Array(count),
    };
    for (const k of [1, 600, count >> 1, count]) expect(await kernel.nearest(c, k)).toEqual(await naive.nearest(c, k));
    // More in the ball than there is room for at first.
    expect(await kernel.within(c, 5)).toEqual(await naive.within(c, 5));
  });
});

describe("parallel scans", () => {
  const c = makeCase({ seed: 3, bits: 64, queries: 300, database: 3000, multiHot: false });

  it("end when the reader leaves, and give what was read", async () => {
    const rankings = parallelRankings(sidesOf(c), { threads: 3 });
    let read = 0;
    for await (const _ of rankings) if (++read === 40) break;
    expect(read).toBe(40);
  });

  it("end with the reason of an abort signal", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const rankings = parallelRankings(sidesOf(c), {
      threads: 3,
      signal: controller.signal,
    });
    const reading = (async () => {
      let read = 0;
      for await (const _ of rankings) if (++read === 20) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
    await expect(searchNearest(sidesOf(c), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("let timers run meanwhile", async () => {
    let ticks = 0;
    const big = makeCase({ seed: 4, bits: 64, queries: 240, database: 3000, multiHot: false });
    const many = { ...big.database, data: new Uint8Array(4_000_000 * 8), count: 4_000_000 };
    const timer = setInterval(() => ticks++, 5);
    await searchNearest({ queries: { codes: big.queries }, database: { codes: many } }, { threads: 1, k: 3 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it("refuse what does not fit", async () => {
    const first = (codes: PackedCodes, labels: Labels) =>
      parallelRankings({ queries: sidesOf(c).queries, database: { codes, labels } })
        [Symbol.asyncIterator]()
        .next();
    await expect(first(c.database, new Int32Array(5))).rejects.toThrow(/differ in number/);
    const shorter = packedCodes(new Uint8Array(8 * 3000), 63);
    await expect(first(shorter, c.databaseLabels)).rejects.toThrow(/expected 64 bits as for the queries; found 63/);
    await expect(searchNearest({ queries: { codes: c.queries }, database: { codes: shorter } })).rejects.toThrow(
      /differ in bits/,
    );
    await expect(searchNearest(sidesOf(c), { k: -1 })).rejects.toThrow(/integer of 0 or more; found -1/);
    await expect(searchWithin(sidesOf(c), { radius: 1.5 })).rejects.toThrow(/radius out of range/);
    await expect(searchNearest(sidesOf(c), { threads: 0 })).rejects.toThrow(/threads out of range/);
  });
});

describe("threads kept between scans", () => {
  const c = makeCase({ seed: 5, bits: 64, queries: 40, database: 3000, multiHot: false });
  const search = (threads: number) => searchNearest(sidesOf(c), { k: 5, threads });

  it("are used again, and gone when released", async () => {
    await releaseCrew();
    expect(readyThreads()).toBe(1);
    const first = await search(3);
    expect(readyThreads()).toBe(3);
    expect(await search(2)).toEqual(first);
    expect(readyThreads()).toBe(3);
    await releaseCrew();
    expect(readyThreads()).toBe(1);
  });

  it("serve scans of any size one after the other, what lay in their memory before notwithstanding", async () => {
    for (const [bits, database] of [
      [128, 2000],
      [20, 700],
      [48, 3000],
      [5, 40],
    ]) {
      const next = makeCase({ seed: bits, bits, queries: 9, database, multiHot: bits === 48 });
      await expectEqual(wasm(2), next, 5, bits >> 2);
    }
  });

  it("do not mix scans that run at the same time", async () => {
    const alone = await search(1);
    const several = await Promise.all([search(2), search(3), search(1), search(2)]);
    for (const found of several) expect(found).toEqual(alone);
  });

  it("work on after a scan was left early", async () => {
    for (let turn = 0; turn < 3; turn++) {
      for await (const _ of parallelRankings(sidesOf(c), { threads: 3 })) break;
      expect(await search(3)).toEqual(await search(1));
    }
  });

  it("tell of a failure that came before anybody waited for news", async () => {
    const crew = new ScanCrew();
    const plan = planScan({ kernel: "nearestBlock", ...c, capacity: 2, limit: 1, threads: 2 }, crew.memory);
    // A thread that finishes no block.
    crew.start({ ...plan, blocks: 0 });
    try {
      crew.workers[0].emit("error", new Error("a broken thread"));
      const waited = new Promise(resolve => setTimeout(resolve, 1000, "waits"));
      await expect(Promise.race([crew.news(), waited])).rejects.toThrow("a broken thread");
    } finally {
      await crew.finish(true);
      await crew.dismiss();
    }
  });

  it("are not used again when one died meanwhile", async () => {
    await search(3);
    const crew = takeCrew();
    await giveBackCrew(crew);
    crew.workers[0].emit("error", new Error("a broken thread"));
    expect(readyThreads()).toBe(1);
    const next = takeCrew();
    expect(next).not.toBe(crew);
    await giveBackCrew(next);
    expect(await search(3)).toEqual(await search(1));
  });

  it("do not keep the process alive", async () => {
    const lib = (file: string): string => JSON.stringify(new URL(`../../lib/${file}`, import.meta.url).href);
    const code = `import { packedCodes } from ${lib("codes/packed-codes.js")};
      import { searchNearest } from ${lib("ranking/hamming-search.js")};
      import { readyThreads } from ${lib("ranking/scan-crew.js")};
      const codes = packedCodes(new Uint8Array(8000), 64);
      await searchNearest({ queries: { codes }, database: { codes } }, { threads: 2 });
      process.on("exit", () => console.log(readyThreads()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
    // Kept threads are let go after five seconds: a process that waited for that would end without them.
    expect(Number(stdout)).toBe(2);
  });
});

describe("the embedded module", () => {
  it("is made of the present source (node tools/build-kernels.mjs makes it)", () => {
    const source = readFileSync(new URL("../../assembly/hamming.ts", import.meta.url));
    expect(KERNEL_SOURCE_HASH).toBe(createHash("sha256").update(source).digest("hex"));
  });
});
