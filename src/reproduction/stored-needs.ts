import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { manifestKey } from "../features/feature-manifest.js";
import type { RunRecord } from "../records/run-record.js";
import { readRunRecord } from "../records/run-record-file.js";
import { readStudyFile } from "../records/study-file.js";

/** What studies were made with, so that nobody frees it. */
export interface StudyNeeds {
  /** Studies by the names of the experiments' folders that they have runs of. */
  readonly experiments: ReadonlyMap<string, ReadonlySet<string>>;
  /** Studies by the keys of the features that their runs were made with. */
  readonly features: ReadonlyMap<string, ReadonlySet<string>>;
  /** Folders of studies that cannot be read: what they need, nobody knows. */
  readonly unreadable: readonly string[];
}

/** Folders in a folder. @returns paths, in order; none where it is not there */
export async function foldersOf(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isDirectory())
    .map(({ name }) => join(parent, name))
    .sort();
}

/** Name of the folder of an experiment, as `planExperiment` gives it. */
export function experimentName({ config: { method, bits }, key }: Pick<RunRecord, "config" | "key">): string {
  return `${method}-${bits}-${key}`;
}

/** Reads what the studies of some folders were made with. */
export async function studyNeeds(studies: readonly string[]): Promise<StudyNeeds> {
  const experiments = new Map<string, Set<string>>();
  const features = new Map<string, Set<string>>();
  const unreadable: string[] = [];
  for (const folder of studies) {
    try {
      const file = await readStudyFile(folder);
      if (file === undefined) continue;
      for (const run of await foldersOf(folder)) {
        const record = await readRunRecord(run);
        if (record === undefined) continue;
        note(experiments, experimentName(record), file.id);
        note(features, manifestKey(record.features), file.id);
      }
    } catch {
      unreadable.push(folder);
    }
  }
  return { experiments, features, unreadable };
}

function note(needs: Map<string, Set<string>>, what: string, study: string): void {
  needs.set(what, (needs.get(what) ?? new Set()).add(study));
}
