import { Command } from "commander";
import type { EngineName } from "../compute/engine.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import { shownNumber } from "../core/shown-number.js";
import { share, wholeNumber } from "./numbers.js";
import { filesOfData } from "./read-files.js";

interface WhitenFlags {
  fit: string;
  dim: number;
  shrinkage?: number;
  out: string;
  engine?: EngineName;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook features whiten train/ --fit train/ --dim 512 --out train-white/
  $ hashbook features whiten test/ --fit train/ --dim 512 --out test-white/ --json

Whitens features, made of length 1 before, along their principal directions: mean and correlations are taken out, so that
what most images share counts little. It is fitted to the labelled images of --fit, of its train rows where it has roles;
fit to what may be learned from, and whiten queries and gallery by the same fit. The manifest says what it was fitted to.
A model trained on such features takes features, no pictures.`;

/** `hashbook features whiten`. */
export function whitenCommand(): Command {
  return new Command("whiten")
    .description("take mean and correlations out of features")
    .argument("<folder>", "data folder to whiten")
    .requiredOption("--fit <folder>", "data folder fitted to, of features made in the same way")
    .requiredOption("--dim <n>", "directions kept, fewer than images fitted to", wholeNumber(1))
    .requiredOption("--out <folder>", "data folder to write")
    .option("--shrinkage <s>", "how far variances are drawn to their mean, 0 to 1; default: 0.01", share)
    .option("--engine <name>", "cpu, webgpu, cuda, tensorflow, tfjs-webgpu or wasm; default: the best that is there")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(whiten);
}

async function whiten(folder: string, { fit, out, dim, shrinkage, json, ...flags }: WhitenFlags): Promise<void> {
  const { openEngine } = await import("../compute/engine.js");
  const { whitenFeatures } = await import("../features/whiten-folder.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  await checkOverwritesNothing(
    { "--out": filesOfData(out) },
    { "<folder>": filesOfData(folder), ...(fit === folder ? {} : { "--fit": filesOfData(fit) }) },
  );
  const engine = await openEngine({ engine: flags.engine });
  const made = await whitenFeatures(folder, { fit, out, dim, shrinkage, engine, onProgress: terminalProgress() });
  const { manifest, cached, explained, rows } = made;
  const text =
    `${cached ? "found" : "wrote"} features (${manifest.shape.join(", ")}) in ${out}, fitted to ${rows} images, ` +
    `${shownNumber(100 * explained)} % of their variance`;
  process.stdout.write(`${json ? JSON.stringify(made) : text}\n`);
}
