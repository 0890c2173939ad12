import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { hashOfFiles } from "../core/file-hash.js";
import { writeAtomically } from "../core/files.js";
import type { MethodFile } from "./run-record.js";

/** Folder in a study of the files of methods of one's own: the study is whole without the place they were given at. */
export const METHODS_FOLDER = "methods";

/** Where a study keeps the file of a method: two files of one name do not meet, nor two versions of one file. */
export function keptMethodFile(study: string, { path, sha256 }: MethodFile): string {
  return join(study, METHODS_FOLDER, sha256.slice(0, 12), basename(path));
}

/** Keeps the file of a method in a study, as it is now. @param file that was read just before */
export async function keepMethodFile(study: string, file: MethodFile): Promise<void> {
  const kept = keptMethodFile(study, file);
  const found = await hashOfFiles([kept]).catch(() => undefined);
  if (found !== file.sha256) await writeAtomically(kept, await readFile(file.path));
}
