// A study of 2 methods × 4 lengths × 3 seeds on fashion-mnist-10k: its wall time beside the same trainings one after the
// other, and its table after kills at random moments beside the undisturbed one's.
//
//   npm run build && node bench/sweep.mjs --home /tmp/sweep-bench [--kills 5] [--epochs 30]
//
// Features are extracted into the home before any clock runs. The sequence is `runExperiment` in a loop, in one process, as
// it comes: each training on all cores. The study is the command, from its start to its table, with as many trainings at a
// time as there are cores. Every part has a home of its own for what it computes, so that none finds what another made.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    home: { type: "string" },
    kills: { type: "string", default: "5" },
    epochs: { type: "string", default: "30" },
  },
});
if (values.home === undefined) throw new Error("--home is missing: an empty folder for features and studies");

const METHODS = ["hashnet", "dch"];
const BITS = [16, 32, 48, 64];
const SEEDS = [0, 1, 2];
const CLI = fileURLToPath(new URL("../bin/hashbook.js", import.meta.url));
const dataset = "fashion-mnist-10k";
const epochs = Number(values.epochs);

/** A home with the features and nothing else. */
function homeOf(name) {
  const home = join(values.home, name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  cpSync(join(values.home, "features", "data"), join(home, "data"), { recursive: true });
  return home;
}

function argsOf() {
  const words = [`method=${METHODS}`, `bits=${BITS}`, `seed=${SEEDS}`, `epochs=${epochs}`];
  return [CLI, "sweep", "--dataset", dataset, "--name", "bench", "--json", "-m", ...words];
}

function runSweep(home) {
  const env = { ...process.env, HASHBOOK_HOME: home };
  return JSON.parse(
    execFileSync(process.execPath, argsOf(), { env, maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] }),
  );
}

/** Starts the sweep and kills it after so many seconds. @returns whether it was still running then */
async function killSweep(home, seconds) {
  const child = spawn(process.execPath, argsOf(), { stdio: "ignore", env: { ...process.env, HASHBOOK_HOME: home } });
  const gone = new Promise(resolve => child.once("exit", (_, signal) => resolve(signal)));
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000 * seconds);
  const signal = await gone;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

async function runInTurn(home) {
  process.env.HASHBOOK_HOME = home;
  const hb = await import("../lib/index.js");
  const study = await hb.openStudy({ dataset });
  const started = performance.now();
  for (const method of METHODS) {
    for (const bits of BITS) {
      for (const seed of SEEDS) await hb.runExperiment(study, { method, bits, seed, epochs });
    }
  }
  return (performance.now() - started) / 1000;
}

const load = loadavg()[0];
const features = join(values.home, "features");
if (!existsSync(features)) {
  process.env.HASHBOOK_HOME = features;
  const { openStudy } = await import("../lib/index.js");
  await openStudy({ dataset });
}
const inTurn = await runInTurn(homeOf("in-turn"));
process.stderr.write(`one after the other: ${inTurn.toFixed(1)} s\n`);
const started = performance.now();
const whole = runSweep(homeOf("whole"));
const together = (performance.now() - started) / 1000;
process.stderr.write(`as a study: ${together.toFixed(1)} s, ${(together / inTurn).toFixed(2)} of that\n`);

const { Random } = await import("../lib/core/random.js");
const random = new Random(14);
const home = homeOf("killed");
let kills = 0;
for (let tries = 0; tries < Number(values.kills); tries++) {
  const after = together * (0.05 + 0.25 * random.uniform());
  if (await killSweep(home, after)) kills++;
  process.stderr.write(`killed after ${after.toFixed(1)} s\n`);
}
const killed = runSweep(home);
const same = isDeepStrictEqual(killed.comparison, whole.comparison) && isDeepStrictEqual(killed.runs, whole.runs);
const machine = `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; load before ${load.toFixed(1)}`;
const result = {
  trainings: whole.runs.length,
  epochs,
  inTurn,
  together,
  ratio: together / inTurn,
  kills,
  same,
  machine,
};
process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
if (!same) process.exitCode = 1;
