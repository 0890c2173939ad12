import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { KNOWN_BACKBONES } from "../../src/backbone/known-backbones.js";
import { openBackbone } from "../../src/backbone/open-backbone.js";
import { weightsCommand } from "../../src/commands/weights.js";
import { encodeSafetensors, readSafetensors, writeSafetensors } from "../../src/core/safetensors.js";
import { formulaTensors } from "../backbone/formula-weights.js";

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

  it("says how weights are made that are published in another format", async () => {
    vi.stubEnv("HASHBOOK_HOME", folder);
    vi.stubEnv("HF_HUB_CACHE", join(folder, "none"));
    const { weights } = JSON.parse(await printed("--json"));
    const ibn = weights.find(({ name }: { name: string }) => name === "resnet50-ibn-a");
    expect(ibn).toMatchObject({
      dim: 2048,
      licence: "MIT",
      present: false,
      conversion: expect.stringMatching(/^python/),
    });
    expect(await printed()).toContain(`made by: ${ibn.conversion}; then --import`);
    const { revision, sha256 } = KNOWN_BACKBONES.resnet50.hub!;
    expect(weights).toContainEqual(expect.objectContaining({ name: "resnet50", revision, sha256, present: false }));
    expect(weights).toContainEqual(expect.objectContaining({ name: "densenet169", revision: null }));
    await expect(openBackbone("resnet50")).rejects.toThrow(
      /expected the file that `hashbook weights resnet50 --download` fetches \(ImageNet-1k, .*timm\/resnet50\.tv_in1k\)$/,
    );
    await expect(printed("resnet50-ibn-a")).rejects.toThrow(/--import FILE.*which this makes: python -c/);
    await expect(printed("resnet50-ibn-a", "--download")).rejects.toThrow(/not downloaded.*made by: python -c/);
    vi.unstubAllEnvs();
  });

  it("verifies what Python has downloaded, and refuses it where it is damaged", { timeout: 60_000 }, async () => {
    vi.stubEnv("HASHBOOK_HOME", folder);
    vi.stubEnv("HF_HUB_CACHE", join(folder, "hub"));
    const { architecture, hub, origin } = KNOWN_BACKBONES.densenet169;
    const bytes = encodeSafetensors(formulaTensors(architecture));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const cached = join(folder, "hub", "models--timm--densenet169.tv_in1k");
    const snapshot = join(cached, "snapshots", "1".repeat(40));
    for (const path of [join(cached, "blobs"), join(cached, "refs"), snapshot]) await mkdir(path, { recursive: true });
    await writeFile(join(cached, "refs", "main"), "1".repeat(40));
    await writeFile(join(cached, "blobs", sha256), bytes);
    await symlink(join("..", "..", "blobs", sha256), join(snapshot, hub!.path));
    const { weights } = JSON.parse(await printed("densenet169", "--json"));
    expect(weights).toMatchObject([{ verified: true, sha256, origin, file: join(snapshot, hub!.path), dim: 1664 }]);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(join(cached, "blobs", sha256), bytes);
    await expect(printed("densenet169")).rejects.toThrow(/not the known weights of densenet169.*expected sha-256/);
    vi.unstubAllEnvs();
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
