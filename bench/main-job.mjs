// `npm start` from clean clones: how long the main job (notebooks 1 to 6) and the further notebooks (7 to 9, which read
// what is on record) take, and where the time goes.
//
//   node bench/main-job.mjs --home /tmp/main-job [--clones 3] [--json FILE]
//
// Each turn clones the last commit of this checkout into an empty folder, builds it, and runs there as a user would: no
// features, no trainings, no drawn photographs. What `npm ci` installs is copied, not downloaded, and building is not
// counted: both are told apart in the output. About four minutes a clone on two cores; leave the machine alone meanwhile.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { home: { type: "string" }, clones: { type: "string", default: "3" }, json: { type: "string" } },
});
if (values.home === undefined) throw new Error("--home is missing: a folder for the clones");
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PARTS = { "main job": /^0[1-6]/, further: /^0[7-9]/ };

/** A command in a folder; its seconds. */
function timeCommand(program, words, options) {
  const started = performance.now();
  const stdout = execFileSync(program, words, { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 28, ...options });
  return { stdout: stdout.toString(), seconds: (performance.now() - started) / 1000 };
}

/** A clean clone that is built. */
function cloneAnew(name) {
  const folder = join(values.home, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(values.home, { recursive: true });
  execFileSync("git", ["clone", "-q", ROOT, folder]);
  execFileSync("cp", ["-al", join(ROOT, "node_modules"), join(folder, "node_modules")]);
  const { seconds } = timeCommand(process.execPath, ["bin/build.js"], { cwd: folder });
  if (!existsSync(join(folder, "lib", "index.js"))) throw new Error("the clone is not built");
  return { folder, build: seconds };
}

/** Runs some of a clone's notebooks in one `hashbook run`. */
function runNotebooks(folder, pattern) {
  const names = readdirSync(join(folder, "notebooks")).filter(name => name.endsWith(".ipynb") && pattern.test(name));
  const { HASHBOOK_HOME: _, ...env } = process.env;
  const words = ["bin/hashbook.js", "run", ...names.map(name => `notebooks/${name}`), "--json"];
  const { stdout, seconds } = timeCommand(process.execPath, words, { cwd: folder, env });
  const { ok, notebooks, spent } = JSON.parse(stdout);
  if (!ok) throw new Error(`a notebook failed in ${folder}`);
  return { seconds, spent, notebooks: notebooks.map((one, i) => ({ name: names[i], seconds: one.seconds })) };
}

const rounded = seconds => `${seconds.toFixed(1)} s`;
const turns = [];
for (let turn = 1; turn <= Number(values.clones); turn++) {
  const { folder, build } = cloneAnew(`clone-${turn}`);
  const load = loadavg()[0];
  const parts = Object.entries(PARTS).map(([name, pattern]) => [name, runNotebooks(folder, pattern)]);
  turns.push({ turn, load, build, parts: Object.fromEntries(parts) });
  for (const [name, { seconds, spent, notebooks }] of parts) {
    console.log(
      `clone ${turn}  ${name}  ${rounded(seconds)}  (load before ${load.toFixed(2)}, building ${rounded(build)})`,
    );
    console.log(`  ${notebooks.map(one => `${one.name.slice(0, 2)} ${rounded(one.seconds)}`).join(", ")}`);
    console.log(
      `  ${Object.entries(spent)
        .map(([kind, length]) => `${kind} ${rounded(length)}`)
        .join(", ")}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
}
for (const name of Object.keys(PARTS)) {
  const all = turns.map(({ parts }) => parts[name].seconds).sort((a, b) => a - b);
  console.log(`${name}: ${rounded(all[0])} to ${rounded(all[all.length - 1])} over ${all.length} clones`);
}
const machine = { processor: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, turns }, null, 1)}\n`);
