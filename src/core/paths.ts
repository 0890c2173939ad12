import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package: the checkout, or its place in node_modules. Both src/core and lib/core lie two below. */
export const packageFolder: string = fileURLToPath(new URL("../../", import.meta.url));

/** A path under the data that ships with the package (read only). */
export function embeddedData(...parts: string[]): string {
  return join(packageFolder, "data", ...parts);
}

/** Where things fetched and generated go: `HASHBOOK_HOME`, else the checkout, else (installed) the current folder. */
export function homeFolder(): string {
  if (process.env.HASHBOOK_HOME) return process.env.HASHBOOK_HOME;
  // An installed package brings src/ for its source maps, but no tsconfig.json.
  return existsSync(join(packageFolder, "tsconfig.json")) ? packageFolder : process.cwd();
}

/** A path under `data/` of {@link homeFolder}: downloads, features. */
export function dataPath(...parts: string[]): string {
  return join(homeFolder(), "data", ...parts);
}

/** A path under `runs/` of {@link homeFolder}: executed notebooks, trained models, records. */
export function runsPath(...parts: string[]): string {
  return join(homeFolder(), "runs", ...parts);
}
