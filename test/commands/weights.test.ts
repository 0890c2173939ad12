import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { weightsCommand } from "../../src/commands/weights.js";
import { readSafetensors, writeSafetensors } from "../../src/core/safetensors.js";

const known = KNOWN_BACKBONES["efficientnet-lite0"];

async function printed(...args: string[]): Promise<string> {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation(chunk => {
    text += chunk;
    return true;
  });
  try {
    await weightsCommand().exitOverride().parseAsync(args, { from: "user" });
  } finally {
    vi.restoreAllMocks();
  }
  return text;
}

describe("hashbook weights", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hashbook-"));
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => rm(folder, { recursive: true }));

  it("lists what is known and whether it is here", async () => {
    const { weights } = JSON.parse(await printed("--json"));
    const entry = { name: "efficientnet-lite0", dim: 1280, licence: "Apache-2.0", present: true, sha256: known.sha256 };
    expect(weights).toContainEqual(expect.objectContaining({ ...entry, file: known.file() }));
    expect(weights[0]).not.toHaveProperty("verified");
    expect(await printed()).toMatch(/^efficientnet-lite0: here\n/);
  });

  it("verifies the embedded file", async () => {
    expect(await printed("efficientnet-lite0")).toContain("efficientnet-lite0: verified");
    const { weights } = JSON.parse(await printed("efficientnet-lite0", "--json"));
    expect(weights).toMatchObject([{ verified: true, sha256: known.sha256 }]);
  });

  it("verifies another file by its shapes, and says that it is another", async () => {
    const other = join(folder, "other.safetensors");
    await writeSafetensors(other, (await readSafetensors(known.file())).tensors);
    const { weights } = JSON.parse(await printed("efficientnet-lite0", "--file", other, "--json"));
    expect(weights).toMatchObject([{ verified: true, file: other, origin: "unknown" }]);
    expect(weights[0].sha256).not.toBe(known.sha256);
    expect(await printed("efficientnet-lite0", "--file", other)).toContain("not the known file");
  });

  it("fails on a damaged file, an unknown name, a file without a name", async () => {
    const damaged = join(folder, "damaged.safetensors");
    await writeFile(damaged, "damaged");
    const failing = printed("efficientnet-lite0", "--file", damaged);
    await expect(failing).rejects.toMatchObject({ kind: "input", file: damaged });
    await expect(printed("resnet49")).rejects.toMatchObject({ kind: "usage" });
    await expect(printed("--file", damaged)).rejects.toMatchObject({ kind: "usage" });
  });
});
