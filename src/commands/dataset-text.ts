import { countLine } from "../datasets/digix-counts.js";
import { oddityText } from "../datasets/oddities.js";
import { passedOverLines } from "../datasets/passed-over.js";
import { mergedText } from "../datasets/product-merges.js";
import { protocolCheckLines } from "../protocols/check-protocol.js";
import type { BrokenImage } from "./checked-images.js";
import { leakLines } from "./dataset-leaks.js";
import type { DatasetReport } from "./dataset-report.js";
import { listLines } from "./list-report.js";

/** Classes listed for people at most. */
const LISTED = 30;

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
    lines.push(
      `${checked.images - checked.broken.length} images decoded: ${range(checked.width)} × ${range(checked.height)} pixels`,
    );
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
