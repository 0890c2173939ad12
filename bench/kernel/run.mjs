// The seat: how fast our kernel starts, answers, completes and prints, beside ipykernel and plain tslab, in turns.
//   npm run build && HASHBOOK_TEST_JUPYTER=/path/to/python node bench/kernel/run.mjs [turns]
// The Python is that of the tests of front ends (CONTRIBUTING.md). Half a minute a turn; leave the machine alone meanwhile.
// Prints a table; README of bench/ quotes one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "../../lib/experiments/environment.js";
import { writeKernelSpec } from "../../lib/kernel/kernel-spec.js";

const python = process.env.HASHBOOK_TEST_JUPYTER;
if (python === undefined) throw new Error("HASHBOOK_TEST_JUPYTER has to name a Python with Jupyter");
const turns = Number(process.argv[2] ?? 5);
const load = loadavg()[0];
const TITLES = { hashbook: "hashbook", python3: "ipykernel", tslab: "tslab" };
const COLUMNS = {
  start: ["start to the first reply, s", 2],
  empty: ["empty cell, ms", 1],
  firstCompletion: ["first completion, ms", 0],
  completion: ["another, ms", 0],
  lines: ["10,000 lines, s", 2],
  megabytes: ["memory, MB", 0],
};

/** A description of tslab's kernel as its own installer writes it. */
function describeTslab(data) {
  const folder = join(data, "kernels", "tslab");
  const main = join(dirname(createRequire(import.meta.url).resolve("tslab/package.json")), "bin", "tslab");
  const argv = [process.execPath, main, "kernel", "--config-path", "{connection_file}"];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv, display_name: "tslab", language: "typescript" }));
}

const sorted = values => [...values].sort((a, b) => a - b);
function spread(values, digits) {
  if (values.includes(null)) return "some are lost";
  const [least, most] = [sorted(values)[0], sorted(values).at(-1)];
  return `${sorted(values)[values.length >> 1].toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

const data = mkdtempSync(join(tmpdir(), "hashbook-seat-"));
try {
  await writeKernelSpec(data);
  describeTslab(data);
  const script = fileURLToPath(new URL("seat.py", import.meta.url));
  const measured = JSON.parse(
    execFileSync(python, [script, `${turns}`, ...Object.keys(TITLES)], {
      encoding: "utf8",
      env: { ...process.env, JUPYTER_PATH: data },
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
  if (measured.hashbook.some(({ lines }) => lines === null)) throw new Error("our kernel lost lines");
  const rows = Object.entries(TITLES).map(([name, title]) => {
    const cells = Object.entries(COLUMNS).map(([key, [, digits]]) =>
      spread(
        measured[name].map(one => one[key]),
        digits,
      ),
    );
    return `| ${[title, ...cells].join(" | ")} |`;
  });
  const { processor, cores, memory, platform, node, commit } = environment();
  const titles = Object.values(COLUMNS).map(([title]) => title);
  const lines = [`| | ${titles.join(" | ")} |`, `| --- |${" ---: |".repeat(titles.length)}`, ...rows];
  const place = `${processor}, ${cores} cores, ${memory} GiB, ${platform}, Node ${node}`;
  const when = `${new Date().toISOString().slice(0, 10)}, commit ${commit ?? "unknown"}`;
  process.stdout.write(
    `${lines.join("\n")}\n\nMedian (least–most) of ${turns} turns. ${place}; ${when}; load before ${load.toFixed(1)}.\n`,
  );
} finally {
  rmSync(data, { recursive: true, force: true });
}
