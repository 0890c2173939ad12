// The challenge at its full size by the command line: 264,909 pictures in the layout of DIGIX, part A with 9,600 queries and
// 49,804 gallery images, part B with 41,574 and 95,120, features of 2048 numbers. Proves that every step works at that size,
// and what it needs; says nothing of quality, for pictures and network cost nothing (dataset.mjs).
//
//   npm run build && node bench/full-size/run.mjs --home DIR [--only "submit a"] [--part 100] [--write]
//
// Each step is a command in a process of its own, which notes its peak (maximum resident set). Steps that are done are not
// done again (--again), so the run can go in pieces: --only takes those whose name begins so, --minutes M starts none after M minutes.
// --part N makes an Nth of everything, to try. --write puts the table into bench/full-size.md. About 3.5 GB of disk.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeBackbone, makeDataset } from "./dataset.mjs";

const { values: flags } = parseArgs({
  options: {
    home: { type: "string" },
    only: { type: "string", default: "" },
    part: { type: "string", default: "1" },
    minutes: { type: "string", default: "Infinity" },
    again: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
if (flags.home === undefined) throw new Error("--home is missing: a folder for pictures, features and results");
const home = resolve(flags.home);
const at = (...names) => join(home, ...names);
const MAIN = fileURLToPath(new URL("../../bin/hashbook.js", import.meta.url));
const PAGE = fileURLToPath(new URL("../full-size.md", import.meta.url));

/** Runs a command in a process of its own; it writes its peak memory to a file when it ends. */
function hashbook(...args) {
  const note = `import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.PEAK,String(process.resourceUsage().maxRSS)))`;
  const env = { ...process.env, PEAK: at("peak"), HASHBOOK_HOME: home, HASHBOOK_ENGINE: "cpu" };
  const words = ["--import", `data:text/javascript,${encodeURIComponent(note)}`, MAIN, ...args, "--json"];
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: "utf8", maxBuffer: 2 ** 30 });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) throw new Error(`hashbook ${args.join(" ")} ended with ${status}:\n${stderr.slice(-2000)}`);
  return { seconds, mib: Math.round(Number(readFileSync(at("peak"), "utf8")) / 1024), said: JSON.parse(stdout) };
}

const root = at("digix");
const stub = ["--backbone", at("stub.onnx"), "--root", root];
const part = name => ["--dataset", `digix-test-${name}`, "--root", root];
const both = name => ["--codes", at(`codes-${name}.npy`), "--relaxed-codes", at(`relaxed-${name}.npy`)];
const features = name => ["--ranking", "features", "--features", at(name, "features.npy")];

/** Ways to rank, by what the table calls them. */
const WAYS = {
  Hamming: name => ["--codes", at(`codes-${name}.npy`)],
  "Hamming, augmented by 3": name => ["--codes", at(`codes-${name}.npy`), "--augment", "3"],
  asymmetric: name => [...both(name), "--ranking", "asymmetric"],
  "asymmetric, k-reciprocal": name => [...both(name), "--ranking", "asymmetric", "--reciprocal"],
  "best 200 by Hamming, cosine": name => [...features(name), "--codes", at(`codes-${name}.npy`), "--shortlist", "200"],
  "best 200 by Hamming, k-reciprocal": name => [
    ...features(name),
    ...["--codes", at(`codes-${name}.npy`), "--shortlist", "200", "--reciprocal"],
  ],
  cosine: features,
  "cosine, expanded by 3": name => [...features(name), "--expand", "3"],
  "cosine, augmented by 3": name => [...features(name), "--augment", "3"],
  "cosine, k-reciprocal": name => [...features(name), "--reciprocal"],
};

const QUERIES = { a: "test_data_A", b: "test_data_B" };

/** A submission, scored: what it says, and that it has a line a query. */
function submission(name, way) {
  const out = at(`submission-${name}.csv`);
  const { seconds, mib, said } = hashbook("submit", ...WAYS[way](name), ...part(name), "--out", out);
  const scored = hashbook("score", out, ...part(name));
  const lines = readFileSync(out, "utf8").split("\n").length - 1;
  const expected = JSON.parse(readFileSync(at("made.json"), "utf8")).queries[QUERIES[name]];
  if (scored.said.valid !== true || lines !== expected) throw new Error(`${lines} lines for ${expected} queries`);
  const result = `${lines} valid lines, ranked in ${said.seconds.toFixed(0)} s; score ${scored.said.score.toFixed(3)}`;
  return { seconds, mib, result };
}

/** A step by the command line, and what is said of its output. */
const step = (args, words) => () => {
  const { seconds, mib, said } = hashbook(...args);
  return { seconds, mib, result: words(said) };
};
const opened = name => step(["dataset", name, "--root", root], ({ images }) => `${images} images`);
const extracted = (dataset, to) =>
  step(["extract", "--dataset", dataset, ...stub, "--out", at(to)], () => {
    const { shape } = JSON.parse(readFileSync(at(to, "manifest.json"), "utf8"));
    return shape.join(" × ");
  });
const encoded = (name, kind, more = []) =>
  step(
    ["encode", "--model", at("model"), "--features", at(name, "features.npy"), ...more, "--failed", "mean"].concat([
      "--out",
      at(`${kind}-${name}.npy`),
    ]),
    () => "64 bits",
  );

const STEPS = {
  draw: async () => {
    mkdirSync(root, { recursive: true });
    const started = performance.now();
    const made = await makeDataset(root, Number(flags.part));
    makeBackbone(at("stub.onnx"));
    writeFileSync(at("made.json"), JSON.stringify(made));
    await new Promise(done => setTimeout(done, 4000)); // what changed less than 3 s ago is not cached
    const seconds = (performance.now() - started) / 1000;
    return { seconds, mib: null, result: `${made.drawn} pictures drawn, ${made.images - made.drawn} linked` };
  },
  "dataset, train": opened("digix"),
  "dataset, train, again": opened("digix"),
  "dataset, part A": opened("digix-test-a"),
  "dataset, part B": opened("digix-test-b"),
  "extract, train": extracted("digix", "train"),
  "extract, part A": extracted("digix-test-a", "a"),
  "extract, part B": extracted("digix-test-b", "b"),
  "train HashNet, 3 epochs": () => {
    writeFileSync(at("config.json"), JSON.stringify({ hidden: [], epochs: 3, batches: { kind: "balanced" } }));
    const arrays = ["--features", at("train/features.npy"), "--labels", at("train/labels.npy")];
    const method = ["--method", "hashnet", "--bits", "64", "--config", at("config.json")];
    return step(["train", ...arrays, ...method, "--out", at("model")], () => "64 bits")();
  },
  "encode, part A": encoded("a", "codes", ["--packed"]),
  "encode, part A, relaxed": encoded("a", "relaxed", ["--relaxed"]),
  "encode, part B": encoded("b", "codes", ["--packed"]),
  "encode, part B, relaxed": encoded("b", "relaxed", ["--relaxed"]),
  ...Object.fromEntries(
    ["a", "b"].flatMap(name => Object.keys(WAYS).map(way => [`submit ${name}: ${way}`, () => submission(name, way)])),
  ),
};

mkdirSync(home, { recursive: true });
const resultsFile = at("steps.json");
const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {};
const started = performance.now();
for (const [name, work] of Object.entries(STEPS)) {
  if (!name.startsWith(flags.only) || (results[name] !== undefined && !flags.again)) continue;
  if ((performance.now() - started) / 60_000 > Number(flags.minutes)) break;
  const load = loadavg()[0];
  const { seconds, mib, result } = await work();
  results[name] = { seconds, mib, result, load };
  writeFileSync(resultsFile, JSON.stringify(results, null, 2));
  console.log(`${seconds.toFixed(1).padStart(8)} s ${String(mib ?? "").padStart(6)} MiB  ${name}: ${result}`);
}

function page() {
  const rows = Object.keys(STEPS).map(name => {
    const found = results[name];
    if (found === undefined) return `| ${name} | not run | | |`;
    return `| ${name} | ${found.seconds.toFixed(1)} | ${found.mib ?? ""} | ${found.result} |`;
  });
  const loads = Object.values(results).map(({ load }) => load);
  const version = process.version;
  return [
    "| step | seconds | peak memory, MiB | |",
    "| --- | ---: | ---: | --- |",
    ...rows,
    "",
    `${cpus()[0].model}, ${cpus().length} cores, Node ${version}; ${new Date().toISOString().slice(0, 10)}; load before a step ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}.`,
  ].join("\n");
}

if (flags.write) {
  if (flags.part !== "1") throw new Error("--write is for the full size");
  const text = readFileSync(PAGE, "utf8");
  const [start, end] = ["<!-- steps -->", "<!-- steps end -->"];
  const [before, after] = [text.slice(0, text.indexOf(start) + start.length), text.slice(text.indexOf(end))];
  writeFileSync(PAGE, `${before}\n${page()}\n${after}`);
}
