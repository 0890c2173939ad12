import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ReadStudyOptions } from "./read-study.js";
import { readStudy, studyFolders } from "./read-study.js";
import type { StudyRecord } from "./study-record.js";

/**
 * All studies that are found by their ids, those of `runs/studies` before those that were kept, the latest first in each;
 * of several with one id the first.
 * @throws {InputError} as `readStudy`
 */
export async function knownStudies(options: ReadStudyOptions = {}): Promise<StudyRecord[]> {
  const found = new Map<string, StudyRecord>();
  for (const parent of studyFolders(options)) {
    const studies = await Promise.all((await studiesIn(parent)).map(folder => readStudy(folder)));
    for (const study of studies.sort((a, b) => b.date.localeCompare(a.date))) {
      if (!found.has(study.id)) found.set(study.id, study);
    }
  }
  return [...found.values()];
}

async function studiesIn(parent: string): Promise<string[]> {
  const folders = (await readdir(parent).catch(() => [])).map(name => join(parent, name));
  const isStudy = await Promise.all(folders.map(folder => stat(join(folder, "study.json")).catch(() => undefined)));
  return folders.filter((_, at) => isStudy[at] !== undefined);
}
