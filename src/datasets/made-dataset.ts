// Datasets that are drawn here: made once into a folder, and found there again.
import { readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import { makeFolder, renameDurably, writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { lockBeside, withLock } from "../core/lock.js";
import { writing } from "../core/write-fault.js";

/** What a finished folder says about itself, in `sample.json`: all that it follows from. */
export interface MadeInfo {
  readonly seed: number;
  /** Raised when what is drawn changes: an older folder is refused then. */
  readonly version: number;
}

/** A dataset that is made here. */
export interface MadeDataset<Info extends MadeInfo> {
  /** As messages call it: "digix-sample". */
  readonly name: string;
  readonly file: JsonFileKind<Info>;
}

/**
 * What a folder is; undefined when it is missing or empty.
 * @throws {InputError} when it holds something else
 */
export async function readMadeInfo<Info extends MadeInfo>(
  folder: string,
  { name, file }: MadeDataset<Info>,
): Promise<Info | undefined> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw new InputError("this folder cannot be read", { file: folder, actual: cause.message, cause });
  });
  if (names.length === 0) return undefined;
  const info = await readJsonFileIfAny(join(folder, "sample.json"), file);
  if (info !== undefined) return info;
  throw new InputError(`this folder holds no ${name}`, {
    file: folder,
    expected: "a folder that this program made, or one that is empty or not there",
    actual: `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}, and no sample.json of it`,
  });
}

/**
 * What the dataset is that is opened: at its usual place it is made when it is not there. A place that somebody names has
 * to hold it, for into one that is misspelt nobody wants it drawn.
 * @throws {InputError} when the place named is missing or empty
 */
export async function foundOrMade<Info>(
  { root, name }: { readonly root: string | undefined; readonly name: string },
  {
    usual,
    read,
    make,
  }: {
    readonly usual: string;
    read(folder: string): Promise<Info | undefined>;
    make(folder: string): Promise<Info>;
  },
): Promise<Info> {
  const folder = root ?? usual;
  const found = await read(folder);
  if (found !== undefined) return found;
  if (resolve(folder) === resolve(usual)) return make(folder);
  throw new InputError(`there is no ${name} here`, {
    file: folder,
    expected: `a folder that \`hashbook dataset ${name} --out ${folder}\` has made, or no --root: it is made at its usual place`,
    actual: "nothing",
  });
}

/**
 * Makes a dataset, unless the folder holds the same one already. Nothing is at the place before all is done: a run that
 * was killed leaves `<folder>.partial`, which the next one is given when it is to make the same.
 * @param draw makes it in the folder that it is given
 * @throws {InputError} when the folder holds something else, or the dataset with other settings
 */
export async function makeDataset<Info extends MadeInfo>(
  place: string,
  dataset: MadeDataset<Info>,
  info: Info,
  draw: (partial: string) => Promise<void>,
): Promise<void> {
  const folder = resolve(place); // without a slash at its end: other folders are named after it
  if (await holds(folder, dataset, info)) return;
  const work = async (): Promise<void> => {
    if (!(await holds(folder, dataset, info))) await drawBeside(folder, info, draw);
  };
  await withLock(lockBeside(folder), work, { task: "drawing the sample" });
}

/** Whether a folder holds this one. @throws {InputError} when it holds something else */
async function holds<Info extends MadeInfo>(folder: string, dataset: MadeDataset<Info>, info: Info): Promise<boolean> {
  const found = await readMadeInfo(folder, dataset);
  if (found === undefined || JSON.stringify(found) === JSON.stringify(info)) return found !== undefined;
  throw new InputError(`this folder holds a ${dataset.name} with other settings`, {
    file: folder,
    expected: `${settingsOf(info)}; remove the folder, or give another`,
    actual: settingsOf(found),
  });
}

/** What a dataset follows from, in words. */
function settingsOf(info: MadeInfo): string {
  const { seed, version, ...more } = info;
  const counts = Object.entries(more).filter(([, value]) => typeof value === "object");
  const rest = counts.map(([name, value]) => `, ${name} ${JSON.stringify(value)}`).join("");
  return `seed ${seed}${rest}, version ${version}`;
}

async function drawBeside(folder: string, info: MadeInfo, draw: (partial: string) => Promise<void>): Promise<void> {
  const text = `${JSON.stringify(info, null, 2)}\n`;
  const partial = `${folder}.partial`;
  const left = await readFile(join(partial, "sample.json"), "utf8").catch(() => "");
  if (left !== text) await writing(partial, () => rm(partial, { recursive: true, force: true }));
  await makeFolder(partial);
  await writeAtomically(join(partial, "sample.json"), text);
  await draw(partial);
  await renameDurably(partial, folder);
}
