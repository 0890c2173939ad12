import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runsPruneCommand } from "../../src/commands/runs-prune.js";
import { lockOfFolder, tryLock } from "../../src/core/lock.js";
import { writeNpy } from "../../src/core/npy.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import type { FeatureManifest } from "../../src/features/feature-manifest.js";
import { manifestKey, writeFeatureManifest } from "../../src/features/feature-manifest.js";
import type { Prunable } from "../../src/reproduction/holding.js";
import { prune } from "../../src/reproduction/prune.js";
import { survey } from "../../src/reproduction/survey.js";
import { printedBy } from "../commands/in-process.js";
import { toySettings, toyStudy, toyStudyData } from "../records/toy-study.js";

/** A home with a study of two runs, an experiment beside it, features, a cache, a notebook's run. Made once, copied. */
let made: string;
let home: string;
const at = (...parts: string[]): string => join(home, ...parts);
const prunedBy = (also: readonly Prunable[], restSeconds = 0) => prune({ home, also, restSeconds });
const namesOf = (holdings: readonly { readonly path: string }[]): string[] =>
  holdings.map(({ path }) => basename(path));

async function writeFeatures(folder: string, manifest: FeatureManifest): Promise<string> {
  const place = join(folder, `toy-none-${manifestKey(manifest)}`);
  await writeFeatureManifest(place, manifest);
  await writeNpy(join(place, "features.npy"), { data: new Float32Array(8), shape: [4, 2] });
  return place;
}

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), "hashbook-prune-"));
  const study = await toyStudy(join(made, "runs"), { bits: [8], seeds: [0] });
  const experiments = join(made, "runs", "experiments");
  await runExperiment(toyStudyData(), toySettings("lsh", 16, 7), { folder: experiments });
  const { features } = study.runs[0].record;
  const folder = join(made, "data", "features");
  await writeFeatures(folder, features);
  await writeFeatures(folder, { ...features, backbone: "another" });
  await mkdir(join(made, "cache", "datasets"), { recursive: true });
  await writeFile(join(made, "cache", "datasets", "a.json"), "{}");
  await mkdir(join(made, "runs", "2026-01-01T00-00-00"));
  await writeFile(join(made, "runs", "2026-01-01T00-00-00", "report.html"), "<html></html>");
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hashbook-pruned-"));
  await cp(made, home, { recursive: true, preserveTimestamps: true });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(home, { recursive: true });
});
afterAll(() => rm(made, { recursive: true }));

/** All files but locks, by path. */
async function files(): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

const experimentsOf = async (): Promise<string[]> => (await readdir(at("runs", "experiments"))).sort();

describe("prune", () => {
  it("finds nothing that nobody needs in a home of finished things", async () => {
    const before = await files();
    const { freed, bytes } = await prunedBy([]);
    expect([freed, bytes]).toEqual([[], 0]);
    expect(await files()).toEqual(before);
  });

  it("frees experiments of an earlier version or with a damaged record, not those of a later one", async () => {
    const [dch, lsh16, lsh8] = await experimentsOf();
    const file = (name: string): string => at("runs", "experiments", name, "record.json");
    const record = JSON.parse(await readFile(file(dch), "utf8"));
    await writeFile(file(dch), JSON.stringify({ ...record, format: 1 }));
    await writeFile(file(lsh16), "{");
    await writeFile(file(lsh8), JSON.stringify({ ...record, format: 99 }));
    const { freed, bytes } = await prunedBy([], 3600);
    expect(namesOf(freed).sort()).toEqual([dch, lsh16].sort());
    expect(bytes).toBeGreaterThan(1000);
    expect(await experimentsOf()).toEqual([lsh8]);
  });

  it("frees what killed writers left in folders that are whole, and only that", async () => {
    const [dch] = await experimentsOf();
    const before = await files();
    const features = at("data", "features", (await readdir(at("data", "features")))[0]);
    await mkdir(at("runs", "experiments", dch, "checkpoints"));
    const left = [
      at("runs", "experiments", dch, "checkpoints", "checkpoint.json"),
      at("runs", "experiments", dch, "codes.npy.123-0123abcd.partial"),
      join(features, "features.npy.progress"),
    ];
    for (const file of left) await writeFile(file, "left");
    const { freed, bytes } = await prunedBy([]);
    expect(freed.map(({ kind }) => kind)).toEqual(["leftovers", "leftovers"]);
    expect(bytes).toBe(12);
    expect(await files()).toEqual(before);
  });

  it("frees experiments and features that no study has only when they are asked for by name", async () => {
    const study = (await files()).filter(file => file.startsWith(at("runs", "studies")));
    const { freed } = await prunedBy(["experiments", "features"]);
    expect(freed.map(({ kind }) => kind).sort()).toEqual(["experiment", "features"]);
    expect((await experimentsOf()).map(name => name.replace(/-[0-9a-f]+$/, ""))).toEqual(["dch-8", "lsh-8"]);
    expect(await readdir(at("data", "features"))).toHaveLength(1);
    expect((await files()).filter(file => file.startsWith(at("runs", "studies")))).toEqual(study);
    expect(existsSync(at("runs", "2026-01-01T00-00-00", "report.html"))).toBe(true);
  });

  it("frees what was interrupted, and caches, only when they are asked for by name", async () => {
    const [dch] = await experimentsOf();
    await rm(at("runs", "experiments", dch, "record.json"));
    expect((await prunedBy([])).freed).toEqual([]);
    expect((await prunedBy(["unfinished", "caches"])).freed.map(({ kind }) => kind)).toEqual([
      "experiment",
      "scan cache",
    ]);
    expect(existsSync(at("runs", "experiments", dch))).toBe(false);
    expect(existsSync(at("cache", "datasets", "a.json"))).toBe(false);
  });

  it("keeps what features and experiments a kept study has", async () => {
    await mkdir(at("records"));
    await cp(at("runs", "studies", "toy"), at("records", "toy"), { recursive: true });
    await rm(at("runs", "studies"), { recursive: true });
    expect((await prunedBy(["experiments", "features"])).freed.map(({ kind }) => kind).sort()).toEqual([
      "experiment",
      "features",
    ]);
    expect(await experimentsOf()).toHaveLength(2);
  });

  it("frees no experiment that a study may have which it cannot read", async () => {
    await writeFile(at("runs", "studies", "toy", "study.json"), "{");
    const { freed, kept } = await prunedBy(["experiments", "features"]);
    expect(freed).toEqual([]);
    expect(kept.filter(({ reason }) => /nobody knows: toy cannot be read/.test(reason)).length).toBeGreaterThan(2);
  });

  it("leaves folders that people have put beside ours", async () => {
    for (const name of ["mine", "features-of-mine-0123456789ab"]) {
      await cp(at("data", "features", (await readdir(at("data", "features")))[0]), at("data", "features", name), {
        recursive: true,
      });
    }
    await mkdir(at("runs", "experiments", "notes"));
    await writeFile(at("runs", "experiments", "notes", "notes.txt"), "mine");
    await prunedBy(["experiments", "features", "unfinished"]);
    expect(existsSync(at("data", "features", "mine", "features.npy"))).toBe(true);
    expect(existsSync(at("data", "features", "features-of-mine-0123456789ab", "features.npy"))).toBe(true);
    expect(existsSync(at("runs", "experiments", "notes", "notes.txt"))).toBe(true);
  });

  it("leaves what another works on, and what was changed just now", async () => {
    const lsh16 = (await experimentsOf()).find(name => name.startsWith("lsh-16"))!;
    const folder = at("runs", "experiments", lsh16);
    const lock = await tryLock(lockOfFolder(folder), "running an experiment");
    if (lock === "held" || lock === "none") throw new Error(`a lock that is ${lock}`);
    try {
      const { freed, left } = await prunedBy(["experiments"]);
      expect(freed).toEqual([]);
      expect(left.map(({ why }) => why)).toEqual(["another process works on it"]);
    } finally {
      await lock.drop();
    }
    const { freed, left } = await prunedBy(["experiments"], 3600);
    expect([freed, left.map(({ why }) => why)]).toEqual([[], ["it was changed just now"]]);
    expect((await readdir(folder)).sort()).toEqual(["codes.npy", "head.json", "head.safetensors", "record.json"]);
  });

  it("says what it would free and frees nothing, and --json is one document", async () => {
    vi.stubEnv("HASHBOOK_HOME", home);
    try {
      const before = await files();
      const [dch] = await experimentsOf();
      const record = at("runs", "experiments", dch, "record.json");
      await writeFile(record, "{");
      await utimes(record, new Date(0), new Date(0));
      const text = await printedBy(runsPruneCommand(), "--dry-run");
      expect(text).toMatch(
        /^would free \d+\.\d KiB of .*\n +\d+\.\d KiB {2}experiment runs\/experiments\/dch-8-.*: its record is damaged\n/,
      );
      expect(text).toMatch(/--also experiments would free/);
      const document = JSON.parse(await printedBy(runsPruneCommand(), "--dry-run", "--json"));
      expect(document).toMatchObject({ home, dryRun: true, freed: [{ kind: "experiment" }] });
      expect(await files()).toEqual(before);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("refuses a name that it does not know", async () => {
    const refused = runsPruneCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(refused.parseAsync(["--also", "studies"], { from: "user" })).rejects.toThrow(/Expected .*experiments/);
  });
});

describe("survey", () => {
  it("counts every byte of the home once", async () => {
    const holdings = await survey({ home });
    const sizes = await Promise.all((await files()).map(async file => (await readFile(file)).length));
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(holdings.map(({ bytes }) => bytes))).toBe(sum(sizes));
  });
});
