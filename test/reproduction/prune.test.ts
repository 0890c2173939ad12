import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runsPruneCommand } from "../../src/commands/runs-prune.js";
import { lockOfFolder, tryLock } from "../../src/core/lock.js";
import { writeNpy } from "../../src/core/npy.js";
import { runExperiment } from "../../src/experiments/run-experiment.js";
import { manifestKey } from "../../src/features/feature-identity.js";
import type { FeatureManifest } from "../../src/features/feature-manifest.js";
import { writeFeatureManifest } from "../../src/features/feature-manifest.js";
import type { Prunable } from "../../src/reproduction/holding.js";
import { prune, removalOrder } from "../../src/reproduction/prune.js";
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
  await writeFile(join(made, "cache", "datasets", "tree-0123456789abcdef.json"), "{}");
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

  it("frees experiments with a damaged record, those of an earlier version when asked for, not those of a later one", async () => {
    const [dch, lsh16, lsh8] = await experimentsOf();
    const file = (name: string): string => at("runs", "experiments", name, "record.json");
    const record = JSON.parse(await readFile(file(dch), "utf8"));
    await writeFile(file(dch), JSON.stringify({ ...record, format: 1 }));
    await writeFile(file(lsh16), "{");
    await writeFile(file(lsh8), JSON.stringify({ ...record, format: 99 }));
    const { freed, bytes } = await prunedBy([], 3600);
    expect(namesOf(freed)).toEqual([lsh16]);
    expect(bytes).toBeGreaterThan(1000);
    // A checkout of that version may share the home.
    expect(namesOf((await prunedBy(["experiments", "unfinished"])).freed)).toEqual([]);
    expect(namesOf((await prunedBy(["older"])).freed)).toEqual([dch]);
    expect(await experimentsOf()).toEqual([lsh8]);
  });

  it("takes nothing for damaged that it cannot read", async () => {
    const [dch] = await experimentsOf();
    await rm(at("runs", "experiments", dch, "record.json"));
    await mkdir(at("runs", "experiments", dch, "record.json")); // EISDIR: also root cannot read it
    const [features] = await readdir(at("data", "features"));
    const manifest = at("data", "features", features, "manifest.json");
    await writeFile(manifest, JSON.stringify({ ...JSON.parse(await readFile(manifest, "utf8")), format: 99 }));
    const { freed, kept } = await prunedBy(["experiments", "features", "unfinished", "older"]);
    expect(namesOf(freed)).not.toContain(dch);
    expect(namesOf(freed)).not.toContain(features);
    expect(kept.find(({ path }) => basename(path) === features)?.reason).toBe("its manifest cannot be read");
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
    expect(existsSync(at("cache", "datasets", "tree-0123456789abcdef.json"))).toBe(false);
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
    expect(kept.filter(({ reason }) => /nobody knows: toy cannot be read/.test(reason)).length).toBeGreaterThan(1);
  });

  it("keeps what a study needs that a link leads to", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "hashbook-linked-"));
    try {
      await cp(at("runs", "studies"), elsewhere, { recursive: true });
      await rm(at("runs", "studies", "toy"), { recursive: true });
      await symlink(join(elsewhere, "toy"), at("runs", "studies", "toy"));
      await prunedBy(["experiments", "features"]);
      expect((await experimentsOf()).map(name => name.replace(/-[0-9a-f]+$/, ""))).toEqual(["dch-8", "lsh-8"]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it("leaves what is reached by a link: another home may lead there", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "hashbook-linked-"));
    try {
      for (const parts of [
        ["runs", "experiments"],
        ["data", "features"],
      ]) {
        await cp(at(...parts), join(elsewhere, parts[1]), { recursive: true });
        await rm(at(...parts), { recursive: true });
        await symlink(join(elsewhere, parts[1]), at(...parts));
      }
      const before = await readdir(elsewhere, { recursive: true });
      expect((await prunedBy(["experiments", "features", "unfinished"])).freed).toEqual([]);
      expect(await readdir(elsewhere, { recursive: true })).toEqual(before);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it("keeps what an interrupted study asks for and does not have yet", async () => {
    const file = at("runs", "studies", "toy", "study.json");
    const study = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...study, asked: [...study.asked, "lsh-16-s7", "hashnet-8-s0-gamma=5"] }));
    const begun = at("runs", "experiments", "hashnet-8-0123456789abcdef");
    await mkdir(join(begun, "checkpoints"), { recursive: true });
    await writeFile(join(begun, "checkpoints", "checkpoint.json"), "{}");
    const { freed, kept } = await prunedBy(["experiments", "features", "unfinished"]);
    expect(freed).toEqual([]);
    expect(kept.find(({ path }) => path === begun)?.reason).toBe("for runs that are missing in the studies toy");
    await writeFile(file, JSON.stringify(study));
    expect((await prunedBy(["experiments", "unfinished"])).freed).toHaveLength(2);
  });

  it("leaves what a study could take that is being run", async () => {
    const lock = await tryLock(lockOfFolder(at("runs", "studies", "toy")), "running a study");
    if (lock === "held" || lock === "none") throw new Error(`a lock that is ${lock}`);
    try {
      const { freed, left } = await prunedBy(["experiments", "features"]);
      expect(freed).toEqual([]);
      expect(left.map(({ why }) => why)).toEqual(Array(2).fill("a process is running toy, which may take it"));
    } finally {
      await lock.drop();
    }
    expect((await prunedBy(["experiments", "features"])).freed).toHaveLength(2);
  });

  it("takes no file that is being written for a leftover", async () => {
    const [dch] = await experimentsOf();
    await writeFile(at("runs", "experiments", dch, "MODEL.md.123-0123abcd.partial"), "left");
    const { freed, left } = await prunedBy([], 3600);
    expect([freed, left.map(({ why }) => why)]).toEqual([[], ["it was changed just now"]]);
  });

  it("leaves files in the folder of caches that are none of ours, and folders that hold such", async () => {
    await mkdir(at("cache", "jupyter"));
    await writeFile(at("cache", "jupyter", "kernel.json"), "{}");
    await writeFile(at("cache", "datasets", "notes.json"), "{}");
    const lsh16 = (await experimentsOf()).find(name => name.startsWith("lsh-16"))!;
    await writeFile(at("runs", "experiments", lsh16, "notes.txt"), "mine");
    const { freed } = await prunedBy(["caches", "experiments"]);
    expect(freed.map(({ kind }) => kind)).toEqual(["scan cache"]);
    expect((await readdir(at("cache"), { recursive: true })).sort()).toEqual([
      "datasets",
      join("datasets", "notes.json"),
      "jupyter",
      join("jupyter", "kernel.json"),
    ]);
  });

  it("removes first what says that a folder is whole", () => {
    expect(removalOrder(["codes.npy", "head.json", "record.json"])).toEqual(["record.json", "codes.npy", "head.json"]);
    expect(removalOrder(["features.npy", "ids.txt", "manifest.json"])[0]).toBe("features.npy");
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
