import { afterEach, describe, expect, it, vi } from "vitest";
import { takeCodes } from "../../src/codes/packed-codes.js";
import { webGpuDevice } from "../../src/compute/webgpu-device.js";
import { EngineError, UnavailableError } from "../../src/core/errors.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import { chooseRanking, measuringWork } from "../../src/ranking/choose-ranking.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking, wasmRanking } from "../../src/ranking/ranking-backend.js";
import { sidesWith, takeSide } from "../../src/ranking/side.js";
import { webGpuRanking } from "../../src/ranking/webgpu-ranking.js";
import { noVulkan } from "../compute/engines.js";

const work = measuringWork();
const rows = (count: number) => Int32Array.from({ length: count }, (_, row) => row);
const small = { ...work, queries: { codes: takeCodes(work.queries.codes, rows(100)) } };
/** The first of both sides, with labels. */
const labelled = (queries: number, database: number) =>
  sidesWith(
    { queries: takeSide(work.queries, rows(queries)), database: takeSide(work.database, rows(database)) },
    "codes",
    "labels",
  );

/** Gives what it was given once before: as fast as a lookup. Closed: its name is noted. */
function remembering(log: string[], spoil: (distance: number) => number = d => d): RankingBackend {
  let known: Awaited<ReturnType<RankingBackend["nearest"]>> | undefined;
  return {
    ...wasmRanking,
    name: "webgpu",
    description: "a fast one",
    async nearest(sides, options) {
      known ??= await wasmRanking.nearest(sides, options);
      return { ...known, distances: { ...known.distances, data: known.distances.data.map(spoil) } };
    },
    close: () => log.push("closed"),
  };
}

const search = { queries: { codes: work.queries.codes }, database: { codes: work.database.codes }, k: 10 };
const unavailable = async (): Promise<RankingBackend> => {
  throw new UnavailableError("there is none");
};

describe("chooseRanking", () => {
  const before = process.env.HASHBOOK_RANKING;
  afterEach(() => {
    if (before === undefined) delete process.env.HASHBOOK_RANKING;
    else process.env.HASHBOOK_RANKING = before;
  });

  it("takes what is asked for, by the caller before the environment, and refuses unknown names", async () => {
    process.env.HASHBOOK_RANKING = "reference";
    expect(await chooseRanking()).toEqual({ backend: referenceRanking, reason: "asked for by HASHBOOK_RANKING" });
    expect(await chooseRanking({ backend: "wasm" })).toEqual({ backend: wasmRanking, reason: "asked for" });
    process.env.HASHBOOK_RANKING = "abacus";
    await expect(chooseRanking()).rejects.toThrow(
      /unknown ranking backend "abacus"; expected one of auto, wasm, webgpu/,
    );
    await expect(chooseRanking({ backend: "matmul" })).rejects.toThrow(UnavailableError);
  });

  it("measures nothing for small or unknown work", async () => {
    const webgpu = () => Promise.reject(new Error("was opened"));
    expect((await chooseRanking({ webgpu })).backend).toBe(wasmRanking);
    expect((await chooseRanking({ webgpu, work: small })).reason).toMatch(/small work/);
  });

  it("takes what was measured faster, and not what is slower, wrong or not there", async () => {
    const log: string[] = [];
    const fast = remembering(log);
    const choice = await chooseRanking({ work: search, webgpu: async () => fast });
    expect(choice.backend).toMatchObject({ name: "webgpu", description: "a fast one" });
    expect(choice.reason).toMatch(/measured: a fast one takes \d+ ms where wasm takes \d+/);
    expect(log).toEqual([]);

    const wrong = remembering(log, distance => distance + 1);
    const kept = await chooseRanking({ work: search, webgpu: async () => wrong, matmul: unavailable });
    expect(kept).toMatchObject({
      backend: wasmRanking,
      reason: "nothing faster: a fast one ranks differently; there is none",
    });
    expect(log).toEqual(["closed"]);

    const slow: RankingBackend = {
      ...wasmRanking,
      description: "a slow one",
      async *rankings(...scan) {
        for (let turn = 0; turn < 4; turn++) for await (const _ of wasmRanking.rankings(...scan));
        yield* wasmRanking.rankings(...scan);
      },
    };
    const { reason } = await chooseRanking({ work, webgpu: async () => slow, matmul: unavailable });
    expect(reason).toMatch(/nothing faster: a slow one takes \d+ ms where wasm takes \d+; there is none/);
  });

  it.each([
    ["out of memory", new Error("Out of memory; at allocator.cc")],
    ["an array too long", new RangeError("Out of memory")],
    ["what is no error", "Out of memory"],
  ])("goes on with WebAssembly when a GPU fails in the race: %s", async (_, failure) => {
    const log: string[] = [];
    const failing: RankingBackend = {
      ...remembering(log),
      nearest: () => Promise.reject(failure),
      close: () => {
        log.push("closed");
        throw new Error("the device is gone");
      },
    };
    const choice = await chooseRanking({ work: search, webgpu: async () => failing, matmul: unavailable });
    expect(choice).toEqual({ backend: wasmRanking, reason: "nothing faster: Out of memory; there is none" });
    expect(log).toEqual(["closed"]);
    const open = () => Promise.reject(failure);
    expect((await chooseRanking({ work: search, webgpu: unavailable, matmul: open })).reason).toBe(
      "nothing faster: there is none; Out of memory",
    );
  });

  it("goes on with WebAssembly when the GPU that won fails afterwards", async () => {
    const said: string[] = [];
    const fast = remembering([]);
    const say = (sentence: string): void => void said.push(sentence);
    const { backend } = await chooseRanking({ work: search, webgpu: async () => fast, say });
    fast.nearest = () => Promise.reject(new Error("device lost"));
    const few = { queries: takeSide(search.queries, rows(3)), database: search.database };
    expect(await backend.nearest(few, { k: 5 })).toEqual(await wasmRanking.nearest(few, { k: 5 }));
    expect(said).toEqual([`a fast one failed while it ranked (device lost); going on with ${wasmRanking.description}`]);
  });

  it("opens no other candidate once one has won", async () => {
    let opened = 0;
    const matmul = (): Promise<RankingBackend> => {
      opened++;
      return unavailable();
    };
    const fast = remembering([]);
    const { backend } = await chooseRanking({ work: search, webgpu: async () => fast, matmul });
    expect(backend.description).toBe("a fast one");
    expect(opened).toBe(0);
  });

  it("races with the threads that were asked for", async () => {
    const spy = vi.spyOn(wasmRanking, "nearest");
    try {
      await chooseRanking({ work: { ...search, threads: 2 }, webgpu: async () => remembering([]) });
      expect(spy.mock.calls.map(([, options]) => options?.threads)).toContain(2);
      expect(spy.mock.calls.every(([, options]) => options?.threads === 2)).toBe(true);
    } finally {
      spy.mockRestore();
    }
  });

  it("gives evaluation a backend", async () => {
    const sides = labelled(10, 100_000);
    const of = (ranking: RankingBackend) => evaluateCodes(sides, { ranking });
    const [ours, theirs] = [await of(wasmRanking), await of(referenceRanking)];
    expect(ours).toEqual(theirs);
  });
});

const skipped = noVulkan();
describe.skipIf(skipped !== undefined)("WebGPU", () => {
  it("is not chosen by itself when the processor plays GPU", async () => {
    const { backend, reason } = await chooseRanking({ work });
    expect(backend).toBe(wasmRanking);
    expect(reason).toMatch(/only a software driver/);
  });

  it("says so when the GPU fails, instead of giving zeros", async () => {
    const { device, check } = await webGpuDevice();
    check();
    device.createShaderModule({ code: "fn (" });
    const buffer = device.createBuffer({ size: 16, usage: 9 });
    await buffer.mapAsync(1);
    expect(check).toThrow(EngineError);
    device.destroy();
  });

  it("evaluates", async () => {
    const backend = await webGpuRanking();
    const sides = labelled(3, 500);
    const of = (ranking: RankingBackend) => evaluateCodes(sides, { ranking });
    const [ours, theirs] = [await of(backend), await of(wasmRanking)];
    expect(ours).toEqual(theirs);
    backend.close();
  });
});
