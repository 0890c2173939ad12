/** How lines say of what classes an image is. */
export interface ListForm {
  readonly kind: "columns" | "number" | "name" | "path";
  /** What follows the path, in words: "80 columns of 0 and 1". Equal for labels of one form alone. */
  readonly text: string;
  /** How many columns there are; of columns alone. */
  readonly columns?: number;
  /** What classes are called without names given, in words. */
  readonly called: string;
  /** A label as written: class numbers, ascending, or a name. */
  read(label: string): readonly number[] | string;
}

/** A label that is of no form. */
export interface LabelFault {
  /** What was expected, in words. */
  readonly expected: string;
}

const BY_NUMBER = "classes are called by their numbers";

const NUMBER: ListForm = {
  kind: "number",
  text: "one class number",
  called: BY_NUMBER,
  read: label => [Number(label)],
};
const NAME: ListForm = {
  kind: "name",
  text: "the name of a class",
  called: "classes are the names in the lists, in code-unit order",
  read: label => label,
};
/** Labels stand in a file of their own. */
const PATH: ListForm = { kind: "path", text: "no label", called: BY_NUMBER, read: () => [] };

function columnsForm(columns: number): ListForm {
  return { kind: "columns", text: `${columns} columns of 0 and 1`, columns, called: BY_NUMBER, read: columnsOf };
}

/** Class numbers from here on are none: a year, a size, an id of something. */
const TOO_MANY_CLASSES = 1_000_000;

const COLUMNS = /^[01](?:[\s,;]+[01])+$/;
const NUMBERS = /^[-+.\d](?:[-+.\deE]|[\s,;])*$/;

/**
 * The form of a label as written, or why it has none.
 * @param comma whether a comma stood before it, so that a name may hold blanks
 */
export function formOfLabel(label: string, comma: boolean): ListForm | LabelFault {
  if (label === "") return PATH;
  if (COLUMNS.test(label)) return columnsForm(label.split(/[\s,;]+/).length);
  if (/^\d+$/.test(label)) {
    return Number(label) < TOO_MANY_CLASSES ? NUMBER : { expected: `a class number below ${TOO_MANY_CLASSES}` };
  }
  if (NUMBERS.test(label)) return { expected: "columns of 0 and 1, or one class number from 0" };
  if (!comma && /\s/.test(label)) return { expected: "columns of 0 and 1, one class number, or a name without blanks" };
  return NAME;
}

/** Places of the columns that are 1, ascending. */
function columnsOf(label: string): number[] {
  const classes: number[] = [];
  let column = 0;
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at);
    if (code === 49) classes.push(column); // "1"
    if (code === 49 || code === 48) column++;
  }
  return classes;
}
