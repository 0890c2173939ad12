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
  /** A line of shell that makes the file, where it is published in another format only. */
  readonly conversion?: string;
  /** The commit of the hub's repository, where it is known or noted; null where the first download notes it. */
  readonly revision?: string | null;
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

Downloads go where Python's huggingface_hub keeps its files (HF_HUB_CACHE, or hub in HF_HOME, else in
~/.cache/huggingface), and what Python has downloaded there is found. They honour http_proxy, https_proxy, no_proxy,
HF_TOKEN (a token of the hub), HF_ENDPOINT (a mirror of it) and HF_HUB_OFFLINE. Where this package knows no revision, the
first download takes that of main and notes it.`;

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
  const { findWeights } = await import("../backbone/weights-source.js");
  if ((await findWeights(known)) !== undefined) return; // verified next
  const { downloadWeights } = await import("../backbone/weights-store.js");
  const { terminalProgress } = await import("../notebook/progress.js");
  await downloadWeights(known, { onProgress: terminalProgress() });
}

async function listWeights(): Promise<WeightsReport[]> {
  const { KNOWN_BACKBONES } = await import("../backbone/known-backbones.js");
  const { findWeights, weightsSource } = await import("../backbone/weights-source.js");
  const reports = Object.entries(KNOWN_BACKBONES).map(async ([name, known]): Promise<WeightsReport> => {
    const { architecture, origin, licence, conversion, hub } = known;
    const found = await findWeights(known);
    const file = found ?? known.file();
    const sha256 = known.sha256 ?? hub?.sha256;
    const noted = hub === undefined ? undefined : (hub.revision ?? (await weightsSource(known))?.revision ?? null);
    const made = { conversion, revision: noted };
    return { name, dim: architecture.dim, origin, licence, file, present: found !== undefined, sha256, ...made };
  });
  return Promise.all(reports);
}

async function verifyWeights(name: string, given: string | undefined): Promise<WeightsReport> {
  const { knownBackbone } = await import("../backbone/known-backbones.js");
  const { openBackbone } = await import("../backbone/open-backbone.js");
  const { findWeights, weightsSource } = await import("../backbone/weights-source.js");
  const known = knownBackbone(name);
  const { dim, weightsHash } = await openBackbone(name, { file: given });
  const found = given ?? (await findWeights(known)) ?? known.file();
  const isOwn = found === known.file();
  const noted = given === undefined ? await weightsSource(known) : undefined;
  if (isOwn && noted !== undefined && noted.sha256 !== weightsHash) {
    const { InputError } = await import("../core/errors.js");
    throw new InputError("the weights are not the file that was downloaded or imported", {
      file: found,
      expected: `SHA-256 ${noted.sha256}`,
      actual: weightsHash,
    });
  }
  const source = noted?.sha256 === weightsHash ? noted : undefined;
  const ofHub =
    given === undefined && known.hub !== undefined && (!isOwn || source?.from.includes(known.hub.repository));
  const ofKnown = weightsHash === known.sha256 || ofHub === true;
  return {
    ...(source === undefined ? {} : { from: source.from, checked: source.checked, revision: source.revision }),
    name,
    dim,
    origin: ofKnown ? known.origin : "unknown",
    licence: ofKnown ? known.licence : "unknown",
    file: found,
    present: true,
    sha256: weightsHash,
    verified: true,
  };
}

function line(report: WeightsReport): string {
  const { name, dim, origin, licence, file, sha256, from, conversion, present, revision } = report;
  return [
    `${name}: ${stateOf(report)}`,
    `  ${dim} features; origin: ${origin}; licence: ${licence}`,
    `  ${file}`,
    ...(sha256 === undefined ? [] : [`  sha-256 ${sha256}`]),
    ...(from === undefined ? [] : [`  from ${from}`]),
    ...(revision === undefined ? [] : [`  revision ${revision ?? "of main when it is downloaded first"}`]),
    ...(conversion === undefined || present ? [] : [`  made by: ${conversion}; then --import`]),
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
