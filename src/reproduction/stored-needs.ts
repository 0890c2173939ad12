import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { lockOfFolder, tryLock } from "../core/lock.js";
import { manifestKey } from "../features/feature-identity.js";
import type { RunRecord } from "../records/run-record.js";
import { readRunRecord } from "../records/run-record-file.js";
import { readStudyFile } from "../records/study-file.js";
import { foldersOf } from "./folders-of.js";

/** Studies by what they need. */
type StudiesBy = ReadonlyMap<string, ReadonlySet<string>>;

/** What studies were made with, and will be gone on with, so that nobody frees it. */
export interface StudyNeeds {
  /** By the names of the experiments' folders that they have runs of. */
  readonly experiments: StudiesBy;
  /** By the keys of the features that their runs were made with. */
  readonly features: StudiesBy;
  /** By `<method>-<bits>` of runs that they ask for and do not have: interrupted, failed, or never begun. */
  readonly awaited: StudiesBy;
  /** By the dataset that such runs are of. */
  readonly awaitedDatasets: StudiesBy;
  /** What cannot be read: what is needed for it, nobody knows. */
  readonly unreadable: readonly string[];
}

/** Name of the folder of an experiment, as `planExperiment` gives it. */
export function experimentName({ config: { method, bits }, key }: Pick<RunRecord, "config" | "key">): string {
  return `${method}-${bits}-${key}`;
}

/**
 * Reads what studies were made with.
 * @param growing folder of studies that grow; it need not be there
 * @param kept of those that were kept for good, which ask for nothing any more; likewise
 */
export async function studyNeeds({ growing, kept }: Record<"growing" | "kept", string>): Promise<StudyNeeds> {
  const needs = {
    experiments: new Map<string, Set<string>>(),
    features: new Map<string, Set<string>>(),
    awaited: new Map<string, Set<string>>(),
    awaitedDatasets: new Map<string, Set<string>>(),
    unreadable: [] as string[],
  };
  for (const parent of [growing, kept]) {
    for (const folder of await orUnreadable(parent, needs.unreadable, () => foldersOf(parent))) {
      await orUnreadable(folder, needs.unreadable, async () => {
        await noteStudy(folder, needs, { grows: parent === growing });
        return [];
      });
    }
  }
  return needs;
}

async function orUnreadable<T>(path: string, unreadable: string[], read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch {
    unreadable.push(path);
    return [];
  }
}

type Noted = {
  readonly [part in "experiments" | "features" | "awaited" | "awaitedDatasets"]: Map<string, Set<string>>;
};

async function noteStudy(
  folder: string,
  { experiments, features, awaited, awaitedDatasets }: Noted,
  { grows }: { readonly grows: boolean },
): Promise<void> {
  const study = basename(folder);
  const note = (needs: Map<string, Set<string>>, what: string): void => {
    needs.set(what, (needs.get(what) ?? new Set()).add(study));
  };
  const finished = new Set<string>();
  for (const run of await foldersOf(folder)) {
    const record = await readRunRecord(run);
    if (record === undefined) continue;
    finished.add(basename(run));
    note(experiments, experimentName(record));
    note(features, manifestKey(record.features));
  }
  const file = await readStudyFile(folder);
  if (!grows) return;
  const missing = file?.asked.filter(name => !finished.has(name)) ?? [];
  for (const name of missing) note(awaited, name.replace(/-s\d+(-.*)?$/, ""));
  if (file !== undefined && missing.length > 0) note(awaitedDatasets, file.data.dataset);
}

/** The studies of a folder that a process is running at this moment. */
export async function studiesAtWork(parent: string): Promise<string[]> {
  const atWork: string[] = [];
  for (const folder of await foldersOf(parent).catch(() => [])) {
    const lock = lockOfFolder(folder);
    if ((await stat(lock).catch(() => undefined)) === undefined) continue;
    const taken = await tryLock(lock, "freeing what nobody needs");
    if (taken === "held") atWork.push(basename(folder));
    else if (taken !== "none") await taken.drop();
  }
  return atWork;
}
