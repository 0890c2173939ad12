import type { PackedCodes } from "../codes/packed-codes.js";
import { packedCodes } from "../codes/packed-codes.js";
import { mayHaveGpu } from "../compute/gpu-devices.js";
import { EngineError, UnavailableError, UsageError } from "../core/errors.js";
import { Random } from "../core/random.js";
import { closeQuietly, fallbackRanking } from "./fallback-ranking.js";
import { matmulRanking } from "./matmul-ranking.js";
import type { RankingBackend, RankingName } from "./ranking-backend.js";
import { referenceRanking, wasmRanking } from "./ranking-backend.js";
import type { RankingRequest } from "./ranking-request.js";
import { askedRanking } from "./ranking-request.js";
import type { Sides, SideWith } from "./side.js";
import { takeSide } from "./side.js";
import { webGpuRanking } from "./webgpu-ranking.js";

/** The backend chosen and why. */
export interface RankingChoice {
  readonly backend: RankingBackend;
  /** For people. */
  readonly reason: string;
}

/**
 * The work to choose for: a part of it is done by each candidate, on the clock. With labels on both sides the full
 * ranking is measured, without a search.
 */
export interface RankingWork extends Sides<SideWith<"codes">> {
  /** Neighbours of the search. Default 10. */
  readonly k?: number;
  /** Threads that WebAssembly may take, 1..256. Default: all cores. */
  readonly threads?: number;
}

export interface ChooseRankingOptions {
  /** Which backend. Default: the environment variable HASHBOOK_RANKING, else "auto". */
  backend?: RankingRequest;
  /** What is to be ranked. Default: not known, then "auto" gives WebAssembly. */
  work?: RankingWork;
  /** Opens ranking by matrix products. Default: on CUDA through tfjs, refused where there is none. */
  matmul?: () => Promise<RankingBackend>;
  /** Is told, in a sentence, when a GPU that was taken fails later and WebAssembly goes on. Default: a line on stderr. */
  say?: (sentence: string) => void;
  /** Opens ranking on a GPU. Default: `webGpuRanking`, refused where the GPU is played by the processor. */
  webgpu?: () => Promise<RankingBackend>;
}

/** Pairs of codes below which a GPU is not looked for: WebAssembly needs some seconds, which measuring would cost too. */
const WORTH_MEASURING = 5e9;
/** Pairs of codes ranked on the clock by each candidate, about. */
const MEASURED_PAIRS = 2e8;
/** A GPU is taken when it is so many times faster at least: what is gained must be worth another way of computing. */
const FASTER = 1.25;

/**
 * Chooses what ranks. "auto" takes WebAssembly unless another backend has just been measured faster at a part of the
 * work, with the same results; small work is not measured. A GPU that fails meanwhile is not taken, and the
 * reason says so; WebAssembly goes on where one that was taken fails later.
 * @throws {UsageError} for an unknown name
 * @throws {UnavailableError|EngineError} when the backend asked for cannot run here; there is no silent fallback then
 */
export async function chooseRanking(options: ChooseRankingOptions = {}): Promise<RankingChoice> {
  const { name, byEnvironment } = askedRanking(options.backend);
  if (name === "auto") return measuredChoice(options);
  const reason = byEnvironment ? "asked for by HASHBOOK_RANKING" : "asked for";
  return { backend: await openNamed(name, options), reason };
}

/**
 * Whether WebAssembly ranks without that a GPU is looked for: asked for, or nothing else is worth it.
 * @param pairs of codes that are to be compared
 * @throws {UsageError} for an unknown name
 */
export function isWasmSure(asked: RankingRequest | undefined, pairs: number): boolean {
  const { name } = askedRanking(asked);
  return name === "wasm" || (name === "auto" && (pairs < WORTH_MEASURING || !mayHaveGpu()));
}

/** Random codes and labels, as many as are worth measuring: what `doctor` lets the candidates rank. */
export function measuringWork(): RankingWork {
  const random = new Random(0);
  const codes = (count: number): PackedCodes =>
    packedCodes(
      Uint8Array.from({ length: 8 * count }, () => random.integer(256)),
      64,
    );
  const labels = (count: number): Int32Array => Int32Array.from({ length: count }, () => random.integer(100));
  const [queries, database] = [50_000, 100_000];
  return {
    queries: { codes: codes(queries), labels: labels(queries) },
    database: { codes: codes(database), labels: labels(database) },
  };
}

async function openNamed(name: RankingName, { matmul, webgpu }: ChooseRankingOptions): Promise<RankingBackend> {
  if (name === "wasm") return wasmRanking;
  if (name === "reference") return referenceRanking;
  if (name === "webgpu") return (webgpu ?? webGpuRanking)();
  if (name === "matmul") return (matmul ?? cudaMatmul)();
  throw noBackend(name);
}

function noBackend(name: never): UsageError {
  return new UsageError(`unknown ranking backend "${name}"`);
}

/** Tensors are loaded only here: ranking works where no tensor library is installed. */
async function cudaMatmul(): Promise<RankingBackend> {
  const { cudaTensorFlowEngine } = await import("../compute/eager-engine.js");
  await cudaTensorFlowEngine();
  const tf = await import("@tensorflow/tfjs");
  return matmulRanking<import("@tensorflow/tfjs").Tensor2D>(tf);
}

async function measuredChoice(options: ChooseRankingOptions): Promise<RankingChoice> {
  const { work } = options;
  const pairs = work === undefined ? 0 : work.queries.codes.count * work.database.codes.count;
  if (work === undefined || pairs < WORTH_MEASURING) {
    return { backend: wasmRanking, reason: "small work is not worth looking for a GPU" };
  }
  if (options.webgpu === undefined && !mayHaveGpu()) return { backend: wasmRanking, reason: "no GPU was found" };
  const slower: string[] = [];
  for (const open of [options.webgpu ?? realGpu, options.matmul ?? cudaMatmul]) {
    const { backend, reason } = await tryCandidate(open, work);
    if (backend !== undefined) {
      return { backend: fallbackRanking(backend, wasmRanking, options.say), reason: `measured: ${reason}` };
    }
    slower.push(reason);
  }
  return { backend: wasmRanking, reason: `nothing faster: ${slower.join("; ")}` };
}

/** Opens a candidate and races it; without a backend, and closed, when it is no faster or fails in any way. */
async function tryCandidate(
  open: () => Promise<RankingBackend>,
  work: RankingWork,
): Promise<{ backend?: RankingBackend; reason: string }> {
  let candidate: RankingBackend | undefined;
  try {
    candidate = await open();
    const [ours, theirs] = await race(candidate, work);
    const reason = `${candidate.description} takes ${theirs.toFixed(0)} ms where wasm takes ${ours.toFixed(0)}`;
    if (ours > FASTER * theirs) return { backend: candidate, reason };
    closeQuietly(candidate);
    return { reason };
  } catch (cause) {
    // Drivers fail with errors of every kind, out of memory above all. None is a reason to do nothing: were the work
    // itself at fault, WebAssembly would say so.
    if (candidate !== undefined) closeQuietly(candidate);
    return { reason: (cause instanceof Error ? cause.message : String(cause)).split(/; |\n/)[0] };
  }
}

/** A GPU that is none of the processor's. */
async function realGpu(): Promise<RankingBackend> {
  if (!mayHaveGpu()) throw new UnavailableError("WebGPU found no GPU");
  const backend = await webGpuRanking();
  if (!backend.software) return backend;
  backend.close();
  throw new UnavailableError(`WebGPU has only a software driver, ${backend.description}`);
}

/** Milliseconds that WebAssembly and the candidate take for the same part of the work: the less of two, after a first. */
async function race(candidate: RankingBackend, work: RankingWork): Promise<[wasm: number, candidate: number]> {
  const part = partOf(work);
  let times: [number, number] = [0, 0];
  for (let turn = 0; turn < 3; turn++) {
    const ours = await timeWork(wasmRanking, part);
    const theirs = await timeWork(candidate, part);
    if (ours.digest !== theirs.digest) {
      throw new EngineError(`${candidate.description} ranks differently`, {
        expected: ours.digest,
        actual: theirs.digest,
      });
    }
    const now: [number, number] = [ours.milliseconds, theirs.milliseconds];
    times = turn < 2 ? now : [Math.min(times[0], now[0]), Math.min(times[1], now[1])];
  }
  return times;
}

function partOf(work: RankingWork): RankingWork {
  const { queries, database } = work;
  const count = Math.round(MEASURED_PAIRS / Math.max(1, database.codes.count));
  const rows = Array.from({ length: Math.max(1, Math.min(queries.codes.count, count)) }, (_, row) => row);
  return { ...work, queries: takeSide(queries, rows) };
}

async function timeWork(backend: RankingBackend, work: RankingWork): Promise<{ milliseconds: number; digest: string }> {
  const { queries, database, k, threads } = work;
  const started = performance.now();
  let digest = 0;
  const add = (values: ArrayLike<number>): void => {
    for (let i = 0; i < values.length; i++) digest = (Math.imul(digest, 31) + values[i]) | 0;
  };
  if (queries.labels === undefined || database.labels === undefined) {
    const { indices, distances } = await backend.nearest(work, { k, threads });
    add(indices.data);
    add(distances.data);
  } else {
    const labelled = work as Sides<SideWith<"codes" | "labels">>;
    for await (const { groups, relevantRanks } of backend.rankings(labelled, { threads })) {
      add(groups.sizes);
      add(groups.relevant);
      add(relevantRanks.subarray(0, 100));
    }
  }
  return { milliseconds: performance.now() - started, digest: `${digest}` };
}
