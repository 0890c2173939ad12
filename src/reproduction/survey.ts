// What lies in the home folder, and who needs it.
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { leftoversOf } from "../core/leftovers.js";
import { homeFolder } from "../core/paths.js";
import type { StoredState } from "../experiments/stored-record.js";
import { readStored, storedState } from "../experiments/stored-record.js";
import { manifestKey, readFeatureManifest } from "../features/feature-manifest.js";
import { readStudyFile } from "../records/study-file.js";
import { folderSize, total } from "./folder-size.js";
import type { Holding } from "./holding.js";
import type { StudyNeeds } from "./stored-needs.js";
import { foldersOf, studyNeeds } from "./stored-needs.js";

/** Where a {@link survey} looks. */
export interface SurveyOptions {
  /** The home folder: `data`, `runs`, `records` and `cache` are in it. Default: as `HASHBOOK_HOME` says. */
  readonly home?: string;
}

/** Says what is stored, how large it is, and who needs it. Nothing is changed. */
export async function survey({ home = homeFolder() }: SurveyOptions = {}): Promise<Holding[]> {
  const studies = await foldersOf(join(home, "runs", "studies"));
  const kept = await foldersOf(join(home, "records"));
  const needs = await studyNeeds([...studies, ...kept]);
  const experiments = await foldersOf(join(home, "runs", "experiments"));
  const featuresUsed = new Set<string>();
  const holdings: Holding[] = [];
  for (const folder of experiments) holdings.push(...(await heldExperiment(folder, needs, featuresUsed)));
  for (const folder of await foldersOf(join(home, "data", "features"))) {
    holdings.push(...(await heldFeatures(folder, needs, featuresUsed)));
  }
  for (const folder of studies) holdings.push(await whole("study", folder, "what was found out"));
  for (const folder of kept) {
    if ((await readStudyFile(folder).catch(() => undefined)) === undefined) continue;
    holdings.push(await whole("kept study", folder, "what was published"));
  }
  holdings.push(...(await otherHoldings(home)));
  return holdings.filter(({ bytes }) => bytes > 0);
}

/** What becomes of experiments that are not whole. */
const NOT_WHOLE: Readonly<Record<StoredState, Pick<Holding, "use" | "reason"> | undefined>> = {
  whole: undefined,
  none: { use: "unfinished", reason: "a training that was interrupted, and would be gone on with" },
  older: { use: "nobody", reason: "of an earlier version: this one computes it anew" },
  damaged: { use: "nobody", reason: "its record is damaged" },
  newer: { use: "kept", reason: "of a later version" },
};

async function heldExperiment(folder: string, needs: StudyNeeds, featuresUsed: Set<string>): Promise<Holding[]> {
  const name = basename(folder);
  const size = { kind: "experiment", path: folder, ...(await folderSize(folder)) } as const;
  if (!/-\d+-[0-9a-f]{16}$/.test(name)) return [{ ...size, use: "kept", reason: "put there by somebody" }];
  const notWhole = NOT_WHOLE[await storedState(folder)];
  if (notWhole !== undefined) return [{ ...size, ...notWhole }];
  featuresUsed.add(manifestKey((await readStored(folder))!.features));
  const use = usedByStudies(needs.experiments.get(name), needs);
  const otherwise = { use: "experiments", reason: "in no study; a cell that ran it finds it again" } as const;
  const { bytes, ...leftovers } = await heldLeftovers(folder);
  return [
    { ...size, bytes: size.bytes - bytes, ...(use ?? otherwise) },
    { bytes, ...leftovers },
  ];
}

async function heldFeatures(
  folder: string,
  needs: StudyNeeds,
  usedByExperiments: ReadonlySet<string>,
): Promise<Holding[]> {
  const size = { kind: "features", path: folder, ...(await folderSize(folder)) } as const;
  const manifest = await readFeatureManifest(folder).catch(() => undefined);
  const key = manifest === undefined ? undefined : manifestKey(manifest);
  const isOurs = key === undefined ? /-[0-9a-f]{12}$/.test(folder) : folder.endsWith(`-${key}`);
  if (!isOurs) return [{ ...size, use: "kept", reason: "put there by somebody" }];
  if (key === undefined || !(await isThere(join(folder, "features.npy")))) {
    return [{ ...size, use: "unfinished", reason: "an extraction that was interrupted, and would be gone on with" }];
  }
  const byExperiments = usedByExperiments.has(key)
    ? ({ use: "kept", reason: "experiments were made with them" } as const)
    : undefined;
  const use = usedByStudies(needs.features.get(key), needs) ?? byExperiments;
  const otherwise = { use: "features", reason: "no study and no experiment was made with them" } as const;
  const { bytes, ...leftovers } = await heldLeftovers(folder);
  return [
    { ...size, bytes: size.bytes - bytes, ...(use ?? otherwise) },
    { bytes, ...leftovers },
  ];
}

function usedByStudies(
  studies: ReadonlySet<string> | undefined,
  { unreadable }: StudyNeeds,
): Pick<Holding, "use" | "reason"> | undefined {
  if (studies !== undefined) return { use: "kept", reason: `of the studies ${[...studies].join(", ")}` };
  if (unreadable.length > 0) return { use: "kept", reason: unknownNeeds(unreadable) };
  return undefined;
}

function unknownNeeds(unreadable: readonly string[]): string {
  return `nobody knows: ${unreadable.map(folder => basename(folder)).join(", ")} cannot be read`;
}

/** What killed writers left in a folder that is whole. */
async function heldLeftovers(folder: string): Promise<Holding> {
  const unneeded = ["checkpoints", "features.npy.partial", "features.npy.progress"].map(name => join(folder, name));
  const there = await Promise.all(unneeded.map(isThere));
  const files = [...new Set([...(await leftoversOf(folder)), ...unneeded.filter((_, at) => there[at])])];
  const size = total(await Promise.all(files.map(folderSize)));
  return { kind: "leftovers", path: folder, ...size, use: "nobody", reason: "left by a killed writer", files };
}

/** What is never freed, and caches. */
async function otherHoldings(home: string): Promise<Holding[]> {
  const cache = join(home, "cache");
  const holdings: Holding[] = [
    { kind: "scan cache", path: cache, ...(await folderSize(cache)), use: "caches", reason: "saves time" },
  ];
  for (const folder of await foldersOf(join(home, "runs"))) {
    if (["studies", "experiments"].includes(basename(folder))) continue;
    holdings.push(await whole("notebook run", folder, "what notebooks gave"));
  }
  for (const folder of await foldersOf(join(home, "data"))) {
    if (basename(folder) === "features") continue;
    holdings.push(await whole("dataset or weights", folder, "what was downloaded or came with hashbook"));
  }
  return holdings;
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
