import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Abortable } from "../core/abort.js";
import { checkAborted } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import { makeFolder, renameDurably, writeTogether } from "../core/files.js";
import { lockBeside, withLock } from "../core/lock.js";
import type { ProgressListener } from "../core/progress.js";
import { ProgressMeter } from "../core/progress.js";
import { writing } from "../core/write-fault.js";
import type { ArchiveEntry } from "./archive-entries.js";
import { archiveEntries, UNPACKABLE } from "./archive-entries.js";

/** An archive beside the parts of DIGIX. */
export interface DigixArchive {
  readonly file: string;
  /** Bytes of it; its pictures hardly take more unpacked. */
  readonly bytes: number;
}

/** Archives that can be unpacked here, whose content is not there yet: those without the folder of their name. */
export async function packedDigix(root: string): Promise<DigixArchive[]> {
  const names = await readdir(root).catch((): string[] => []);
  const archives: DigixArchive[] = [];
  for (const name of names.filter(one => UNPACKABLE.test(one)).sort()) {
    if (names.includes(folderOf(name))) continue;
    archives.push({ file: join(root, name), bytes: (await stat(join(root, name))).size });
  }
  return archives;
}

/** `test_data_A` for `test_data_A.tar.gz`. */
function folderOf(name: string): string {
  return name.replace(UNPACKABLE, "");
}

/**
 * Unpacks an archive into a folder of its name beside it: `train_data.zip` into `train_data`, whether the archive holds a
 * folder of this name or its inside. The folder has its name when all is there; a run that was stopped leaves
 * `<folder>.partial`, which the next goes on with. What macOS adds is left out.
 * @returns the folder
 * @throws {InputError} when the archive is damaged, holds what leads out of the folder, or more than one folder and files
 */
export async function unpackDigix(
  { file }: DigixArchive,
  { onProgress, signal }: Abortable & { readonly onProgress?: ProgressListener } = {},
): Promise<string> {
  const name = folderOf(basename(file));
  const folder = join(dirname(file), name);
  const partial = `${folder}.partial`;
  const unpack = async (): Promise<void> => {
    await makeFolder(partial);
    await removeHalfWritten(partial);
    const { size } = await stat(file);
    const meter = new ProgressMeter(`unpacking ${basename(file)}`, Math.ceil(size / 2 ** 20), "MiB", onProgress);
    let bytes = 0;
    for await (const entry of archiveEntries(file)) {
      checkAborted(signal);
      if (isOfSystem(entry.path)) continue;
      await unpackEntry(entry, partial);
      bytes += entry.bytes;
      meter.report(Math.min(Math.floor(bytes / 2 ** 20), Math.ceil(size / 2 ** 20)));
    }
    await takeName(partial, folder, name);
  };
  await withLock(lockBeside(folder), unpack, { task: "unpacking", signal });
  return folder;
}

/** What a killed run left of the file it was writing. */
async function removeHalfWritten(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter(one => one.endsWith(".partial"))) await rm(join(folder, name), { force: true });
}

/** What macOS and Windows put beside pictures. */
function isOfSystem(path: string): boolean {
  return path.split("/").some(part => part === "__MACOSX" || part === ".DS_Store" || part === "Thumbs.db");
}

/** Writes a file unless it is there: files get their names when they are whole, so that the size tells. */
async function unpackEntry({ path, bytes, content }: ArchiveEntry, folder: string): Promise<void> {
  const target = join(folder, path);
  if (content === undefined) {
    await makeFolder(target);
    return;
  }
  const found = await stat(target).catch(() => undefined);
  if (found?.isFile() && found.size === bytes) return;
  await writeTogether({ [target]: content() });
}

/** The folder in it that has its name, else all of it. */
async function takeName(partial: string, folder: string, name: string): Promise<void> {
  const inside = await readdir(partial);
  if (inside.length === 0) throw new InputError("this archive holds no files", { file: folder });
  if (!inside.includes(name)) {
    await renameDurably(partial, folder);
    return;
  }
  if (inside.length > 1) {
    throw new InputError("this archive holds more than the folder of its name", {
      file: partial,
      expected: `${name} alone; move what is right in this folder to its place by hand`,
      actual: inside.slice(0, 5).join(", "),
    });
  }
  await renameDurably(join(partial, name), folder);
  await writing(partial, () => rm(partial, { recursive: true, force: true }));
}
