// 30 epochs, whole: `trainHead` from features in memory to a head and its history beside the same script in PyTorch, both
// with validation, on the features of fashion-mnist-10k.
//
//   npm run build && HASHBOOK_PYTHON=… node bench/train/whole.mjs --home DIR [--turns 5] [--threads 2] [--epochs 30] [--write]
//
// DIR is a home for features, which are extracted there before any clock runs. HASHBOOK_PYTHON is a Python with torch and
// numpy from PyPI. Both sides start from the same weights and see the same batches, β and validation rows; the mean loss of
// the first epoch has to agree to 10⁻³ and the last mAP to 0.02 before anything is said. A side's turn is one training;
// turns alternate.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    home: { type: "string" },
    turns: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    epochs: { type: "string", default: "30" },
    write: { type: "boolean", default: false },
  },
});
if (values.home === undefined) throw new Error("--home is missing: a folder for features");
process.env.HASHBOOK_HOME = values.home;
const [turns, threads, epochs] = [values.turns, values.threads, values.epochs].map(Number);

const hb = await import("../../lib/index.js");
const { writeNpy } = await import("../../lib/core/npy.js");
const { trainingDataOf } = await import("../../lib/experiments/computation.js");
const { environment } = await import("../../lib/experiments/environment.js");
const { openEngine } = await import("../../lib/compute/engine.js");
const { resolveConfig } = await import("../../lib/training/train-config.js");
const { trainHead } = await import("../../lib/training/train-head.js");
const { planTraining, plannedRows } = await import("../../lib/training/training-plan.js");
const { epochsBetweenValidations } = await import("../../lib/training/validated-epochs.js");

const METHODS = { hashnet: "HashNet", dch: "DCH" };
const BITS = 48;
const PARAMETERS = ["fc.0.weight", "fc.0.bias", "hash.weight", "hash.bias"];

const data = trainingDataOf(await hb.openStudy({ dataset: "fashion-mnist-10k" }));
const engine = await openEngine({ engine: "cpu", threads });
const folder = mkdtempSync(join(tmpdir(), "hashbook-whole-"));
const settingsOf = method => ({ method, bits: BITS, epochs });
const configs = Object.fromEntries(Object.keys(METHODS).map(method => [method, resolveConfig(settingsOf(method))]));

/** Writes what the peer trains on; returns the epochs between validations that come of themselves. */
async function writeJob() {
  const { features, labels, validation } = data;
  await writeNpy(join(folder, "features.npy"), features);
  const lists = { labels, query: validation.query, database: validation.database };
  for (const [name, rows] of Object.entries(lists))
    await writeNpy(join(folder, `${name}.npy`), { data: rows, shape: [rows.length] });
  const methods = {};
  let every = 1;
  for (const [method, config] of Object.entries(configs)) {
    const plan = planTraining(data, config);
    every = epochsBetweenValidations(plan, validation);
    mkdirSync(join(folder, method));
    const rows = Array.from({ length: config.epochs }, (_, epoch) => Array.from(plannedRows(plan, data.train, epoch)));
    const shape = [plan.steps, plan.batch];
    await writeNpy(join(folder, method, "rows.npy"), { data: Int32Array.from(rows.flat()), shape });
    const beta = Float32Array.from(plan.beta.subarray(0, plan.steps));
    await writeNpy(join(folder, method, "beta.npy"), { data: beta, shape: [plan.steps] });
    for (const name of PARAMETERS) await writeNpy(join(folder, method, `${name}.npy`), plan.step.state[name]);
    const { bits, learningRate } = config;
    methods[method] = { bits, learningRate, stepsPerEpoch: plan.stepsPerEpoch, parameters: PARAMETERS };
  }
  writeFileSync(join(folder, "job.json"), JSON.stringify({ threads, methods }));
  return every;
}

/** PyTorch at the other end of a pipe. */
async function openPeer() {
  const script = fileURLToPath(new URL("whole_peer.py", import.meta.url));
  const child = spawn(process.env.HASHBOOK_PYTHON ?? "python3", [script, folder], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: `${threads}` },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("whole_peer.py ended: see above; HASHBOOK_PYTHON needs torch and numpy");
    return JSON.parse(value);
  };
  const { torch } = await answer();
  const train = (method, every) => {
    child.stdin.write(`train ${method} ${every}\n`);
    return answer();
  };
  return { torch, train, close: () => child.kill() };
}

/** @param every 0: never */
async function trainOurs(method, every) {
  const { validation, ...unwatched } = data;
  const before = process.cpuUsage();
  const started = performance.now();
  const trained = await trainHead(every === 0 ? unwatched : data, settingsOf(method), {
    engine,
    ...(every === 0 ? {} : { validateEvery: every }),
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const mAP = trained.epochs.flatMap(({ validationMAP }) => validationMAP ?? []);
  return { seconds, busy: (user + system) / 1e6, losses: trained.epochs.map(({ loss }) => loss), mAP };
}

function checkAgreement(method, ours, theirs) {
  const first = Math.abs(ours.losses[0] / theirs.losses[0] - 1);
  const last = Math.abs((ours.mAP.at(-1) ?? 0) - (theirs.mAP.at(-1) ?? 0));
  if (ours.mAP.length !== theirs.mAP.length || !(first < 1e-3 && last < 0.02))
    throw new Error(`${method}: the sides differ: loss of the first epoch by ${first}, last mAP by ${last}`);
  return { first, last };
}

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const spread = (runs, what) => {
  const numbers = runs.map(run => run[what]);
  return `${median(numbers).toFixed(2)} (${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)})`;
};

async function measure(peer, every) {
  const cases = { [`every ${every}th epoch, our default`]: every, "every epoch": 1, none: 0 };
  const lines = [];
  for (const [method, title] of Object.entries(METHODS)) {
    const runs = Object.fromEntries(Object.keys(cases).map(name => [name, { ours: [], theirs: [] }]));
    for (let turn = 0; turn <= turns; turn++) {
      for (const [name, each] of Object.entries(cases)) {
        const ours = await trainOurs(method, each);
        const theirs = await peer.train(method, each);
        checkAgreement(method, ours, theirs);
        if (turn === 0) continue; // the first of each warms caches and compilers
        runs[name].ours.push(ours);
        runs[name].theirs.push(theirs);
      }
    }
    for (const [name, { ours, theirs }] of Object.entries(runs)) {
      const of = side =>
        median(runs[name][side].map(run => run.busy)) / median(runs.none[side].map(run => run.busy)) - 1;
      const ratio = what => (median(theirs.map(run => run[what])) / median(ours.map(run => run[what]))).toFixed(2);
      const shares =
        name === "none" ? "| |" : `| ${(100 * of("ours")).toFixed(0)} % | ${(100 * of("theirs")).toFixed(0)} % |`;
      const cells = [spread(ours, "seconds"), spread(theirs, "seconds"), `**${ratio("seconds")}**`];
      const busy = [spread(ours, "busy"), spread(theirs, "busy"), ratio("busy")];
      lines.push(`| ${title}, validated: ${name} | ${[...cells, ...busy].join(" | ")} ${shares}`);
    }
  }
  return lines;
}

const [START, END] = ["<!-- whole -->\n", "<!-- whole end -->"];

function publish(lines, torch) {
  const names = [
    `${epochs} epochs, whole`,
    ...["hashbook, s", "PyTorch, s", "PyTorch ÷ hashbook"],
    ...["hashbook, processor s", "PyTorch, processor s", "ratio"],
    ...["validation adds, hashbook", "PyTorch"],
  ];
  const { processor, cores, platform, node, commit } = environment();
  const place = `${processor}, ${cores} cores, ${platform}, Node ${node}, PyTorch ${torch}`;
  const how = `${threads} threads each; ${turns} turns; ${new Date().toISOString().slice(0, 10)}, commit ${commit}`;
  const head = `| ${names.join(" | ")} |\n| --- |${" ---: |".repeat(8)}`;
  const text = `${head}\n${lines.join("\n")}\n\n${place}; ${how}.\n`;
  process.stdout.write(text);
  if (!values.write) return;
  const readme = fileURLToPath(new URL("../README.md", import.meta.url));
  const page = readFileSync(readme, "utf8");
  const [from, to] = [page.indexOf(START), page.indexOf(END)];
  writeFileSync(readme, `${page.slice(0, from + START.length)}${text}${page.slice(to)}`);
}

try {
  const every = await writeJob();
  const peer = await openPeer();
  try {
    publish(await measure(peer, every), peer.torch);
  } finally {
    peer.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
