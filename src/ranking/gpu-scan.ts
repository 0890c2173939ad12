import type { PackedCodes } from "../codes/packed-codes.js";
import type { GpuBuffer, GpuDevice, GpuPipeline, OpenedGpu } from "../compute/webgpu-device.js";
import { GPU_COMPUTE, GPU_MAP_READ, GPU_USAGE } from "../compute/webgpu-device.js";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { GPU_KERNELS, GROUP } from "./gpu-kernels.js";
import { codeWords } from "./hamming-distances.js";
import { startsOf } from "./query-ranking.js";

/** Bytes of histograms, and of what is kept, in a block, about. */
const BLOCK_BYTES = 64 << 20;
/** Queries of a block at most. */
const MAX_BLOCK = 256;

/** {@link GPU_KERNELS} as a device runs them: compiled once, for all scans. */
export interface ScanPipelines {
  readonly layout: object;
  readonly count: GpuPipeline;
  readonly sum: GpuPipeline;
  readonly place: GpuPipeline;
}

/** Compiles the kernels. */
export function scanPipelines(device: GpuDevice): ScanPipelines {
  const entry = (binding: number, type: string): object => ({ binding, visibility: GPU_COMPUTE, buffer: { type } });
  const readOnly = [1, 2, 3, 4, 7].map(binding => entry(binding, "read-only-storage"));
  const written = [5, 6, 8].map(binding => entry(binding, "storage"));
  const layout = device.createBindGroupLayout({ entries: [entry(0, "uniform"), ...readOnly, ...written] });
  const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const module = device.createShaderModule({ code: GPU_KERNELS });
  const pipeline = (entryPoint: string): GpuPipeline =>
    device.createComputePipeline({ layout: pipelineLayout, compute: { module, entryPoint } });
  return { layout, count: pipeline("count"), sum: pipeline("sum"), place: pipeline("place") };
}

interface Block {
  /** The first query. */
  readonly from: number;
  readonly count: number;
}

/** A database on the GPU, and what {@link GPU_KERNELS} compute of it for a block of queries after the other. */
export class GpuScan {
  private readonly device: GpuDevice;
  private readonly bins: number;
  private readonly words: number;
  private readonly labelWords: number;
  private readonly single: boolean;
  private readonly chunkItems: number;
  private readonly chunks: number;
  private readonly queryWords: Int32Array;
  private readonly queryLabels: Int32Array;
  private readonly buffers: GpuBuffer[] = [];
  private readonly codes: GpuBuffer;
  private readonly labels: GpuBuffer;
  private block:
    | { queries: GpuBuffer; labels: GpuBuffer; counts: GpuBuffer; totals: GpuBuffer; size: number }
    | undefined;

  /** @throws {InputError} when the database does not fit into a buffer of the GPU; methods: {EngineError} when it fails */
  constructor(
    private readonly gpu: OpenedGpu,
    private readonly pipelines: ScanPipelines,
    private readonly queries: PackedCodes,
    private readonly database: PackedCodes,
    mostChunks: number,
    labels?: { readonly queries: Labels; readonly database: Labels },
  ) {
    const { device } = gpu;
    this.device = device;
    this.bins = database.bits + 1;
    this.words = Math.ceil(database.bytesPerCode / 4);
    this.chunkItems = GROUP * Math.max(1, Math.ceil(database.count / GROUP / mostChunks));
    this.chunks = Math.ceil(database.count / this.chunkItems);
    this.queryWords = codeWords(queries);
    const ofQueries = labelWords(labels?.queries);
    const ofDatabase = labelWords(labels?.database);
    this.labelWords = ofDatabase.words;
    this.single = ofDatabase.single;
    this.queryLabels = ofQueries.data;
    const { storage, copyTo } = GPU_USAGE;
    this.codes = this.bufferOf(codeWords(database), storage | copyTo);
    this.labels = this.bufferOf(ofDatabase.data, storage | copyTo);
  }

  /** The queries in blocks whose histograms fit, and so many items kept of each. */
  *blocks(kept: number = this.database.count): Generator<Block, void> {
    const each = Math.max(8 * this.bins * this.chunks, 4 * kept);
    const size = Math.max(1, Math.min(MAX_BLOCK, Math.floor(BLOCK_BYTES / each)));
    for (let from = 0; from < this.queries.count; from += size) {
      yield { from, count: Math.min(size, this.queries.count - from) };
    }
  }

  /** Items and relevant items at each distance, (count, bins) both. */
  async count(from: number, count: number): Promise<{ sizes: Uint32Array[]; relevant: Uint32Array[] }> {
    const { storage, copyTo, copyFrom } = GPU_USAGE;
    this.leaveBlock();
    const part = (words: Int32Array, each: number): Int32Array => words.slice(from * each, (from + count) * each);
    const width = 2 * this.bins;
    this.block = {
      queries: this.bufferOf(part(this.queryWords, this.words), storage | copyTo),
      labels: this.bufferOf(part(this.queryLabels, this.labelWords), storage | copyTo),
      counts: this.emptyBuffer(4 * count * this.chunks * width, storage),
      totals: this.emptyBuffer(4 * count * width, storage | copyTo | copyFrom),
      size: count,
    };
    const none = this.bufferOf(new Int32Array(2 * count), storage | copyTo);
    const kept = this.emptyBuffer(4, storage);
    this.run(none, kept, false, [
      ["count", this.chunks, count],
      ["sum", Math.ceil((count * width) / 64), 1],
    ]);
    const totals = await this.read(this.block.totals, count * width);
    for (const buffer of [none, kept]) this.drop(buffer);
    const row = (query: number, which: number): Uint32Array =>
      totals.subarray((2 * query + which) * this.bins, (2 * query + which + 1) * this.bins);
    const rows = (which: number): Uint32Array[] => Array.from({ length: count }, (_, query) => row(query, which));
    return { sizes: rows(0), relevant: rows(1) };
  }

  /** Ascending ranks of the relevant items of the block that was counted. */
  async ranks(relevant: readonly Uint32Array[], sizes: readonly Uint32Array[]): Promise<Int32Array[]> {
    return this.keepNearest(sizes, relevant, relevant.map(total), true);
  }

  /** The first items of the rankings of the block that was counted, as many as wanted of each. */
  async first(sizes: readonly Uint32Array[], wanted: readonly number[]): Promise<Int32Array[]> {
    return this.keepNearest(sizes, sizes, wanted, false);
  }

  close(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.length = 0;
  }

  private async keepNearest(
    sizes: readonly Uint32Array[],
    relevant: readonly Uint32Array[],
    wanted: readonly number[],
    ranks: boolean,
  ): Promise<Int32Array[]> {
    const { storage, copyTo, copyFrom } = GPU_USAGE;
    const starts = new Uint32Array(2 * this.bins * wanted.length); // (count, 2, bins)
    const keep = new Uint32Array(2 * wanted.length); // (count, 2)
    let all = 0;
    for (let query = 0; query < wanted.length; query++) {
      starts.set(startsOf(sizes[query], 0), 2 * query * this.bins);
      starts.set(startsOf(relevant[query], 0), (2 * query + 1) * this.bins);
      keep.set([all, wanted[query]], 2 * query);
      all += wanted[query];
    }
    if (all === 0) return wanted.map(() => new Int32Array(0));
    this.device.queue.writeBuffer(this.block!.totals, 0, starts);
    const keepBuffer = this.bufferOf(keep, storage | copyTo);
    const kept = this.emptyBuffer(4 * all, storage | copyFrom);
    this.run(keepBuffer, kept, ranks, [["place", this.chunks, wanted.length]]);
    const data = new Int32Array((await this.read(kept, all)).buffer);
    for (const buffer of [keepBuffer, kept]) this.drop(buffer);
    return wanted.map((length, query) => data.subarray(keep[2 * query], keep[2 * query] + length));
  }

  private run(
    keep: GpuBuffer,
    kept: GpuBuffer,
    ranks: boolean,
    steps: readonly (readonly ["count" | "sum" | "place", number, number])[],
  ): void {
    const { queries, labels, counts, totals, size } = this.block!;
    const fields = [this.database.count, this.words, this.bins, this.labelWords, this.single ? 1 : 0];
    const job = Uint32Array.of(...fields, this.chunkItems, this.chunks, size, ranks ? 1 : 0, 0, 0, 0);
    const uniform = this.bufferOf(job, GPU_USAGE.uniform | GPU_USAGE.copyTo);
    const buffers = [uniform, this.codes, queries, this.labels, labels, counts, totals, keep, kept];
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = this.device.createBindGroup({ layout: this.pipelines.layout, entries });
    const encoder = this.device.createCommandEncoder();
    for (const [name, x, y] of steps) {
      if (x === 0 || y === 0) continue;
      const pass = encoder.beginComputePass();
      pass.setPipeline(this.pipelines[name]);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(x, y);
      pass.end();
    }
    this.device.queue.submit([encoder.finish()]);
    this.drop(uniform);
  }

  /** The first `length` words of a buffer, copied. */
  private async read(buffer: GpuBuffer, length: number): Promise<Uint32Array> {
    const staging = this.emptyBuffer(4 * length, GPU_USAGE.mapRead | GPU_USAGE.copyTo);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, 4 * length);
    this.device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPU_MAP_READ);
    const data = new Uint32Array(staging.getMappedRange().slice(0, 4 * length));
    staging.unmap();
    this.gpu.check();
    this.drop(staging);
    return data;
  }

  private bufferOf(data: Int32Array | Uint32Array, usage: number): GpuBuffer {
    const buffer = this.emptyBuffer(data.byteLength, usage);
    if (data.length > 0) this.device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  private emptyBuffer(bytes: number, usage: number): GpuBuffer {
    const { maxStorageBufferBindingSize: most } = this.device.limits;
    if (bytes > most) {
      throw new InputError("the codes do not fit into a buffer of the GPU", {
        expected: `at most ${most} bytes`,
        actual: `${bytes}`,
      });
    }
    // Bindings must not be empty.
    const buffer = this.device.createBuffer({ size: Math.max(16, bytes), usage });
    this.buffers.push(buffer);
    return buffer;
  }

  private drop(buffer: GpuBuffer): void {
    buffer.destroy();
    this.buffers.splice(this.buffers.indexOf(buffer), 1);
  }

  private leaveBlock(): void {
    if (this.block === undefined) return;
    for (const buffer of [this.block.queries, this.block.labels, this.block.counts, this.block.totals])
      this.drop(buffer);
    this.block = undefined;
  }
}

function labelWords(labels: Labels | undefined): { data: Int32Array; words: number; single: boolean } {
  if (labels === undefined) return { data: new Int32Array(0), words: 0, single: false };
  if (labels instanceof Int32Array) return { data: labels, words: 1, single: true };
  return { data: labels.words, words: labels.wordsPerItem, single: false };
}

function total(sizes: Uint32Array): number {
  return sizes.reduce((a, b) => a + b, 0);
}
