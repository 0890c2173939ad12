// node --import ./record-modules.mjs PROGRAM: writes to HASHBOOK_MODULES, when the process ends, the files of all modules
// that it loaded, a line each. How the pack knows which files of large packages it needs.
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { fileURLToPath } from "node:url";

const file = process.env.HASHBOOK_MODULES;
const hooks = `import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
export async function load(url, context, next) {
  if (url.startsWith("file:")) appendFileSync(${JSON.stringify(file)}, fileURLToPath(url) + "\\n");
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, import.meta.url);

const { cache } = createRequire(fileURLToPath(import.meta.url));
process.on("exit", () => appendFileSync(file, `${Object.keys(cache).join("\n")}\n`));
