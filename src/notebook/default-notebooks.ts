import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { packageFolder, studyFolder } from "../core/paths.js";

/** The `.ipynb` files of a folder in order, with their paths; none when there is no such folder. */
async function notebooksIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter(name => name.endsWith(".ipynb"))
    .sort()
    .map(name => join(folder, name));
}

/**
 * What `run` executes and `lab` opens when no notebook is named: those of the study we are in, which lie in its folder
 * or in its notebooks/, else the workbook that comes with hashbook.
 */
export async function defaultNotebooks(): Promise<{ folder: string; files: string[] }> {
  const study = studyFolder();
  if (study !== undefined) {
    const files = [...(await notebooksIn(study)), ...(await notebooksIn(join(study, "notebooks")))];
    if (files.length > 0) return { folder: study, files };
  }
  const folder = join(packageFolder, "notebooks");
  return { folder, files: await notebooksIn(folder) };
}
