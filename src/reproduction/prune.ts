import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { InputError } from "../core/errors.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { writing } from "../core/write-fault.js";
import { folderSize, total } from "./folder-size.js";
import type { Holding, Prunable } from "./holding.js";
import type { SurveyOptions } from "./survey.js";
import { survey } from "./survey.js";

/** Settings of {@link prune}. */
export interface PruneOptions extends SurveyOptions {
  /** What to free beside what nobody needs. Default: nothing. */
  readonly also?: readonly Prunable[];
  /** Frees nothing, and says what would be freed. Default false. */
  readonly dryRun?: boolean;
  /**
   * What was changed less than so many seconds ago is kept, whoever asks: a study may be about to take it. 0 or more,
   * default 3600. What nobody can read is freed at once.
   */
  readonly restSeconds?: number;
}

/** What {@link prune} did, or would do. */
export interface Pruned {
  readonly freed: readonly Holding[];
  readonly bytes: number;
  /** What was to be freed and was not, and why. */
  readonly left: readonly { readonly holding: Holding; readonly why: string }[];
  readonly kept: readonly Holding[];
}

/**
 * Frees what nobody needs of the home folder: experiments that this version cannot read, what killed writers left; and
 * what is asked for. Never studies, runs of notebooks, datasets, weights. What another process works on is left.
 * @throws {WriteError} when something cannot be removed
 */
export async function prune(options: PruneOptions = {}): Promise<Pruned> {
  const { also = [], dryRun = false, restSeconds = 3600 } = options;
  const holdings = await survey(options);
  const isAsked = ({ use }: Holding): boolean => use === "nobody" || (use !== "kept" && also.includes(use));
  const freed: Holding[] = [];
  const left: { holding: Holding; why: string }[] = [];
  for (const holding of holdings.filter(isAsked)) {
    const isFresh = holding.use !== "nobody" && Date.now() - holding.changed < 1000 * restSeconds;
    const why = isFresh ? "it was changed just now" : dryRun ? undefined : await free(holding);
    if (why === undefined) freed.push(holding);
    else left.push({ holding, why });
  }
  const kept = holdings.filter(holding => !isAsked(holding));
  return { freed, bytes: freed.reduce((sum, { bytes }) => sum + bytes, 0), left, kept };
}

/** Removes what is held, under its lock. @returns why it was not removed; undefined when it was */
async function free(holding: Holding): Promise<string | undefined> {
  const { path, files } = holding;
  const work = async (): Promise<string | undefined> => {
    const now = files === undefined ? await folderSize(path) : total(await Promise.all(files.map(folderSize)));
    if (now.changed !== holding.changed) return "it was changed meanwhile";
    for (const file of files ?? (await entriesOf(path))) {
      await writing(file, () => rm(file, { recursive: true, force: true }));
    }
    return undefined;
  };
  try {
    const why = await withLock(lockOfFolder(path), work, { task: "freeing what nobody needs", waits: false });
    if (files === undefined && why === undefined) await rmdir(path).catch(() => undefined); // somebody may begin anew there
    return why;
  } catch (error) {
    if (error instanceof InputError) return "another process works on it";
    throw error;
  }
}

/** All that is in a folder, but for its lock. */
async function entriesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.map(name => join(folder, name)).filter(file => basename(file) !== basename(lockOfFolder(folder)));
}
