import { afterEach, describe, expect, it, vi } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { askedRanking } from "../../src/ranking/ranking-request.js";

afterEach(() => vi.unstubAllEnvs());

describe("askedRanking", () => {
  it("takes the caller's word before the environment's, and auto without either", () => {
    vi.stubEnv("HASHBOOK_RANKING", "");
    expect(askedRanking()).toEqual({ name: "auto", byEnvironment: false });
    vi.stubEnv("HASHBOOK_RANKING", "reference");
    expect(askedRanking()).toEqual({ name: "reference", byEnvironment: true });
    expect(askedRanking("wasm")).toEqual({ name: "wasm", byEnvironment: false });
  });

  it("refuses what is not known, with the nearest name", () => {
    vi.stubEnv("HASHBOOK_RANKING", "web-gpu");
    expect(() => askedRanking()).toThrow(UsageError);
    expect(() => askedRanking()).toThrow(/unknown ranking backend "web-gpu"; expected "webgpu"\? Known: auto, wasm/);
    expect(() => askedRanking("")).toThrow(/unknown ranking backend ""/);
  });
});
