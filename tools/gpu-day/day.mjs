// A GPU day on a bare machine: node day.mjs [--out FOLDER] [--seconds 470] [--patience 1] [--python python3] [--only WORD]
//
// Finds the Vulkan driver, then runs all parts one after another, each in a process of its own with a time limit, and
// writes day.json and day.md after each, so that whatever ends the day leaves what was done. Nothing is downloaded.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { partsOf } from "./parts.mjs";
import { runPart } from "./run-part.mjs";
import { dayTable } from "./table.mjs";
import { vulkanEnvironments } from "./vulkan.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: "string", default: "gpu-day-results" },
    seconds: { type: "string", default: "470" }, // of the whole day
    patience: { type: "string", default: "1" }, // times all limits of parts
    python: { type: "string", default: "python3" },
    only: { type: "string", default: "" }, // parts whose name has this word
  },
});
const began = performance.now();
const spent = () => (performance.now() - began) / 1000;
const folder = mkdtempSync(join(tmpdir(), "gpu-day-"));

const commandOf = ([program, ...args]) => [
  program.endsWith(".py") ? values.python : process.execPath,
  join(HERE, program),
  ...args,
];

/** What a command prints, in one line; nothing where it is not there. */
function printed(command, ...args) {
  const { stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 10_000 });
  return (stdout ?? "").trim().replaceAll("\n", "; ");
}

function machineText() {
  const gpu = printed("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader");
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    gpu || "no nvidia-smi",
    cpus()[0]?.model,
    `${availableParallelism()} cores`,
    memory,
    `Node ${process.version}`,
  ].join(", ");
}

/** The first environment in which WebGPU finds a GPU, else one where a processor plays it, else none. */
async function findGpu() {
  const found = [];
  const tried = [];
  for (const environment of vulkanEnvironments(join(folder, "drivers"))) {
    const options = { seconds: 20 * Number(values.patience), environment, folder };
    const { rows, fault } = await runPart(commandOf(["adapter.mjs"]), options);
    tried.push({ environment, fault, found: rows[0]?.candidate });
    if (rows.length === 0) continue;
    found.push({ environment, row: rows[0] });
    if (!rows[0].software) break;
  }
  const gpu = found.find(({ row }) => !row.software) ?? found[0];
  return { gpu, tried };
}

async function runDay() {
  const { gpu, tried } = await findGpu();
  const small = gpu === undefined || gpu.row.software;
  const settings = { folder, small, seconds: 1 };
  const python = printed(values.python, "-c", "import sys; print(sys.version.split()[0])");
  const words = [machineText(), gpu === undefined ? "WebGPU found no GPU" : gpu.row.candidate, gpu?.row.note];
  const day = {
    machine: words.filter(Boolean).join("; "),
    date: new Date().toISOString(),
    python,
    tried,
    parts: [],
    rows: [],
  };
  const missing = { gpu: gpu === undefined && "WebGPU found no GPU", python: python === "" && "there is no Python" };
  const environment = { ...gpu?.environment, HASHBOOK_GPU_DAY: JSON.stringify(settings) };
  process.stdout.write(`${day.machine}\n`);
  for (const part of partsOf(settings).filter(({ name }) => name === "weights" || name.includes(values.only))) {
    const left = Number(values.seconds) - spent();
    const reason = missing[part.needs] || (left < 5 && "no time was left");
    const seconds = Math.min(left, part.limit * Number(values.patience));
    const done = reason
      ? { rows: [], seconds: 0, fault: reason }
      : await runPart(commandOf(part.command), { seconds, environment, folder });
    const { rows, ...rest } = done;
    day.rows.push(...rows);
    day.parts.push({ name: part.name, ...rest });
    write({ ...day, seconds: spent() });
    process.stdout.write(`${spent().toFixed(0)} s  ${part.name}: ${done.fault ?? `${rows.length} results`}\n`);
  }
}

function write(day) {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "day.json"), `${JSON.stringify(day, null, 1)}\n`);
  writeFileSync(join(values.out, "day.md"), dayTable(day));
}

try {
  await runDay();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
