import { HashbookError } from "../core/errors.js";
import { singleLabels } from "../core/labels.js";
import { Random } from "../core/random.js";
import type { ClassSizes } from "../datasets/class-sizes.js";
import { classSizes } from "../datasets/class-sizes.js";
import type { Dataset, DatasetSummary } from "../datasets/dataset.js";
import { datasetSummary } from "../datasets/dataset.js";
import type { CountCheck } from "../datasets/digix-counts.js";
import { countLine, digixCounts } from "../datasets/digix-counts.js";
import type { ListFindings } from "../datasets/list-findings.js";
import type { Oddity } from "../datasets/oddities.js";
import { oddityText } from "../datasets/oddities.js";
import type { PassedOver } from "../datasets/passed-over.js";
import { passedOverLines } from "../datasets/passed-over.js";
import { mergedText } from "../datasets/product-merges.js";
import type { Split } from "../datasets/split.js";
import { hashingSplit, officialSplit } from "../datasets/split.js";
import { overlapText } from "../datasets/split-overlaps.js";
import type { Truncated } from "../images/preprocessing.js";
import type { ProtocolCheck } from "../protocols/check-protocol.js";
import { checkProtocol, protocolCheckLines } from "../protocols/check-protocol.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { NamedLeaks } from "./dataset-leaks.js";
import { leakLines } from "./dataset-leaks.js";
import { listLines } from "./list-report.js";

/** Sizes of the splits a dataset allows. */
interface SplitCounts {
  readonly protocol: string;
  readonly seed: number;
  readonly query: number;
  readonly train: number;
  readonly database: number;
  /** Which roles overlap, in words. Absent: none does. */
  readonly overlaps?: string;
}

/** An image that is not whole. */
interface BrokenImage {
  readonly id: string;
  readonly reason: string;
}

/** Images that were decoded to check them. */
interface Checked {
  readonly images: number;
  /** Least and most, in pixels. */
  readonly width: readonly number[];
  readonly height: readonly number[];
  /** Those that cannot be decoded. */
  readonly broken: readonly BrokenImage[];
  /** Those that are cut short, where that is accepted. */
  readonly truncated: readonly BrokenImage[];
}

/** What `hashbook dataset --json` prints. */
export interface DatasetReport extends DatasetSummary {
  readonly sizes: ClassSizes;
  /** Sizes that are known of the official data. Absent: none are. */
  readonly counts?: readonly CountCheck[];
  /** Products that were made one. Absent: none was. */
  readonly mergedProducts?: readonly (readonly string[])[];
  readonly oddities: readonly Oddity[];
  readonly passedOver: readonly PassedOver[];
  readonly checked: Checked;
  readonly splits: readonly SplitCounts[];
  /** Why the default split is not among them, when it is not. */
  readonly splitProblem?: string;
  readonly leaks?: readonly NamedLeaks[];
  /** What the lists say that it was made from. */
  readonly listed?: ListFindings;
  /** How it stands to the named protocol that it was opened by. */
  readonly protocol?: ProtocolCheck;
}

/** Classes listed for people at most. */
const LISTED = 30;

function countsOf(split: Split): SplitCounts {
  const { protocol, seed, query, train, database } = split;
  const overlaps = overlapText(split);
  const counts = { protocol, seed, query: query.length, train: train.length, database: database.length };
  return overlaps === undefined ? counts : { ...counts, overlaps };
}

/** Whether a dataset is one of DIGIX's parts, real or synthetic, which have splits of their own. */
function isDigix({ name }: Dataset): boolean {
  return name.startsWith("digix");
}

async function splitsOf(dataset: Dataset): Promise<Pick<DatasetReport, "splits" | "splitProblem">> {
  try {
    if (isDigix(dataset)) return { splits: [await challengeSplit(dataset)] };
    if (dataset.roles !== undefined) return { splits: [countsOf(dataset.roles)] };
    const official = dataset.name === "fashion-mnist" ? [countsOf(officialSplit(dataset))] : [];
    try {
      return { splits: [...official, countsOf(hashingSplit(dataset))] };
    } catch (error) {
      if (!(error instanceof HashbookError)) throw error;
      return { splits: official, splitProblem: error.message };
    }
  } catch (error) {
    if (!(error instanceof HashbookError)) throw error;
    return { splits: [], splitProblem: error.message };
  }
}

/** Fold 1 of 5 by product, or the query and gallery of a test part. */
async function challengeSplit(dataset: Dataset): Promise<SplitCounts> {
  if (dataset.ids[0].startsWith("query/")) {
    const { digixRoles } = await import("../datasets/digix.js");
    const { query, gallery } = digixRoles(dataset);
    const protocol = "the challenge's: queries are searched in the gallery";
    return { protocol, seed: 0, query: query.length, train: 0, database: gallery.length };
  }
  const { productFold } = await import("../challenge/product-folds.js");
  const { train, query, gallery } = productFold(singleLabels(dataset.labels, "a challenge"), { fold: 1, of: 5 });
  const protocol = "fold 1/5: a fifth of the products held out, their images query and gallery";
  return { protocol, seed: 0, query: query.length, train: train.length, database: gallery.length };
}

/** Images decoded at a time. */
const IN_FLIGHT = 6;

/** Decodes a seeded sample of the images (all of them when `limit` is no smaller). */
async function checkImages(dataset: Dataset, { limit, truncated }: CheckOptions): Promise<Checked> {
  const { decodePixels } = await import("../images/decode.js");
  const rows = new Random(0).permutation(dataset.ids.length).slice(0, limit).sort();
  const width = [Number.POSITIVE_INFINITY, 0];
  const height = [Number.POSITIVE_INFINITY, 0];
  const broken: (BrokenImage & { row: number })[] = [];
  const cutShort: typeof broken = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rows.length) {
      const row = rows[next++];
      const id = dataset.ids[row];
      try {
        const image = await decodePixels(await dataset.image(row), { name: id, truncated });
        if (image.cutShort !== undefined) cutShort.push({ row, id, reason: image.cutShort });
        for (const [bounds, side] of [
          [width, image.width],
          [height, image.height],
        ] as const) {
          bounds[0] = Math.min(bounds[0], side);
          bounds[1] = Math.max(bounds[1], side);
        }
      } catch (error) {
        if (!(error instanceof HashbookError)) throw error;
        broken.push({ row, id, reason: error.actual ?? error.message.split("; ")[0] });
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const brokenOf = (list: typeof broken): BrokenImage[] =>
    list.sort((a, b) => a.row - b.row).map(({ id, reason }) => ({ id, reason }));
  const decoded = rows.length > broken.length;
  return {
    images: rows.length,
    width: decoded ? width : [],
    height: decoded ? height : [],
    broken: brokenOf(broken),
    truncated: brokenOf(cutShort),
  };
}

/** How images are checked. */
export interface CheckOptions {
  /** How many images to decode, 0 or more. */
  readonly limit: number;
  /** Whether those that are cut short are broken. */
  readonly truncated: Truncated;
}

/** Counts and checks a dataset. */
export async function datasetReport(dataset: Dataset, options: CheckOptions): Promise<DatasetReport> {
  const summary = datasetSummary(dataset);
  const counts = digixCounts(dataset);
  const { mergedProducts } = dataset;
  return {
    ...summary,
    ...(counts.length === 0 ? {} : { counts }),
    ...(mergedProducts === undefined ? {} : { mergedProducts }),
    sizes: classSizes(summary.perClass.map(one => one.images)),
    oddities: dataset.oddities ?? [],
    passedOver: dataset.passedOver ?? [],
    ...(dataset.listed === undefined ? {} : { listed: dataset.listed }),
    ...protocolOf(dataset),
    checked: await checkImages(dataset, options),
    ...(await splitsOf(dataset)),
  };
}

function protocolOf(dataset: Dataset): Pick<DatasetReport, "protocol"> {
  const { roles } = dataset;
  const protocol = findProtocol(roles?.name);
  return protocol === undefined ? {} : { protocol: checkProtocol(protocol, { ...dataset, roles: roles! }) };
}

function range([least, most]: readonly number[]): string {
  return least === most ? `${least}` : `${least}-${most}`;
}

/** Classes and their sizes: each, or a histogram when there are many. */
function classLines({ classes, perClass, sizes }: DatasetReport): string[] {
  if (sizes.classes === 0) return [];
  if (classes <= LISTED) {
    return perClass.map(
      one => `  ${String(one.label).padStart(4)}  ${one.name.padEnd(24)} ${String(one.images).padStart(6)}`,
    );
  }
  const [least, first, median, third, most] = sizes.quartiles;
  const widest = sizes.histogram.reduce((wide, bin) => Math.max(wide, bin.classes), 1);
  return [
    `images a class: least ${least}, quartiles ${first}, ${median}, ${third}, most ${most} (--json lists all classes)`,
    ...sizes.histogram.map(({ from, to, classes: count }) => {
      const bounds = from === to ? `${from}` : `${from}-${to}`;
      return `  ${bounds.padStart(9)} ${String(count).padStart(6)} ${"▇".repeat(Math.ceil((30 * count) / widest))}`;
    }),
  ];
}

function imageLine({ id, reason }: BrokenImage): string {
  return `  ${id} (${reason})`;
}

/** The report for people. */
export function datasetText(report: DatasetReport): string {
  const { checked, sizes } = report;
  const labelled = `${sizes.classes} classes of ${range([sizes.quartiles[0], sizes.quartiles[4]])}`;
  const known = sizes.classes === 0 ? "labels not known" : labelled;
  const some = sizes.classes > 0 && report.unknown > 0 ? `, ${report.unknown} of unknown class` : "";
  const lines = [`${report.name}: ${report.images} images, ${known}${some}`, report.description];
  if (checked.images > checked.broken.length) {
    lines.push(`${checked.images} images decoded: ${range(checked.width)} × ${range(checked.height)} pixels`);
  }
  if (checked.broken.length > 0) {
    lines.push(`${checked.broken.length} of ${checked.images} images are broken:`, ...checked.broken.map(imageLine));
  }
  if (checked.truncated.length > 0) {
    lines.push(
      `${checked.truncated.length} of ${checked.images} images are cut short:`,
      ...checked.truncated.map(imageLine),
    );
  }
  for (const count of report.counts ?? []) lines.push(countLine(count));
  const merged = mergedText(report);
  if (merged !== undefined) lines.push(merged);
  lines.push(...classLines(report));
  if (report.listed !== undefined) lines.push(...listLines(report.listed));
  else if (report.oddities.length === 0) lines.push(...passedOverLines(report.passedOver)); // else they are among these
  if (report.protocol !== undefined) lines.push(...protocolCheckLines(report.protocol));
  for (const oddity of report.oddities) lines.push(`tolerated: ${oddityText(oddity)}`);
  for (const split of report.splits) {
    lines.push(`split (${split.protocol}): ${split.query} query, ${split.train} train, ${split.database} database`);
    // What lists are said to hold has it already.
    if (split.overlaps !== undefined && report.listed === undefined) lines.push(`overlapping roles: ${split.overlaps}`);
  }
  if (report.splitProblem !== undefined) lines.push(`no default split: ${report.splitProblem}`);
  lines.push(...leakLines(report.leaks ?? []));
  lines.push(`content hash ${report.contentHash}`);
  return lines.join("\n");
}
