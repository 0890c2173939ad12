import { readFile, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { HashFilesOptions } from "./content-hash.js";
import type { Dataset } from "./dataset.js";
import type { ItemsOfFiles } from "./dataset-of-files.js";
import { datasetOfFiles } from "./dataset-of-files.js";
import { formOfLabel } from "./list-form.js";
import { classLabels } from "./list-labels.js";
import { cutListLine } from "./list-line.js";
import { ListReader } from "./list-reader.js";

/** One line of a label file. */
export interface LabelLine {
  /** Path of the image as written, relative to the file's folder, with forward slashes. */
  readonly path: string;
  /** Label as written: a number or a name. */
  readonly label: string;
}

const BYTE_ORDER_MARK = "\ufeff";

/** A line of a label file and where it stands. */
export interface NumberedLabelLine extends LabelLine {
  /** From 1. */
  readonly line: number;
}

/**
 * Cuts a text into `path,label` lines: no header, the label after the last comma (a path may hold commas), blanks
 * around both dropped. A byte-order mark, CRLF and empty lines are accepted. An image may come several times.
 * @param file the name used in messages
 * @throws {InputError} naming file and line when a line is malformed, or when there are no lines
 */
export function labelLines(text: string, file: string): NumberedLabelLine[] {
  const lines: NumberedLabelLine[] = [];
  const body = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  for (const [i, line] of body.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === "") continue;
    const comma = line.lastIndexOf(",");
    const path = line.slice(0, Math.max(comma, 0)).trim().replaceAll("\\", "/");
    const label = line.slice(comma + 1).trim();
    if (comma < 0 || path === "" || label === "") {
      throw new InputError(`line ${i + 1} is malformed`, {
        file,
        expected: 'path,label, for example "DIGIX_000001/a.jpg,1"',
        actual: JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line),
      });
    }
    lines.push({ line: i + 1, path, label });
  }
  if (lines.length === 0) throw new InputError("there are no lines", { file, expected: "path,label lines" });
  return lines;
}

/**
 * Parses a label file, see {@link labelLines}.
 * @param file the name used in messages
 * @throws {InputError} naming file and line when a line is malformed or names an image a second time, or when there
 * are no lines
 */
export function parseLabelLines(text: string, file: string): LabelLine[] {
  const lineOf = new Map<string, number>();
  return labelLines(text, file).map(({ line, path, label }) => {
    checkNamedOnce(path, line, lineOf, file);
    return { path, label };
  });
}

/** Distinct labels: by value when all are whole numbers, else by code units. */
function classNamesOf(lines: readonly LabelLine[]): string[] {
  const names = [...new Set(lines.map(line => line.label))];
  return names.every(name => /^\d{1,15}$/.test(name)) ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}

/** Whether the first line has a column of 0 or 1 a class, `path,0 1 0` or `path 0 1 0`. */
function holdsColumns(text: string): boolean {
  const first = /^\ufeff?\s*(\S.*)/.exec(text)?.[1] ?? "";
  return isColumns(cutListLine(first.trim()).label);
}

function isColumns(label: string): boolean {
  const form = formOfLabel(label, true);
  return "kind" in form && form.kind === "columns";
}

/** Several numbers, which are no name of a class. */
const NUMBERS = /^[-+.\d]+(?:[\s,;]+[-+.\d]+)+$/;

/**
 * Items of one class each.
 * @throws {InputError} for labels that are several numbers
 */
function namedItems(lines: readonly LabelLine[], file: string): ItemsOfFiles<Labels> {
  const odd = lines.find(({ path, label }) => NUMBERS.test(cutListLine(`${path},${label}`).label));
  if (odd !== undefined) {
    throw new InputError(`${odd.path} has several numbers for a label`, {
      file,
      expected: "one class, or columns of 0 and 1 from the first line on: path,0 1 0",
      actual: JSON.stringify(cutListLine(`${odd.path},${odd.label}`).label.slice(0, 80)),
    });
  }
  const classNames = classNamesOf(lines);
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const labels = Int32Array.from(lines, line => labelOf.get(line.label)!);
  return { classNames, ids: lines.map(line => line.path), labels };
}

/** Items of the classes whose columns are 1; the classes are called by their numbers. */
async function columnItems(file: string): Promise<ItemsOfFiles<Labels>> {
  const reader = new ListReader(dirname(file));
  const lineOf = new Map<string, number>();
  const written: (readonly number[] | string)[] = [];
  for await (const { path, label, line } of reader.lines({ name: basename(file) })) {
    checkNamedOnce(path, line, lineOf, file);
    written.push(label);
  }
  return { ids: [...lineOf.keys()], ...classLabels(written, reader.form!) };
}

function checkNamedOnce(path: string, line: number, lineOf: Map<string, number>, file: string): void {
  const earlier = lineOf.get(path);
  if (earlier !== undefined) {
    throw new InputError(`line ${line} names ${path} again, after line ${earlier}`, {
      file,
      expected: "each image once",
    });
  }
  lineOf.set(path, line);
}

/**
 * A dataset out of a text file of `path,label` lines. Rows are in the order of the lines; classes are the distinct
 * labels in ascending order (numbers by value); of `path,0 1 0` or `path 0 1 0` lines, the columns. Images that are missing or cannot be read are in `passedOver`, their
 * classes stay.
 * @throws {InputError} when the file is missing, as {@link parseLabelLines}, or when no image is there
 */
export async function openLabelFile(
  file: string,
  options: HashFilesOptions & {
    /** Folder the paths are relative to. Default: the file's own. */
    root?: string;
  } = {},
): Promise<Dataset> {
  let text: string;
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is no regular file"); // a pipe would be waited for
    text = await readFile(file, "utf8");
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new InputError("this label file cannot be read", { file, expected: "path,label lines", actual, cause });
  }
  const items = holdsColumns(text) ? await columnItems(file) : namedItems(parseLabelLines(text, file), file);
  const absolute = items.ids.find(path => isAbsolute(path));
  if (absolute !== undefined) {
    throw new InputError(`${absolute} is an absolute path`, { file, expected: "paths relative to the file" });
  }
  return datasetOfFiles(
    options.root ?? dirname(file),
    "label-file",
    `Images listed in ${resolve(file)}`,
    items,
    options,
  );
}
