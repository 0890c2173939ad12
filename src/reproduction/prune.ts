import { readdir, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { endingInOrder } from "../core/abort.js";
import { HashbookError } from "../core/errors.js";
import { lockOfFolder, tryLock } from "../core/lock.js";
import { homeFolder } from "../core/paths.js";
import { writing } from "../core/write-fault.js";
import { folderSize, total } from "./folder-size.js";
import type { Holding, HoldingKind, Prunable } from "./holding.js";
import { studiesAtWork } from "./stored-needs.js";
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
   * default 3600. What is damaged is freed at once.
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
 * Frees what nobody needs of the home folder: experiments whose record is damaged, what killed writers left; and what is
 * asked for. Never studies, runs of notebooks, datasets, weights, nor what is another user's or reached by a link. What
 * another process works on is left, and what a study could take that is being run.
 */
export async function prune(options: PruneOptions = {}): Promise<Pruned> {
  const { home = homeFolder(), also = [], dryRun = false, restSeconds = 3600 } = options;
  const holdings = await survey({ home });
  const isAsked = ({ use }: Holding): boolean => use === "nobody" || (use !== "kept" && also.includes(use));
  const freed: Holding[] = [];
  const left: { holding: Holding; why: string }[] = [];
  for (const holding of holdings.filter(isAsked)) {
    const why =
      whyTooEarly(holding, restSeconds) ??
      (await whyAtWork(holding, home)) ??
      (dryRun ? undefined : await free(holding));
    if (why === undefined) freed.push(holding);
    else left.push({ holding, why });
  }
  const kept = holdings.filter(holding => !isAsked(holding));
  return { freed, bytes: freed.reduce((sum, { bytes }) => sum + bytes, 0), left, kept };
}

/** What is of use, and what may take it: what is finished a running study reads without a lock. */
const USES: Readonly<Record<Holding["use"], { readonly isOfUse: boolean; readonly byStudies: boolean }>> = {
  kept: { isOfUse: true, byStudies: true },
  nobody: { isOfUse: false, byStudies: false },
  experiments: { isOfUse: true, byStudies: true },
  features: { isOfUse: true, byStudies: true },
  unfinished: { isOfUse: true, byStudies: true },
  older: { isOfUse: true, byStudies: true },
  caches: { isOfUse: true, byStudies: false },
};

/** What may be a file that is being written, and no leftover. A damaged record no time mends. */
const MAY_BE_WRITTEN: readonly HoldingKind[] = ["leftovers"];

function whyTooEarly({ kind, use, changed }: Holding, restSeconds: number): string | undefined {
  if (!USES[use].isOfUse && !MAY_BE_WRITTEN.includes(kind)) return undefined;
  return Date.now() - changed < 1000 * restSeconds ? "it was changed just now" : undefined;
}

async function whyAtWork({ use }: Holding, home: string): Promise<string | undefined> {
  if (!USES[use].byStudies) return undefined;
  const studies = await studiesAtWork(join(home, "runs", "studies"));
  return studies.length === 0 ? undefined : `a process is running ${studies.join(", ")}, which may take it`;
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
  const lock = await tryLock(lockOfFolder(path), "freeing what nobody needs").catch(faultText);
  if (lock === "held") return "another process works on it";
  if (lock === "none") return "there are no file locks here, so nobody can tell whether it is worked on";
  if (typeof lock === "string") return lock;
  const why = await endingInOrder(work)
    .catch(faultText)
    .finally(() => lock.drop());
  if (files === undefined) await rmdir(path).catch(() => undefined); // somebody may begin anew there
  return why;
}

/** What cannot be removed keeps nothing else from being. */
function faultText(error: unknown): string {
  if (error instanceof HashbookError) return error.message;
  throw error;
}

/** Files by which a folder is known to be whole: without them, killed in the midst, it is known not to be. */
const MARKS: readonly string[] = ["record.json", "features.npy"];

/** All that is in a folder but its lock, in the order in which it is removed. */
async function entriesOf(folder: string): Promise<string[]> {
  return removalOrder((await readdir(folder)).filter(name => name !== basename(lockOfFolder(folder)))).map(name =>
    join(folder, name),
  );
}

/** Names of a folder, those first by which it is known to be whole. */
export function removalOrder(names: readonly string[]): string[] {
  const isMark = (name: string): boolean => MARKS.includes(name);
  return [...names.filter(isMark), ...names.filter(name => !isMark(name))];
}
