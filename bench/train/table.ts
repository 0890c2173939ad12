import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { environment } from "../../src/experiments/environment.js";

/** What was measured for one head. */
export interface Measured {
  readonly method: string;
  readonly hidden: number;
  readonly bits: number;
  /** Milliseconds of single steps by candidate: ours, torch, torchCompile (where it works), wasm. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** Milliseconds of the matrix products alone. */
  readonly floor: number;
  /** Largest relative difference of losses. */
  readonly difference: number;
  readonly torch: string;
  /** Why torch.compile did not run; undefined when it did. */
  readonly missing: string | undefined;
}

const README = new URL("../README.md", import.meta.url);
const [START, END] = ["<!-- training -->\n", "<!-- training end -->"];
const loadBefore = loadavg()[0];

/** Prints the table and puts it into bench/README.md. */
export function publishTraining(
  results: readonly Measured[],
  { items, threads }: { items: number; threads: number },
): void {
  const header = "| step, batch 128, Adam | hashbook | PyTorch | torch.compile | wasm | floor | PyTorch ÷ hashbook |";
  const epochs = "hashbook, epochs/s | PyTorch, epochs/s | difference |";
  const lines = [`${header} ${epochs}`, `| --- |${" ---: |".repeat(9)}`, ...results.map(row => line(row, items))];
  const { processor, cores, memory, platform, node, commit } = environment();
  const missing = results[0].missing === undefined ? "" : ` torch.compile did not run: ${results[0].missing}.`;
  const place = `${processor}, ${cores} cores, ${memory} GiB, ${platform}, Node ${node}, PyTorch ${results[0].torch}`;
  const when = `${new Date().toISOString().slice(0, 10)}, commit ${commit ?? "unknown"}`;
  const load = `load before the run ${loadBefore.toFixed(1)}, after it ${loadavg()[0].toFixed(1)}`;
  const text = `${lines.join("\n")}\n\n${place}; ${threads} threads each, wasm one; ${when}; ${load}.${missing}\n`;
  process.stdout.write(`\n${text}\n`);
  const readme = readFileSync(README, "utf8");
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has lost its marks ${START.trim()} and ${END}`);
  writeFileSync(README, `${readme.slice(0, from + START.length)}\n${text}\n${readme.slice(to)}`);
}

function line({ method, hidden, bits, times, floor, difference }: Measured, items: number): string {
  const cell = (name: string): string => (times[name] === undefined ? "–" : spread(times[name]));
  const steps = Math.ceil(items / 128);
  const rate = (name: string): string => (1000 / (steps * quantile(times[name], 0.5))).toFixed(1);
  const ratio = quantile(times.torch, 0.5) / quantile(times.ours, 0.5);
  const name = `${method === "hashnet" ? "HashNet" : "DCH"} 2048→${hidden}→${bits}`;
  const cells = [name, cell("ours"), cell("torch"), cell("torchCompile"), cell("wasm"), floor.toFixed(1)];
  return `| ${[...cells, `**${ratio.toFixed(2)}**`, rate("ours"), rate("torch"), difference.toExponential(0)].join(" | ")} |`;
}

/** "3.9 (3.7–4.4)": median and quartiles, ms. */
function spread(values: readonly number[]): string {
  const [low, median, high] = [0.25, 0.5, 0.75].map(share => quantile(values, share).toFixed(1));
  return `${median} (${low}–${high})`;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}
