import { afterEach, describe, expect, it, vi } from "vitest";
import { chooseEngine } from "../../src/compute/engine.js";

afterEach(() => vi.unstubAllEnvs());

describe("chooseEngine", () => {
  it("takes the compiled CPU engine where no GPU engine is there, and says why", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "");
    const { engine, reason } = await chooseEngine();
    expect(engine.kind === "compiled" ? reason : "no GPU engine: ").toMatch(/no GPU engine: /);
  });

  it("does what HASHBOOK_ENGINE says", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "wasm");
    const { engine, reason } = await chooseEngine();
    expect([engine.name, engine.kind, reason]).toEqual(["wasm", "eager", "asked for by HASHBOOK_ENGINE"]);
  });

  it("refuses an unknown engine and one that is not there, without falling back", async () => {
    vi.stubEnv("HASHBOOK_ENGINE", "tpu");
    await expect(chooseEngine()).rejects.toThrow(/unknown engine "tpu".*cpu, webgpu/);
    await expect(chooseEngine({ engine: "cuda" })).rejects.toThrow(/"cuda" does not run on this machine/);
  });
});
