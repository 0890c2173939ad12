// A notebook on tslab as it is: its converter and its executor, without any of ours. node plain-tslab.mjs NOTEBOOK, in the
// notebook's folder. Exit code 1 and the cell's source on stderr when a cell fails.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createConverter } = require("tslab/dist/converter.js");
const { createExecutor } = require("tslab/dist/executor.js");

const executor = createExecutor(process.cwd(), { node: createConverter({ isJS: false, isBrowser: false }) }, console);
for (const cell of JSON.parse(readFileSync(process.argv[2], "utf8")).cells) {
  const source = [cell.source].flat().join("");
  if (cell.cell_type !== "code" || source.trim() === "") continue;
  if (await executor.execute(source)) continue;
  console.error(`FAILED: ${source}`);
  process.exit(1);
}
process.exit(0);
