import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../../src/core/paths.js";

/** The notebooks in a folder of their own, in which nothing has been computed yet. */
export interface WorkbookCopy {
  /** What stands for the checkout: `HASHBOOK_HOME`. */
  readonly root: string;
  readonly notebooks: string;
  /** An empty home of a user. */
  readonly home: string;
  remove(): void;
}

/** Copies the notebooks to where they find the library as they do in a checkout, at `../lib`. */
export function copyWorkbook(): WorkbookCopy {
  const root = mkdtempSync(join(tmpdir(), "hashbook-lab-"));
  const [notebooks, home] = [join(root, "notebooks"), join(root, "home")];
  for (const folder of ["lib", "node_modules"]) symlinkSync(join(packageFolder, folder), join(root, folder), "dir");
  cpSync(join(packageFolder, "notebooks"), notebooks, { recursive: true });
  mkdirSync(home);
  return { root, notebooks, home, remove: () => rmSync(root, { recursive: true, force: true }) };
}
