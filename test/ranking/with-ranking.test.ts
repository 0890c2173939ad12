import { afterEach, describe, expect, it, vi } from "vitest";
import { packedCodes } from "../../src/codes/packed-codes.js";
import { evaluateCodes } from "../../src/metrics/evaluate.js";
import type { RankingBackend } from "../../src/ranking/ranking-backend.js";
import { referenceRanking, wasmRanking } from "../../src/ranking/ranking-backend.js";
import { withRanking } from "../../src/ranking/with-ranking.js";

const side = { codes: packedCodes(Uint8Array.of(1, 2, 3), 8), labels: Int32Array.of(0, 0, 1) };
const sides = { queries: side, database: side };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("withRanking", () => {
  it("uses a backend that is given, and leaves it open", async () => {
    const close = vi.fn();
    const given: RankingBackend = { ...wasmRanking, close };
    expect(await withRanking(given, sides, async backend => backend)).toBe(given);
    expect(close).not.toHaveBeenCalled();
  });

  it("opens what is asked for, and closes it whatever happens", async () => {
    const close = vi.spyOn(referenceRanking, "close");
    expect(await withRanking("reference", sides, async backend => backend.name)).toBe("reference");
    expect(close).toHaveBeenCalledTimes(1);
    const failing = withRanking("reference", sides, () => Promise.reject(new Error("oops")));
    await expect(failing).rejects.toThrow("oops");
    expect(close).toHaveBeenCalledTimes(2);
  });

  it("lets HASHBOOK_RANKING choose for whoever evaluates", async () => {
    const used = vi.spyOn(referenceRanking, "rankings");
    const plain = await evaluateCodes(sides);
    expect(used).not.toHaveBeenCalled();
    vi.stubEnv("HASHBOOK_RANKING", "reference");
    expect(await evaluateCodes(sides)).toEqual(plain);
    expect(used).toHaveBeenCalledTimes(1);
    expect(await evaluateCodes(sides, { ranking: "wasm" })).toEqual(plain);
    expect(used).toHaveBeenCalledTimes(1);
    vi.stubEnv("HASHBOOK_RANKING", "refrence");
    await expect(evaluateCodes(sides)).rejects.toThrow(/unknown ranking backend "refrence"; expected "reference"\?/);
  });
});
