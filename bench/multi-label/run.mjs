// `evaluate --cutoff 5000` at the size of COCO's lists, 5,000 queries × 112,218 items × 80 classes, against NumPy: equal
// mAP@5000 of some queries first (10⁻⁹), then times in turns. Prints a table; README of bench/ quotes one.
//   npm run build && HASHBOOK_PYTHON=/path/to/python node bench/multi-label/run.mjs
// The Python needs numpy. About a minute; leave the machine alone meanwhile.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as hb from "../../lib/index.js";
import { writeArrays } from "./arrays.mjs";

const [QUERIES, DATABASE, BITS, CUTOFF, SAMPLE, TURNS] = [5000, 112_218, 48, 5000, 100, 5];
const python = process.env.HASHBOOK_PYTHON;
if (python === undefined) throw new Error("HASHBOOK_PYTHON has to name a Python with numpy");
const folder = mkdtempSync(join(tmpdir(), "hashbook-multi-label-"));
const load = loadavg()[0];

const file = name => join(folder, `${name}.npy`);
const FLAGS = ["query-codes", "database-codes", "query-labels", "database-labels"].flatMap(n => [`--${n}`, file(n)]);

/** Seconds, and those of all processors, of the command: start, reading, evaluation. */
function command() {
  const main = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
  const args = [main, "evaluate", ...FLAGS, "--bits", `${BITS}`, "--cutoff", `${CUTOFF}`, "--json"];
  const before = childSeconds();
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr);
  return { seconds: (performance.now() - started) / 1000, processor: childSeconds() - before };
}

/** Processor seconds of the child processes that have ended, of Linux' /proc. */
function childSeconds() {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Seconds, and those of all processors, of an evaluation of arrays in memory. */
async function evaluated(sides) {
  const before = process.cpuUsage();
  const started = performance.now();
  await hb.evaluateCodes(sides, { cutoffs: [CUTOFF] });
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6 };
}

function numpy() {
  const args = [new URL("numpy_peer.py", import.meta.url).pathname, folder, BITS, SAMPLE, CUTOFF].map(String);
  const found = JSON.parse(execFileSync(python, args, { encoding: "utf8" }));
  const times = QUERIES / SAMPLE;
  return { ...found, seconds: found.seconds * times, processor: found.processorSeconds * times };
}

async function sides() {
  const side = async name => ({
    codes: await hb.readCodes(file(`${name}-codes`), { bits: BITS }),
    labels: await hb.readLabels(file(`${name}-labels`)),
  });
  return { queries: await side("query"), database: await side("database") };
}

const median = values => [...values].sort((a, b) => a - b)[values.length >> 1];
const shown = values =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`;

try {
  await writeArrays(folder, { queries: QUERIES, database: DATABASE, bits: BITS });
  const given = await sides();
  const first = Int32Array.from({ length: SAMPLE }, (_, row) => row);
  const some = { queries: hb.takeSide(given.queries, first), database: given.database };
  const ours = (await hb.evaluateCodes(some, { cutoffs: [CUTOFF] })).mAP[CUTOFF].stable;
  const theirs = numpy();
  const difference = Math.abs(ours - theirs.mAP);
  if (!(difference < 1e-9)) throw new Error(`mAP@${CUTOFF} ${ours} differs from NumPy's ${theirs.mAP}`);
  // The same codes with one of ten classes each: what several labels an item cost.
  const single = ({ codes }) => ({ codes, labels: Int32Array.from({ length: codes.count }, (_, row) => row % 10) });
  const simple = { queries: single(given.queries), database: single(given.database) };
  const turns = { command: [], inside: [], single: [], numpy: [] };
  for (let turn = -1; turn < TURNS; turn++) {
    const whole = command();
    const inside = await evaluated(given);
    const one = await evaluated(simple);
    const peer = numpy();
    if (turn < 0) continue;
    turns.command.push(whole);
    turns.inside.push(inside);
    turns.single.push(one);
    turns.numpy.push(peer);
  }
  const of = (name, what) => turns[name].map(one => one[what]);
  const rows = [
    ["hashbook evaluate, the whole command", "command"],
    ["hashbook evaluateCodes, arrays in memory", "inside"],
    ["the same with one of ten classes an item", "single"],
    [`NumPy ${theirs.numpy}, mAP@${CUTOFF} alone, from ${SAMPLE} queries`, "numpy"],
  ];
  const { processor, cores, memory, node, commit, platform } = hb.environment();
  process.stdout.write(
    [
      `| ${QUERIES} × ${DATABASE} × 80 classes, ${BITS} bits | seconds | processor seconds | NumPy ÷ it, processor |`,
      "| --- | ---: | ---: | ---: |",
      ...rows.map(([text, name]) => {
        const ratio = median(of("numpy", "processor")) / median(of(name, "processor"));
        return `| ${text} | ${shown(of(name, "seconds"))} | ${shown(of(name, "processor"))} | ${ratio.toFixed(1)} |`;
      }),
      "",
      `mAP@${CUTOFF} of ${SAMPLE} queries: difference ${difference.toExponential(0)}. Load before the run ${load.toFixed(1)}.`,
      `${[processor, `${cores} cores`, `${memory} GiB`, platform, `Node ${node}`, `commit ${commit}`].join(", ")}\n`,
    ].join("\n"),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
