import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { someNames } from "../core/named-labels.js";
import { nearestName } from "../core/nearest-name.js";
import type { ListedFile } from "./list-files.js";
import type { ListForm } from "./list-form.js";
import { formOfLabel } from "./list-form.js";
import { cutListLine } from "./list-line.js";
import { textLines } from "./text-lines.js";

/** A line of a list, understood. */
export interface LabelledPath {
  /** As written, with forward slashes. */
  readonly path: string;
  /** Class numbers, ascending; a name as it is written. */
  readonly label: readonly number[] | string;
  /** From 1. */
  readonly line: number;
  /** Whether tabs, several blanks or the like stand where lists have one blank. */
  readonly loose: boolean;
}

/** A form, and the line that set it. */
interface SetForm {
  readonly form: ListForm;
  readonly file: string;
  readonly line: number;
}

/** Reads lists of one form: the first line of the first list sets it for all. */
export class ListReader {
  private set: SetForm | undefined;
  private readonly names: ReadonlySet<string> | undefined;

  /**
   * @param folder of the lists
   * @param classNames that all labels must fit. Default: any label will do
   */
  constructor(
    private readonly folder: string,
    classNames?: readonly string[],
  ) {
    this.names = classNames === undefined ? undefined : new Set(classNames);
  }

  /** The form of the labels; undefined before a line was read. */
  get form(): ListForm | undefined {
    return this.set?.form;
  }

  /**
   * The lines of a list.
   * @throws {InputError} naming file and line, for a line that is none, or of another form than the first one
   */
  async *lines({ name, labels }: ListedFile): AsyncGenerator<LabelledPath> {
    const file = join(this.folder, name);
    let count = 0;
    const own = labels === undefined ? undefined : this.labels(join(this.folder, labels));
    for await (const { line, text } of textLines(file, "this list")) {
      count++;
      const { path, label, comma, loose } = cutListLine(text);
      if (path === "") throw lineFault(file, line, text, "a path before the label");
      if (own === undefined) {
        yield { path, label: this.understood(label, comma, { file, line }), line, loose };
        continue;
      }
      if (label !== "") throw lineFault(file, line, text, `a path alone, for its labels stand in ${labels}`);
      const next = await own.next();
      if (next.done) throw uneven(file, labels!, `a label for line ${line}`, "none");
      yield { path, label: next.value, line, loose };
    }
    if (count === 0) throw new InputError("there are no lines", { file, expected: "a path and its label a line" });
    if (own !== undefined && !(await own.next()).done) {
      throw uneven(file, labels!, `${count} labels, as many as paths`, "more");
    }
  }

  /** The lines of a file of labels alone. */
  private async *labels(file: string): AsyncGenerator<readonly number[] | string> {
    for await (const { line, text } of textLines(file, "this file of labels")) {
      yield this.understood(text, true, { file, line });
    }
  }

  private understood(label: string, comma: boolean, place: { file: string; line: number }): readonly number[] | string {
    const { file, line } = place;
    const form = formOfLabel(label, comma);
    if ("expected" in form) throw lineFault(file, line, label, form.expected);
    if (form.kind === "path") {
      const expected = `a label after the path, or labels in ${file.replace(/(_img)?\.txt$/, "")}_label.txt`;
      throw new InputError(`line ${line} has a path and no label`, { file, expected });
    }
    this.set ??= { form, ...place };
    if (this.set.form.text !== form.text) throw otherForm(this.set, form, label, place);
    const classes = form.read(label);
    if (this.names !== undefined) checkClass(classes, form, this.names, place);
    return classes;
  }
}

function checkClass(
  label: readonly number[] | string,
  { columns }: ListForm,
  names: ReadonlySet<string>,
  { file, line }: { file: string; line: number },
): void {
  if (typeof label === "string") {
    if (names.has(label)) return;
    const nearest = nearestName(label, [...names]);
    throw new InputError(`line ${line} names a class that is not among the class names`, {
      file,
      expected: nearest === undefined ? `one of ${someNames([...names])}` : `${JSON.stringify(nearest)}?`,
      actual: excerpt(label),
    });
  }
  if (columns === undefined ? label[0] < names.size : columns === names.size) return;
  throw new InputError(`line ${line} does not fit the class names`, {
    file,
    expected: `${names.size} classes, as many as names`,
    actual: columns === undefined ? `class ${label[0]}` : `${columns} columns`,
  });
}

function otherForm(
  set: SetForm,
  form: ListForm,
  label: string,
  { file, line }: { file: string; line: number },
): InputError {
  const header = set.line === 1 && set.form.kind === "name" ? "; a header is not part of a list" : "";
  const where = set.file === file ? `line ${set.line}` : `line ${set.line} of ${set.file}`;
  return new InputError(`line ${line} has another form than ${where}${header}`, {
    file,
    expected: set.form.text,
    actual: `${form.text}: ${excerpt(label)}`,
  });
}

function uneven(file: string, labels: string, expected: string, actual: string): InputError {
  return new InputError(`${labels} does not fit this list`, { file, expected, actual });
}

function lineFault(file: string, line: number, text: string, expected: string): InputError {
  return new InputError(`line ${line} is malformed`, { file, expected, actual: excerpt(text) });
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
