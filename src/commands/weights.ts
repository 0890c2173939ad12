import { existsSync } from "node:fs";
import { Command } from "commander";

interface WeightsCommandOptions {
  file?: string;
  download: boolean;
  import?: string;
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
  /** Where the file came from: an address or a path. */
  readonly from?: string;
  /** False when nobody stated a checksum to compare with: it was computed only. */
  readonly checked?: boolean;
  /** Checksum and every tensor's shape were found right. Absent when only listed. */
  readonly verified?: true;
}

const EXAMPLES = `
Examples:
  $ hashbook weights                               what is known and what is here
  $ hashbook weights efficientnet-lite0            checks the file: checksum, names and shapes of all tensors
  $ hashbook weights efficientnet-lite0 --file other.safetensors
  $ hashbook weights resnet50 --download           from the Hugging Face hub; a second call continues a broken one
  $ hashbook weights resnet50 --import ~/model.safetensors
  $ hashbook weights --json

Downloads honour http_proxy, https_proxy, no_proxy, HF_TOKEN (a token of the hub) and HF_ENDPOINT (a mirror of it).`;

/** `hashbook weights`: lists the weights of backbones, or verifies one. */
export function weightsCommand(): Command {
  return new Command("weights")
    .description("list the pretrained weights of backbones, verify, download or import one")
    .argument("[name]", "backbone; all are listed without it")
    .option("--file <file>", "verify this safetensors file against the architecture instead of the known one")
    .option("--download", "download the weights, unless they are here", false)
    .option("--import <file>", "take over this safetensors file as the weights")
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(reportWeights);
}

async function reportWeights(name: string | undefined, options: WeightsCommandOptions): Promise<void> {
  const { UsageError } = await import("../core/errors.js");
  if (name === undefined && options.file !== undefined) {
    throw new UsageError("--file needs the name of a backbone", { expected: "hashbook weights <name> --file <file>" });
  }
  const { download, import: imported } = options;
  if (name === undefined && (download || imported !== undefined)) {
    throw new UsageError("--download and --import need the name of a backbone", { expected: "for example resnet50" });
  }
  if (name !== undefined && imported !== undefined) await take(name, imported);
  else if (name !== undefined && download) await fetchWeights(name);
  const weights = name === undefined ? await listWeights() : [await verifyWeights(name, options.file)];
  process.stdout.write(`${options.json ? JSON.stringify({ weights }) : weights.map(line).join("\n")}\n`);
}

async function take(name: string, file: string): Promise<void> {
  const { knownBackbone } = await import("../backbone/known-backbones.js");
  const { importWeights } = await import("../backbone/weights-store.js");
  await importWeights(knownBackbone(name), file);
}

async function fetchWeights(name: string): Promise<void> {
  const { knownBackbone } = await import("../backbone/known-backbones.js");
  const known = knownBackbone(name);
  if (existsSync(known.file())) return; // verified next
  const { downloadWeights } = await import("../backbone/weights-store.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  await downloadWeights(known, { onProgress: terminalProgress() });
}

async function listWeights(): Promise<WeightsReport[]> {
  const { KNOWN_BACKBONES } = await import("../backbone/known-backbones.js");
  return Object.entries(KNOWN_BACKBONES).map(([name, { architecture, origin, licence, sha256, ...known }]) => {
    const file = known.file();
    return { name, dim: architecture.dim, origin, licence, file, present: existsSync(file), sha256 };
  });
}

async function verifyWeights(name: string, given: string | undefined): Promise<WeightsReport> {
  const { knownBackbone } = await import("../backbone/known-backbones.js");
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const known = knownBackbone(name);
  const { dim, weightsHash } = await openBackbone(name, { file: given });
  const { weightsSource } = await import("../backbone/weights-store.js");
  const source = given === undefined ? await weightsSource(known) : undefined;
  if (source !== undefined && source.sha256 !== weightsHash) {
    const { InputError } = await import("../core/errors.js");
    throw new InputError("the weights are not the file that was downloaded or imported", {
      file: known.file(),
      expected: `SHA-256 ${source.sha256}`,
      actual: weightsHash,
    });
  }
  const fromHub = known.hub !== undefined && source?.from.includes(known.hub.repository);
  const ofKnown = weightsHash === known.sha256 || fromHub === true;
  return {
    ...(source === undefined ? {} : { from: source.from, checked: source.checked }),
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
  const { name, dim, origin, licence, file, sha256, from } = report;
  return [
    `${name}: ${stateOf(report)}`,
    `  ${dim} features; origin: ${origin}; licence: ${licence}`,
    `  ${file}`,
    ...(sha256 === undefined ? [] : [`  sha-256 ${sha256}`]),
    ...(from === undefined ? [] : [`  from ${from}`]),
  ].join("\n");
}

function stateOf({ present, verified: right, origin, checked }: WeightsReport): string {
  if (!present) return "not here";
  if (!right) return "here";
  if (checked === false) return "verified: all tensors fit; no checksum was stated, this one is computed";
  return origin === "unknown"
    ? "verified: all tensors fit (not the known file)"
    : "verified: the checksum and all tensors are right";
}
