import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Command } from "commander";
import { homeFolder } from "../core/paths.js";
import type { Choice } from "./doctor-probe.js";

interface Finding {
  readonly what: string;
  readonly found: boolean;
  readonly detail: string;
}

const EXAMPLES = `
Examples:
  $ hashbook doctor
  $ hashbook doctor --json

Only "node" and "engine cpu" are needed; everything else adds speed or comfort. environment.md says how to get it.`;

/** `hashbook doctor`: what this machine has, what was chosen, and why. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show what was found: Node, engines, GPU, Jupyter, datasets, weights; what is stored")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(doctor);
}

async function doctor({ json }: { json: boolean }): Promise<void> {
  const { environment } = await import("../experiments/environment.js");
  const machine = environment();
  const findings: Finding[] = [
    {
      what: "node",
      found: true,
      detail: `${machine.node}, ${machine.platform}, ${machine.cores} cores, ${machine.memory} GiB`,
    },
    await program("gpu", "nvidia-smi", ["--query-gpu=name,memory.total", "--format=csv,noheader"]),
    ...(await engines()),
    await program("jupyter", "jupyter", ["--version"]),
    ...(await datasets()),
    ...(await weights()),
  ];
  const [ranking, engine] = [await choice("rankings", findings), await choice("programs", findings)];
  const { storageLines, storedKinds } = await import("./doctor-storage.js");
  const home = homeFolder();
  const stored = await storedKinds(home);
  if (json) {
    const document = { machine, findings, engine, ranking, home, stored };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ what, found, detail }) => `${found ? "✓" : "–"} ${what.padEnd(width)}  ${firstLine(detail)}`,
  );
  lines.push("", ...choiceLines("programs", engine), ...choiceLines("rankings", ranking));
  lines.push("", ...storageLines(home, stored));
  process.stdout.write(`${lines.join("\n")}\n`);
}

function choiceLines(what: string, choice: Choice | null): string[] {
  if (choice === null) return [`${what} run on: nothing, see above`];
  return [`${what} run on: ${choice.name} (${choice.description})`, `because: ${firstLine(choice.reason)}`];
}

/** What is chosen; null where what the environment asks for cannot be had, which becomes a finding. */
async function choice(what: "programs" | "rankings", findings: Finding[]): Promise<Choice | null> {
  const { probe } = await import("./doctor-probe.js");
  const probed = await probe(what);
  if (!("failure" in probed)) return probed;
  findings.push({ what, found: false, detail: probed.failure });
  return null;
}

function firstLine(text: string): string {
  return text.split("\n")[0];
}

async function program(what: string, command: string, args: readonly string[]): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { timeout: 20_000 });
    return { what, found: true, detail: stdout.trim().split("\n").slice(0, 3).join("; ") };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      what,
      found: false,
      detail: missing ? `${command} is not installed` : firstLine((error as Error).message),
    };
  }
}

async function engines(): Promise<Finding[]> {
  const [{ ENGINE_NAMES }, { probe }] = await Promise.all([
    import("../compute/engine.js"),
    import("./doctor-probe.js"),
  ]);
  return Promise.all(
    ENGINE_NAMES.map(async name => {
      const what = `engine ${name}`;
      const probed = await probe(what);
      const found = !("failure" in probed);
      return { what, found, detail: found ? probed.description : probed.failure };
    }),
  );
}

async function datasets(): Promise<Finding[]> {
  const { openDataset } = await import("../catalogue/open-dataset.js");
  const findings: Finding[] = [];
  for (const name of ["fashion-mnist-10k", "fashion-mnist"]) {
    const what = `dataset ${name}`;
    try {
      const { ids, classNames } = await openDataset(name);
      findings.push({ what, found: true, detail: `${ids.length} images, ${classNames.length} classes` });
    } catch (error) {
      findings.push({ what, found: false, detail: (error as Error).message });
    }
  }
  return [...findings, await cifar10()];
}

/** Where CIFAR-10 is; not opened, for that takes seconds. */
async function cifar10(): Promise<Finding> {
  const { cifar10Folder, cifar10NotHere } = await import("../datasets/cifar-10.js");
  const { findCifar10Copy } = await import("../datasets/cifar-10-files.js");
  const what = "dataset cifar-10";
  const copy = await findCifar10Copy(cifar10Folder());
  if (copy === undefined) return { what, found: false, detail: cifar10NotHere(cifar10Folder()).message };
  return { what, found: true, detail: `${copy.path} (not opened)` };
}

async function weights(): Promise<Finding[]> {
  const { KNOWN_BACKBONES } = await import("../backbone/known-backbones.js");
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const findings: Finding[] = [];
  for (const name of Object.keys(KNOWN_BACKBONES)) {
    const what = `weights ${name}`;
    try {
      const { dim, weightsHash } = await openBackbone(name);
      findings.push({ what, found: true, detail: `features of ${dim} values, sha-256 ${weightsHash.slice(0, 12)}…` });
    } catch (error) {
      findings.push({ what, found: false, detail: (error as Error).message });
    }
  }
  return findings;
}
