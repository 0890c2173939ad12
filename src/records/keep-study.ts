import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { InputError } from "../core/errors.js";
import { renameDurably, writeAtomically } from "../core/files.js";
import { leftoversOf } from "../core/leftovers.js";
import { lockBeside, withLock } from "../core/lock.js";
import { writing } from "../core/write-fault.js";
import { MODEL_FILES } from "./run-outputs.js";
import type { StudyRecord } from "./study-record.js";

/** What trackers are shown of a run again: all of it is in metrics.csv and record.json. */
const FOR_TRACKERS = /^(events\.out\.tfevents\..*|dvc\.yaml|plots)$/;

/** Settings of {@link keepStudy}. */
export interface KeepStudyOptions {
  /** Folder of kept studies. */
  readonly to: string;
  /** Keep it in the place of one of that name. Default false: refused. */
  readonly replace?: boolean;
}

/**
 * Copies a study for good, to be committed: all of its finished runs but their models' weights, and what TensorBoard and DVC
 * are shown again of metrics.csv. It is read as any study is.
 * @returns the folder of the copy
 * @throws {InputError} when no run is finished, or when one of that name is there
 */
export async function keepStudy(
  study: Pick<StudyRecord, "folder" | "id" | "runs" | "failed" | "missing">,
  { to, replace = false }: KeepStudyOptions,
): Promise<string> {
  const { folder, id, runs } = study;
  const kept = join(to, id);
  if (resolve(kept) === resolve(folder)) {
    throw new InputError("a study cannot be kept in its own place", { file: kept, expected: "another folder" });
  }
  if (runs.length === 0) throw new InputError("no run of this study is finished", { file: folder });
  const partial = join(to, `.${id}.partial`);
  const work = async (): Promise<void> => {
    const isThere = (await stat(kept).catch(() => undefined)) !== undefined;
    if (isThere && !replace) {
      throw new InputError("a study of that name is kept already", {
        file: kept,
        expected: "--replace, or another place",
      });
    }
    try {
      await rm(partial, { recursive: true, force: true }); // of a killed one
      for (const file of await filesToKeep(study))
        await writeAtomically(join(partial, file), await readFile(join(folder, file)));
      if (isThere) await writing(kept, () => rm(kept, { recursive: true }));
      await renameDurably(partial, kept);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  };
  await withLock(lockBeside(kept), work, { task: "keeping a study" });
  return kept;
}

/** Paths in the folder of a study. */
async function filesToKeep({ folder, failed, missing }: Parameters<typeof keepStudy>[0]): Promise<string[]> {
  const unfinished = new Set([...failed.map(({ name }) => name), ...missing]);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const torn = new Set((await Promise.all([...new Set(paths.map(dirname))].map(place => leftoversOf(place)))).flat());
  const files = paths.filter(path => !torn.has(path)).map(path => relative(folder, path));
  const isKept = (file: string): boolean =>
    !basename(file).startsWith(".") &&
    !MODEL_FILES.includes(basename(file)) &&
    !unfinished.has(file.split(sep)[0]) &&
    !file.split(sep).some(part => FOR_TRACKERS.test(part));
  return files.filter(isKept).sort();
}
