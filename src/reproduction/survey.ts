// What lies in the home folder, and who needs it.
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { leftoversOf } from "../core/leftovers.js";
import { lockOfFolder } from "../core/lock.js";
import { homeFolder } from "../core/paths.js";
import type { StoredState } from "../experiments/stored-record.js";
import { readStored, storedState } from "../experiments/stored-record.js";
import { DATA_FILES } from "../features/data-folder.js";
import { manifestKey } from "../features/feature-identity.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import { readFeatureManifest } from "../features/feature-manifest.js";
import { CARD_FILE } from "../records/model-card.js";
import { MODEL_FILES } from "../records/run-outputs.js";
import { readStudyFile } from "../records/study-file.js";
import { folderSize, total } from "./folder-size.js";
import { foldersOf } from "./folders-of.js";
import type { Holding } from "./holding.js";
import type { StudyNeeds } from "./stored-needs.js";
import { studyNeeds } from "./stored-needs.js";

/** Where a {@link survey} looks. */
export interface SurveyOptions {
  /** The home folder: `data`, `runs`, `records` and `cache` are in it. Default: as `HASHBOOK_HOME` says. */
  readonly home?: string;
}

/** Who needs something, and why. */
type Use = Pick<Holding, "use" | "reason">;

/** Says what is stored, how large it is, and who needs it. Nothing is changed. */
export async function survey({ home = homeFolder() }: SurveyOptions = {}): Promise<Holding[]> {
  const foldersIn = (...parts: string[]): Promise<string[]> => foldersOf(join(home, ...parts)).catch(() => []);
  const needs = await studyNeeds({ growing: join(home, "runs", "studies"), kept: join(home, "records") });
  const featuresUsed = new Set<string>();
  const holdings: Holding[] = [];
  for (const folder of await foldersIn("runs", "experiments")) {
    holdings.push(...(await heldExperiment(folder, needs, { home, featuresUsed })));
  }
  for (const folder of await foldersIn("data", "features")) {
    holdings.push(...(await heldFeatures(folder, needs, { home, featuresUsed })));
  }
  for (const folder of await foldersIn("runs", "studies"))
    holdings.push(await whole("study", folder, "what was found out"));
  for (const folder of await foldersIn("records")) {
    if ((await readStudyFile(folder).catch(() => undefined)) === undefined) continue;
    holdings.push(await whole("kept study", folder, "what was published"));
  }
  holdings.push(...(await heldCaches(join(home, "cache"))));
  for (const folder of await foldersIn("runs")) {
    if (["studies", "experiments"].includes(basename(folder))) continue;
    holdings.push(await whole("notebook run", folder, "what notebooks gave"));
  }
  for (const folder of await foldersIn("data")) {
    if (basename(folder) === "features") continue;
    holdings.push(await whole("dataset or weights", folder, "what was downloaded or came with hashbook"));
  }
  return holdings.filter(({ bytes }) => bytes > 0);
}

/** Where one looks, and what experiments were made with. */
interface Around {
  readonly home: string;
  readonly featuresUsed: Set<string>;
}

/** What becomes of experiments that are not whole. @param toCome why it will be needed */
const NOT_WHOLE: Readonly<Record<StoredState, (toCome: Use | undefined) => Use | undefined>> = {
  whole: () => undefined,
  none: toCome => toCome ?? { use: "unfinished", reason: "a training that was interrupted, and would be gone on with" },
  older: () => ({ use: "older", reason: "of an earlier version: this one computes it anew" }),
  damaged: () => ({ use: "nobody", reason: "its record is damaged" }),
  unreadable: () => ({ use: "kept", reason: "its record cannot be read" }),
  newer: () => ({ use: "kept", reason: "of a later version" }),
};

/** What `computeExperiment` writes. */
const EXPERIMENT_FILES: readonly string[] = ["record.json", "codes.npy", "checkpoints", CARD_FILE, ...MODEL_FILES];

async function heldExperiment(folder: string, needs: StudyNeeds, { home, featuresUsed }: Around): Promise<Holding[]> {
  const name = basename(folder);
  const state = await storedState(folder);
  if (state === "whole") featuresUsed.add(manifestKey((await readStored(folder))!.features));
  const awaited = needs.awaited.get(name.replace(/-[0-9a-f]{16}$/, ""));
  const isOurs = /-\d+-[0-9a-f]{16}$/.test(name);
  const size = { kind: "experiment", path: folder, ...(await folderSize(folder)) } as const;
  const foreign = isOurs ? await foreignUse(folder, { home, files: EXPERIMENT_FILES }) : SOMEBODYS;
  if (foreign !== undefined) return [{ ...size, ...foreign }];
  const toCome = awaitedBy(awaited) ?? nobodyKnows(needs);
  const notWhole = NOT_WHOLE[state](toCome);
  if (notWhole !== undefined) return [{ ...size, ...notWhole }];
  const otherwise = { use: "experiments", reason: "in no study of this home" } as const;
  return withLeftovers({ ...size, ...(usedBy(needs.experiments.get(name)) ?? toCome ?? otherwise) });
}

/** What extractions write and leave. */
const FEATURE_FILES: readonly string[] = [
  ...["features.npy", "features.npy.partial", "features.npy.progress", "failed.csv.partial"],
  ...DATA_FILES,
];

async function heldFeatures(folder: string, needs: StudyNeeds, { home, featuresUsed }: Around): Promise<Holding[]> {
  const size = { kind: "features", path: folder, ...(await folderSize(folder)) } as const;
  const manifest = await readFeatureManifest(folder).catch(() => "unreadable" as const);
  if (manifest === "unreadable") return [{ ...size, use: "kept", reason: "its manifest cannot be read" }];
  const isOurs = manifest === undefined ? /-[0-9a-f]{12}$/.test(folder) : folder.endsWith(`-${manifestKey(manifest)}`);
  const foreign = isOurs ? await foreignUse(folder, { home, files: FEATURE_FILES }) : SOMEBODYS;
  if (foreign !== undefined) return [{ ...size, ...foreign }];
  const inUse = manifest === undefined ? undefined : featuresInUse(manifest, needs, featuresUsed);
  if (manifest === undefined || !(await isThere(join(folder, "features.npy")))) {
    const use = { use: "unfinished", reason: "an extraction that was interrupted, and would be gone on with" } as const;
    return [{ ...size, ...(inUse ?? use) }];
  }
  const otherwise = { use: "features", reason: "no study and no experiment of this home was made with them" } as const;
  return withLeftovers({ ...size, ...(inUse ?? otherwise) });
}

function featuresInUse(manifest: FeatureManifest, needs: StudyNeeds, used: ReadonlySet<string>): Use | undefined {
  const key = manifestKey(manifest);
  const byExperiments: Use = { use: "kept", reason: "experiments were made with them" };
  return (
    usedBy(needs.features.get(key)) ??
    awaitedBy(needs.awaitedDatasets.get(manifest.dataset)) ??
    (used.has(key) ? byExperiments : nobodyKnows(needs))
  );
}

const SOMEBODYS: Use = { use: "kept", reason: "put there by somebody" };

/** Why a folder is not ours alone to free; undefined where it is. @param files what we write there, by name */
async function foreignUse(
  folder: string,
  { home, files }: { readonly home: string; readonly files: readonly string[] },
): Promise<Use | undefined> {
  const { uid } = await stat(folder);
  const user = process.getuid?.() ?? uid;
  if (uid !== user && user !== 0) return { use: "kept", reason: "of another user" };
  const place = await realpath(folder);
  if ((await lstat(folder)).isSymbolicLink() || !place.startsWith(`${await realpath(home)}${sep}`)) {
    return { use: "kept", reason: `it lies elsewhere, in ${dirname(place)}: others may use it` };
  }
  const known = new Set([...files, basename(lockOfFolder(folder))]);
  const torn = new Set((await leftoversOf(folder)).map(file => basename(file)));
  const other = (await readdir(folder)).find(name => !known.has(name) && !torn.has(name));
  return other === undefined ? undefined : { use: "kept", reason: `somebody has put ${other} there` };
}

function usedBy(studies: ReadonlySet<string> | undefined): Use | undefined {
  return studies && { use: "kept", reason: `of the studies ${[...studies].join(", ")}` };
}

function awaitedBy(studies: ReadonlySet<string> | undefined): Use | undefined {
  return studies && { use: "kept", reason: `for runs that are missing in the studies ${[...studies].join(", ")}` };
}

/** Where some study cannot be read, anything may be of it. */
function nobodyKnows({ unreadable }: StudyNeeds): Use | undefined {
  if (unreadable.length === 0) return undefined;
  return { use: "kept", reason: `nobody knows: ${unreadable.map(path => basename(path)).join(", ")} cannot be read` };
}

/** A folder that is whole, and what killed writers left in it. */
async function withLeftovers(holding: Holding): Promise<Holding[]> {
  const { path } = holding;
  const unneeded = ["checkpoints", "features.npy.partial", "features.npy.progress"].map(name => join(path, name));
  const there = await Promise.all(unneeded.map(isThere));
  const files = [...new Set([...(await leftoversOf(path)), ...unneeded.filter((_, at) => there[at])])];
  const size = total(await Promise.all(files.map(folderSize)));
  const left = { kind: "leftovers", path, ...size, use: "nobody", reason: "left by a killed writer", files } as const;
  return [{ ...holding, bytes: holding.bytes - size.bytes }, left];
}

/** What folders of pictures held, which is walked again; what else is in the folder of caches is not ours to judge. */
async function heldCaches(cache: string): Promise<Holding[]> {
  const parts = ["datasets", "content"].map(name => join(cache, name));
  const found = await Promise.all(
    parts.map(async part => (await readdir(part).catch(() => [])).map(name => join(part, name))),
  );
  const files = found.flat().filter(file => /[0-9a-f]{16}\.json(\.\d+-[0-9a-f]{8}\.partial)?$/.test(file));
  const scans = total(await Promise.all(files.map(folderSize)));
  const all = await folderSize(cache);
  return [
    { kind: "scan cache", path: cache, ...scans, use: "caches", reason: "saves time", files },
    { ...{ kind: "other cache", path: cache }, ...all, bytes: all.bytes - scans.bytes, ...SOMEBODYS },
  ];
}

async function whole(kind: Holding["kind"], path: string, reason: string): Promise<Holding> {
  return { kind, path, ...(await folderSize(path)), use: "kept", reason };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
