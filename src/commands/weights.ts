import { existsSync } from "node:fs";
import { Command } from "commander";

interface WeightsCommandOptions {
  file?: string;
  json: boolean;
}

/** What `hashbook weights --json` says of one backbone, in `{"weights": […]}`. */
interface WeightsReport {
  readonly name: string;
  /** Length of its features. */
  readonly dim: number;
  readonly origin: string;
  readonly licence: string;
  readonly file: string;
  readonly present: boolean;
  /** Of the file: the one that is known, or the one that was found when the file was checked. */
  readonly sha256?: string;
  /** Checksum and every tensor's shape were found right. Absent when only listed. */
  readonly verified?: true;
}

const EXAMPLES = `
Examples:
  $ hashbook weights                               what is known and what is here
  $ hashbook weights efficientnet-lite0            checks the file: checksum, names and shapes of all tensors
  $ hashbook weights efficientnet-lite0 --file other.safetensors
  $ hashbook weights --json`;

/** `hashbook weights`: lists the weights of backbones, or verifies one. */
export function weightsCommand(): Command {
  return new Command("weights")
    .description("list the pretrained weights of backbones, or verify one")
    .argument("[name]", "backbone to verify; all are listed without it")
    .option("--file <file>", "verify this safetensors file against the architecture instead of the known one")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(reportWeights);
}

async function reportWeights(name: string | undefined, options: WeightsCommandOptions): Promise<void> {
  const { UsageError } = await import("../core/errors.js");
  if (name === undefined && options.file !== undefined) {
    throw new UsageError("--file needs the name of a backbone", { expected: "hashbook weights <name> --file <file>" });
  }
  const weights = name === undefined ? await listed() : [await verified(name, options.file)];
  process.stdout.write(`${options.json ? JSON.stringify({ weights }) : weights.map(line).join("\n")}\n`);
}

async function listed(): Promise<WeightsReport[]> {
  const { KNOWN_BACKBONES } = await import("../backbone/backbone.js");
  return Object.entries(KNOWN_BACKBONES).map(([name, { architecture, origin, licence, sha256, ...known }]) => {
    const file = known.file();
    return { name, dim: architecture.dim, origin, licence, file, present: existsSync(file), sha256 };
  });
}

async function verified(name: string, given: string | undefined): Promise<WeightsReport> {
  const { knownBackbone, openBackbone } = await import("../backbone/backbone.js");
  const known = knownBackbone(name);
  const { dim, weightsHash } = await openBackbone(name, { file: given });
  const ofKnown = weightsHash === known.sha256;
  return {
    name,
    dim,
    origin: ofKnown ? known.origin : "unknown",
    licence: ofKnown ? known.licence : "unknown",
    file: given ?? known.file(),
    present: true,
    sha256: weightsHash,
    verified: true,
  };
}

function line(report: WeightsReport): string {
  const { name, dim, origin, licence, file, sha256 } = report;
  return [
    `${name}: ${stateOf(report)}`,
    `  ${dim} features; origin: ${origin}; licence: ${licence}`,
    `  ${file}`,
    `  sha-256 ${sha256}`,
  ].join("\n");
}

function stateOf({ present, verified: right, origin }: WeightsReport): string {
  if (!present) return "not here";
  if (!right) return "here";
  return origin === "unknown"
    ? "verified: all tensors fit (not the known file)"
    : "verified: the checksum and all tensors are right";
}
