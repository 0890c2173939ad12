import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { environment } from "../src/experiments/environment.js";
import type { Timing } from "./measure.js";

/** A line of the table: one piece of work, by each candidate. */
export interface BenchRow {
  readonly work: string;
  /** What a number in this row is, for example "ms/step". */
  readonly unit: string;
  readonly compiled: Timing;
  readonly compiledOneThread: Timing;
  readonly eager: Timing;
  /** Largest relative difference between what the candidates computed, checked before the clock ran. */
  readonly difference: number;
}

const README = new URL("README.md", import.meta.url);
const [START, END] = ["<!-- measured -->\n", "<!-- end -->"];

/** The load before anything here runs: what others were doing on this machine. */
const loadBefore = loadavg()[0];

/** Prints the table and puts it into bench/README.md. */
export function publish(rows: readonly BenchRow[]): void {
  const table = [
    "| work | unit | compiled | compiled, 1 thread | eager wasm | eager ÷ compiled | difference |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map(line),
  ].join("\n");
  const { processor, cores, memory, platform, node, commit } = environment();
  const place = `${processor}, ${cores} cores, ${memory} GiB, ${platform}, Node ${node}`;
  const when = `${new Date().toISOString().slice(0, 10)}, commit ${commit ?? "unknown"}`;
  const text = `${table}\n\n${place}; ${when}; load before the run ${loadBefore.toFixed(1)}.\n`;
  process.stdout.write(`\n${text}\n`);
  const readme = readFileSync(README, "utf8");
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`bench/README.md has lost its marks ${START.trim()} and ${END}`);
  writeFileSync(README, `${readme.slice(0, from + START.length)}\n${text}\n${readme.slice(to)}`);
}

function line({ work, unit, compiled, compiledOneThread, eager, difference }: BenchRow): string {
  const ratio = `**${(eager.median / compiled.median).toFixed(1)}** (least ${(eager.least / compiled.least).toFixed(1)})`;
  const times = [compiled, compiledOneThread, eager].map(spread);
  return `| ${[work, unit, ...times, ratio, difference.toExponential(0)].join(" | ")} |`;
}

/** "4.1 (4.0–4.4; least 3.9)": median, quartiles and the fastest. */
function spread({ median, quartiles, least }: Timing): string {
  const digits = median < 100 ? 1 : 0;
  const between = quartiles.map(value => value.toFixed(digits)).join("–");
  return `${median.toFixed(digits)} (${between}; least ${least.toFixed(digits)})`;
}

/** Largest |a − b| relative to the largest |b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [largest, apart] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(b[i]));
    apart = Math.max(apart, Math.abs(a[i] - b[i]));
  }
  return apart / largest;
}
