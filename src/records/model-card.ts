// MODEL.md: what someone must know of a model who was not there when it was trained.
import { join } from "node:path";
import { KNOWN_BACKBONES } from "../backbone/known-backbones.js";
import { poolingText } from "../backbone/pooling.js";
import { describeQuantization } from "../compute/quantization.js";
import { writeAtomically } from "../core/files.js";
import { shownNumber } from "../core/shown-number.js";
import { countText } from "../core/size-text.js";
import { version } from "../core/version.js";
import type { FeatureManifest } from "../features/feature-manifest.js";
import type { SeenAs } from "../features/seen-items.js";
import type { HeadDescription } from "../hashing/head-file.js";
import { readHeadDescription } from "../hashing/head-file.js";
import type { Preprocessing } from "../images/preprocessing.js";
import { scalesText } from "../images/scales.js";
import { viewsText } from "../images/views.js";
import { METHODS } from "../methods/known-methods.js";
import type { Method } from "../methods/method.js";
import type { ModelNames } from "../methods/model-names.js";
import { modelNames } from "../methods/model-names.js";
import type { CardCodeFacts } from "./card-code.js";
import { exportLine, pythonLines, typescriptLines } from "./card-code.js";
import type { CardMeasure } from "./card-measures.js";

/** How a model does, for its card. */
export interface Judged {
  /** In words: which queries were searched in which database. */
  readonly about: string;
  readonly measures: readonly CardMeasure[];
}

/** What head.json says that a card repeats, beside what its readers check. */
export interface CardDescription extends HeadDescription {
  readonly config?: HeadDescription["config"] & { readonly keep?: "last" | "best" };
  readonly best?: { readonly epoch: number; readonly validationMAP: number } | null;
  readonly engine?: string;
  readonly fineTuning?: object;
}

/** What a card says beside what head.json holds. */
export interface ModelCardOptions {
  /** How it does. Default: it was not judged, which the card says. */
  readonly judged?: Judged;
  /** What it was learned by. Default: the known method of the name that head.json has. */
  readonly method?: Pick<Method, "title" | "source" | "output">;
}

/** Name of the file in a model's folder. */
export const CARD_FILE = "MODEL.md";

/** Classes that are named; of more, the first. */
const NAMED_CLASSES = 30;

/**
 * The text of MODEL.md: data, training, figures, limits, and lines of TypeScript and of Python that make codes of an image.
 * @param description what head.json holds
 */
export function modelCard(description: CardDescription, { judged, method }: ModelCardOptions = {}): string {
  const { features } = description;
  const names = modelNames(description, method);
  const { bits, title, output, source } = names;
  const what = output === "codes" ? `Hash codes of ${bits} bits` : `${bits} real values`;
  const of = features === undefined ? "features from elsewhere" : `pictures like those of ${features.dataset}`;
  const parts = [
    `# ${title}, ${bits} bits`,
    `${what} for ${of}, learned by ${title}${source === undefined ? "" : ` (${source})`}. Written by hashbook ${version}.`,
    "## Data",
    table(["", ""], dataRows(description)),
    "## Training",
    ...trainingParts(description),
    "## How it does",
    ...(judged === undefined ? notJudged(description) : judgedParts(judged)),
    "## Limits",
    limitsOf(description, names, judged)
      .map(sentence => `- ${sentence}`)
      .join("\n"),
    "## Use",
    ...useParts(description, names),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** Writes MODEL.md beside the head.json of a folder. @throws {InputError} when there is no model @throws {WriteError} */
export async function writeModelCard(folder: string, options: ModelCardOptions = {}): Promise<void> {
  await writeAtomically(join(folder, CARD_FILE), modelCard(await readHeadDescription(folder), options));
}

function dataRows(description: CardDescription): [string, string][] {
  const { features, classNames, learnedClasses, roles, fold, head, fitted } = description;
  const dim = head?.inputDim ?? fitted?.inputDim;
  const rows: [string, string | undefined][] = [
    ["dataset", features && `${features.dataset}${features.synthetic ? ", drawn pictures, no photographs" : ""}`],
    ["hash of its items", features && `\`${features.contentHash}\``],
    ["classes", classNames && namesText(classNames)],
    ["classes learned", learnedText(classNames, learnedClasses)],
    ["items", seenText(description)],
    ["roles", roles && `${roles.protocol}, seed ${roles.seed}`],
    ["left out", fold && `the products of fold ${fold.fold} of ${fold.of}, seed ${fold.seed}`],
    ["features", features === undefined ? `${dim} values an item, from elsewhere` : featuresText(features)],
    ["pictures", features && picturesText(features.preprocessing)],
  ];
  return rows.flatMap(([what, text]): [string, string][] => (text === undefined ? [] : [[what, text]]));
}

function learnedText(all: readonly string[] | undefined, learned: readonly string[] | undefined): string | undefined {
  if (learned === undefined) return undefined;
  if (learned.length === 0) return "none: it learned from features without labels";
  return learned.length === all?.length ? `all ${learned.length}` : namesText(learned);
}

/** How items were learned from, as a sentence goes on: "5,000 trained on". */
const SEEN_WORDS: Readonly<Record<SeenAs, string>> = {
  trained: "trained on, with their labels",
  fitted: "fitted to, without labels",
  validated: "held out, by which it was watched or chosen",
};

function seenText({ seen = [] }: CardDescription): string | undefined {
  if (seen.length === 0) return undefined;
  return seen.map(({ as, count }) => `${countText(count)} ${SEEN_WORDS[as]}`).join("; ");
}

function featuresText({ backbone, layer, pool, weightsHash, shape, quantization, run }: FeatureManifest): string {
  const licence = Object.hasOwn(KNOWN_BACKBONES, backbone) ? `, ${KNOWN_BACKBONES[backbone].licence}` : "";
  const at = `${layer === undefined ? "" : `, ${layer}`}${pool === undefined ? "" : `, pooled by ${poolingText(pool)}`}`;
  const how = quantization === undefined ? "" : `; ${describeQuantization(quantization)}`;
  const assumed = run?.assumptions === undefined ? "" : `; assumed: ${run.assumptions.join("; ")}`;
  return `${shape[1]} values of ${backbone}${at} (weights SHA-256 \`${weightsHash}\`${licence})${how}${assumed}`;
}

function picturesText({
  resize,
  crop,
  interpolation,
  cropMode = "center",
  views,
  mean,
  std,
  scales,
}: Preprocessing): string {
  const side = { center: "the shorter side", squash: "both sides" }[cropMode];
  const seen = views === undefined || views === "centre" ? "" : `, views: ${viewsText(views)}`;
  const values = `of 0..1 less ${mean.join(", ")}, divided by ${std.join(", ")}`;
  return `${side} to ${resize} pixels (${interpolation}), the middle ${crop} × ${crop}${scalesText({ scales })}${seen}; red, green, blue ${values}`;
}

function trainingParts({ config, engine, best, fineTuning, itq }: CardDescription): string[] {
  if (config === undefined) return ["Nobody noted the settings."];
  const chosen =
    best && config.keep === "best" ? ` The head is that of epoch ${best.epoch}, the best by validation.` : "";
  const tuned = fineTuning === undefined ? "" : " The last stage of the network was then trained with the head.";
  const coded =
    itq === undefined
      ? ""
      : ` Its ${itq.values} values became hash codes by ITQ, fitted to those of the items trained on.`;
  return [
    `With these settings${engine === undefined ? "" : `, on the engine ${engine}`}.${chosen}${tuned}${coded}`,
    `\`\`\`json\n${JSON.stringify(config, null, 2)}\n\`\`\``,
  ];
}

function judgedParts({ about, measures }: Judged): string[] {
  const shown = measures.map(({ name, mean, low, high, definition }) => [
    ...[name, shownNumber(mean, 4), `${shownNumber(low, 4)} to ${shownNumber(high, 4)}`, definition],
  ]);
  return [
    `${about} The interval holds 95 % of the means of other draws of queries (bootstrap).`,
    table(["measure", "mean", "interval", "definition"], shown),
  ];
}

function notJudged({ best, config }: CardDescription): string[] {
  const which = { best: "by which it was chosen", last: `in epoch ${best?.epoch}, the best of those validated` };
  const how = which[config?.keep ?? "last"];
  const validated = best ? `Validation mAP ${shownNumber(best.validationMAP, 4)} ${how}. ` : "";
  return [`${validated}No queries were searched with yet: \`hashbook encode\` and \`hashbook evaluate\` judge it.`];
}

function limitsOf(
  { features, learnedClasses }: CardDescription,
  { output }: ModelNames,
  judged: Judged | undefined,
): string[] {
  return [
    output === "codes"
      ? "Codes can be compared with codes of this very model only: another seed numbers its bits otherwise."
      : "Values can be compared with values of this very model only.",
    ...(learnedClasses !== undefined && learnedClasses.length > 0
      ? ["It learned to tell these classes apart. How it does on others, no figure above says."]
      : []),
    ...(features === undefined
      ? ["Which network made the features, nobody noted: features of another one give codes without meaning."]
      : [`Pictures of another kind than those of ${features.dataset} were not tried.`]),
    ...(features?.synthetic ? ["Drawn pictures say little of photographs."] : []),
    ...(judged === undefined ? [] : ["It is one training: the intervals do not hold what other seeds give."]),
  ];
}

function useParts({ features, fitted, fineTuning }: CardDescription, { name, output }: ModelNames): string[] {
  if (features === undefined) {
    return [
      "It takes features made as those it was trained on: `hashbook encode --model . --features F.npy --out C.npy`.",
    ];
  }
  const needsMethod = fitted !== undefined && METHODS.every(method => method.name !== name);
  const facts: CardCodeFacts = { features, output, needsMethod, tunedWeights: fineTuning !== undefined };
  const { views = "centre", scales } = features.preprocessing;
  const oneView = views === "centre" ? "" : ` It sees the middle alone, where training saw ${viewsText(views)}.`;
  const typescript = ["In this folder. In TypeScript:", block("ts", typescriptLines(facts))];
  if (scales !== undefined)
    return [...typescript, "No one ONNX file does it: features of several scales need as many pictures."];
  return [
    ...typescript,
    `In Python (numpy, onnxruntime, Pillow), after \`${exportLine(facts)}\`.${oneView}`,
    block("python", pythonLines(facts)),
  ];
}

function block(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join("\n")}\n\`\`\``;
}

/** A Markdown table of text. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll(/[\r\n]+/g, " ").replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_CLASSES).join(", ");
  return names.length > NAMED_CLASSES ? `${names.length}: ${shown} …` : `${names.length}: ${shown}`;
}
