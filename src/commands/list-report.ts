import { meanLabels } from "../datasets/labels-an-item.js";
import type { ListFindings } from "../datasets/list-findings.js";

/** Examples of what is unusual, for people; --json has all. */
const EXAMPLES = 3;
/** Numbers of labels that have a line of their own at most. */
const LISTED = 12;
/** Characters of the longest bar. */
const WIDEST = 30;

/** What lists say, as lines for people. */
export function listLines(listed: ListFindings): string[] {
  const { lists, form, prefixes, overlap, loose, images, classNamesFrom } = listed;
  return [
    `lists of ${images} images; a line is a path and ${form}; ${classNamesFrom}`,
    ...lists.map(({ role, files, lines, images: some }) => {
      const [name, more] = [files[0], files.length === 1 ? "" : ` and ${files.length - 1} more files`];
      const again = lines === some ? "" : `, ${some} images`;
      return `  ${role.padEnd(9)} ${`${name}${more}`.padEnd(16)} ${lines} lines${again}, ${listed.unlabelled[role]} without a label`;
    }),
    ...(hasTrain(lists) ? [] : ["there is no train.txt: nothing can be trained"]),
    ...prefixes.map(({ prefix, lines }) => `${JSON.stringify(prefix)} taken from the paths of ${lines} lines`),
    overlap === undefined ? apartText(lists) : `overlap: ${overlap}`,
    ...labelLines(listed.labelsAnItem),
    ...faultLines(listed),
    ...(loose === 0
      ? []
      : [`tolerated: ${loose} lines with something else than one blank or comma between their parts`]),
  ];
}

function hasTrain(lists: ListFindings["lists"]): boolean {
  return lists.some(({ role }) => role === "train");
}

function apartText(lists: ListFindings["lists"]): string {
  return `no query is in the database${hasTrain(lists) ? ", all train images are" : ""}`;
}

function labelLines(items: readonly number[]): string[] {
  if (items.length <= 2) return [];
  const most = items.reduce((a, b) => Math.max(a, b), 1);
  const last = items.slice(LISTED).reduce((a, b) => a + b, 0);
  const rows = items.slice(0, LISTED).map((count, labels) => [String(labels), count] as const);
  if (last > 0) rows.push([`${LISTED} or more`, last]);
  return [
    `labels an image: ${meanLabels(items).toFixed(2)} on average`,
    ...rows.map(
      ([labels, count]) =>
        `  ${labels.padStart(10)} ${String(count).padStart(7)} ${"▇".repeat(Math.ceil((WIDEST * count) / most))}`,
    ),
  ];
}

/** What keeps `extract` from going on, and what only deserves a look. */
function faultLines({ repeated, contradictions, missing, images, prefixThatHelps }: ListFindings): string[] {
  const some = (count: number, examples: readonly string[]): string =>
    `${examples.join(", ")}${count > EXAMPLES ? ", … (--json lists all)" : ""}`;
  const again = repeated
    .slice(0, EXAMPLES)
    .map(({ id, file, line, earlier }) => `${id} (line ${line} of ${file}, after line ${earlier})`);
  const against = contradictions.slice(0, EXAMPLES).map(({ id, first, other }) => {
    return `${id} (${first.label} in line ${first.line} of ${first.file}, ${other.label} in line ${other.line} of ${other.file})`;
  });
  const gone = missing
    .slice(0, EXAMPLES)
    .map(({ path, file, line, reason }) => `${path} (line ${line} of ${file}: ${reason})`);
  return [
    ...(repeated.length === 0
      ? []
      : [`${repeated.length} lines name an image of their list again: ${some(repeated.length, again)}`]),
    ...(contradictions.length === 0
      ? []
      : [
          `${contradictions.length} lines give an image another label than an earlier one, extract refuses them: ${some(contradictions.length, against)}`,
        ]),
    ...(missing.length === 0
      ? []
      : [
          `${missing.length} of ${images} images are missing, extract goes on with --missing drop: ${some(missing.length, gone)}`,
        ]),
    ...(prefixThatHelps === undefined ? [] : [`the first of these is there with --strip-prefix ${prefixThatHelps}`]),
  ];
}
