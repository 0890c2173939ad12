import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package: the checkout, or its place in node_modules. Both src/core and lib/core lie two below. */
export const packageFolder: string = fileURLToPath(new URL("../../", import.meta.url));

/** A path under the data that ships with the package (read only). */
export function embeddedData(...parts: string[]): string {
  return join(packageFolder, "data", ...parts);
}

/** Whether hashbook runs from a checkout. An installed package brings src/ for its source maps, but no tsconfig.json. */
export function isCheckout(): boolean {
  return existsSync(join(packageFolder, "tsconfig.json"));
}

/** The project that uses hashbook: the nearest folder above (or at) `from` whose package.json depends on it. */
export function studyFolder(from: string = process.cwd()): string | undefined {
  if (dependsOnHashbook(join(from, "package.json"))) return from;
  return dirname(from) === from ? undefined : studyFolder(dirname(from));
}

function dependsOnHashbook(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, "utf8"));
    return "hashbook" in { ...dependencies, ...devDependencies };
  } catch {
    return false; // not ours to complain about
  }
}

/** Where things fetched and generated go: `HASHBOOK_HOME`, else the study, else the checkout, else the current folder. */
export function homeFolder(): string {
  if (process.env.HASHBOOK_HOME) return process.env.HASHBOOK_HOME;
  return studyFolder() ?? (isCheckout() ? packageFolder : process.cwd());
}

/** A path under `data/` of {@link homeFolder}: downloads, features. */
export function dataPath(...parts: string[]): string {
  return join(homeFolder(), "data", ...parts);
}

/**
 * A path under `runs/`, where executed notebooks, trained models and records go: of `HASHBOOK_HOME`, else of the
 * study, else of the checkout, else of the current folder.
 */
export function runsPath(...parts: string[]): string {
  return join(homeFolder(), "runs", ...parts);
}
