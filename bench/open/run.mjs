// Opening a dataset of many image files: the first time, again, and a shard of it; each in a process of its own. Prints a
// table; README of bench/ quotes one. The hashes are compared first: another than the first one's ends the run.
//   npm run build && node bench/open/run.mjs [files, default 100000] [--lib FOLDER of another build, to compare with]
// Makes the files (4.2 to 5.2 KB each, 500 MB in all) in a temporary folder and removes them. A minute or two.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { shardListFile, writeShardLists } from "../../lib/features/shard-list.js";
import * as hb from "../../lib/index.js";

const { positionals, values } = parseArgs({ allowPositionals: true, options: { lib: { type: "string" } } });
const FILES = Number(positionals[0] ?? 100_000);
const [CLASSES, SHARDS] = [100, 8];
const own = fileURLToPath(new URL("../../lib", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hashbook-open-"));
const load = loadavg()[0];

function makeFiles(root) {
  const picture = Buffer.alloc(5200);
  for (let c = 0; c < CLASSES; c++) {
    const name = join(root, `class-${String(c).padStart(3, "0")}`);
    mkdirSync(name, { recursive: true });
    for (let i = c; i < FILES; i += CLASSES) {
      picture.writeUInt32LE(i, 0);
      writeFileSync(join(name, `${String(i).padStart(7, "0")}.jpg`), picture.subarray(0, 4200 + (i % 1000)));
    }
  }
}

/** Opens the files with a build, in a process; with `shards` only the first of so many parts is looked at. */
function opened(lib, home, shards) {
  const part = shards === undefined ? "undefined" : `items => [0, Math.floor(items / ${shards})]`;
  const opening = `openDataset(${JSON.stringify(join(folder, "pictures"))}, { part: ${part} })`;
  return timed(lib, home, "catalogue/open-dataset.js", "openDataset", opening);
}

/** Opens the first of so many parts by its list, as a task on a cluster does. */
function openedByList(lib, home) {
  const list = JSON.stringify(shardListFile(join(folder, "lists"), { index: 1, of: SHARDS }));
  const opening = `openShardList(${list}, { shard: { index: 1, of: ${SHARDS} } })`;
  return timed(lib, home, "features/shard-list.js", "openShardList", opening);
}

function timed(lib, home, module, name, opening) {
  const code = `import { readFileSync } from "node:fs";
    import { ${name} } from ${JSON.stringify(pathToFileURL(join(resolve(lib), module)).href)};
    const [started, before] = [performance.now(), process.cpuUsage()];
    const { contentHash } = await ${opening};
    const [seconds, { user, system }] = [(performance.now() - started) / 1000, process.cpuUsage(before)];
    const memory = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
    console.log(JSON.stringify({ contentHash, seconds, processor: (user + system) / 1e6, memory }));`;
  const env = { ...process.env, HASHBOOK_HOME: join(folder, home) };
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8", env }));
}

try {
  makeFiles(join(folder, "pictures"));
  const builds = { hashbook: own, ...(values.lib === undefined ? {} : { "the other build": values.lib }) };
  const rows = Object.entries(builds).flatMap(([name, lib]) => [
    [`${name}, the first time`, opened(lib, name)],
    [`${name}, again`, opened(lib, name)],
    [`${name}, one shard of ${SHARDS}`, opened(lib, name, SHARDS)],
  ]);
  await writeShardLists(join(folder, "lists"), await hb.openDataset(join(folder, "pictures")), { of: SHARDS });
  rows.splice(3, 0, [`hashbook, one shard of ${SHARDS} by its list`, openedByList(own, "list")]);
  const hashes = new Set(rows.map(([, { contentHash }]) => contentHash));
  if (hashes.size !== 1) throw new Error(`the openings differ: ${[...hashes].join(", ")}`);
  const { processor, cores, memory, node, commit, platform } = hb.environment();
  process.stdout.write(
    [
      `| ${FILES} files | seconds | processor seconds | peak memory |`,
      "| --- | ---: | ---: | ---: |",
      ...rows.map(
        ([name, one]) =>
          `| ${name} | ${one.seconds.toFixed(2)} | ${one.processor.toFixed(2)} | ${one.memory.toFixed(0)} MiB |`,
      ),
      "",
      `${[processor, `${cores} cores`, `${memory} GiB`, platform, `Node ${node}`, `commit ${commit}`].join(", ")}; load before the run ${load.toFixed(1)}.\n`,
    ].join("\n"),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
