// Peak memory of the commands that read or write data, each at two sizes a factor ten apart: what grows, and by how much an item.
//
//   npm run build && node bench/memory.mjs [--only encode,train] [--large] [--write] [--folder /tmp/memory]
//
// Each command runs in a process of its own, which notes its peak (maximum resident set) at its end; those of the processes
// that it starts, read from /proc while they live, are added. Features lie in sparse files. --large encodes 20 million × 1280
// float32 (102 GB, sparse; about half an hour) beside a hundredth of it. --write puts what was measured into memory.md, rows
// of other runs stay. --folder keeps what the commands read there for a later run. Ten minutes on two cores.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { commandsIn } from "./memory-commands.mjs";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    large: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    folder: { type: "string" },
  },
});
const CLI = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const PAGE = fileURLToPath(new URL("memory.md", import.meta.url));
const folder = flags.folder ?? mkdtempSync(join(tmpdir(), "hashbook-memory-"));
mkdirSync(folder, { recursive: true });
if (flags.folder === undefined) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(130));
const at = (...names) => join(folder, ...names);
const env = { ...process.env, HASHBOOK_ENGINE: "cpu", HASHBOOK_HOME: at("home") };

/** Runs a command that makes what another one reads. */
function run(...args) {
  execFileSync(process.execPath, [CLI, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
}

/** KiB that a process had at most so far; undefined when it is gone. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

/** A process and all that it has started. */
function familyOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map(thread => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return [
      pid,
      ...lists
        .join(" ")
        .split(" ")
        .filter(Boolean)
        .flatMap(child => familyOf(Number(child))),
    ];
  } catch {
    return [pid];
  }
}

/** Peak of a command in MiB, and its seconds. */
async function measure(...args) {
  const started = performance.now();
  const own = at("peak");
  const note = `data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(${JSON.stringify(own)},String(process.resourceUsage().maxRSS)))`;
  const child = spawn(process.execPath, ["--import", note, CLI, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", text => (said = `${said}${text}`.slice(-2000)));
  const others = new Map();
  const look = setInterval(() => {
    for (const pid of familyOf(child.pid).slice(1)) others.set(pid, peakOf(pid) || others.get(pid) || 0);
  }, 100);
  const code = await new Promise(resolve => child.once("close", resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`hashbook ${args.join(" ")} ended with ${code}: ${said}`);
  const startedOthers = [...others.values()].reduce((sum, one) => sum + one, 0);
  const peak = (Number(readFileSync(own, "utf8")) + startedOthers) / 1024;
  return { peak, seconds: (performance.now() - started) / 1000 };
}

/** A row of the table. */
async function measuredRow(name, { unit, sizes, make, args }) {
  const found = [];
  for (const count of sizes) {
    await make(count);
    found.push(await measure(...args(count)));
    const { peak, seconds } = found.at(-1);
    process.stderr.write(`${name} ${count}: ${peak.toFixed(0)} MiB, ${seconds.toFixed(1)} s\n`);
  }
  const [small, large] = found;
  const grown = ((large.peak - small.peak) * 2 ** 20) / (sizes[1] - sizes[0]);
  const seconds = found.map(one => one.seconds.toFixed(1)).join(" / ");
  const [few, many] = sizes.map(size => size.toLocaleString("en"));
  const peaks = `${small.peak.toFixed(0)} | ${large.peak.toFixed(0)} | ${grown.toFixed(0)}`;
  return `| ${name} | ${few} / ${many} ${unit} | ${peaks} | ${seconds} |`;
}

/** The lines of earlier runs on where they were made, less one of the same commands. */
function machinesBefore(asked) {
  const lines = [...page.matchAll(/^.*`hashbook --version` alone.*$/gm)].map(([line]) => line);
  return lines.filter(line => !line.startsWith(`Of ${asked.join(", ")}: `));
}

const nameOf = row => row.slice(2, row.indexOf(" |"));
const commands = commandsIn(at, run);
if (flags.large) {
  commands["encode --features, 102 GB"] = { ...commands["encode --features"], sizes: [200_000, 20_000_000] };
}
const asked = flags.only?.split(",");
const unknown = asked?.find(name => !Object.hasOwn(commands, name));
if (unknown !== undefined) throw new Error(`there is no "${unknown}": ${Object.keys(commands).join(", ")}`);
const page = readFileSync(PAGE, "utf8");
const rows = new Map([...page.matchAll(/^\| (?!command|---).*\|$/gm)].map(([row]) => [nameOf(row), row]));
const empty = (await measure("--version")).peak;
for (const name of asked ?? Object.keys(commands)) {
  const row = await measuredRow(name, commands[name]);
  process.stdout.write(`${row}\n`);
  rows.set(name, row);
  for (const entry of ["f.npy", "gallery.npy", "f-codes.npy"]) rmSync(at(entry), { force: true });
}
const order = [...new Set([...Object.keys(commands), ...rows.keys()])].filter(name => rows.has(name));
const table = [
  "| command | sizes | peak of the smaller, MiB | of the larger, MiB | grows by, bytes an item | s |",
  "| --- | --- | ---: | ---: | ---: | ---: |",
  ...order.map(name => rows.get(name)),
].join("\n");
const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; \`hashbook --version\` alone ${empty.toFixed(0)} MiB`;
process.stdout.write(`\n${machine}\n`);
if (flags.write) {
  const measured = asked === undefined ? machine : `Of ${asked.join(", ")}: ${machine}`;
  const machines = [...(asked === undefined ? [] : machinesBefore(asked)), `${measured}.`].join("\n\n");
  writeFileSync(PAGE, page.replace(/(<!-- measured -->\n)[\s\S]*?(<!-- end -->)/, `$1\n${table}\n\n${machines}\n\n$2`));
}
