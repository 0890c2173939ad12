/**
 * How lines say of what classes an image is: `0 1 0 …`, a column a class; one class number; the name of a class; or not
 * at all, where labels stand in a file of their own.
 */
export type ListForm =
  | { readonly kind: "columns"; readonly classes: number }
  | { readonly kind: "number" }
  | { readonly kind: "name" }
  | { readonly kind: "path" };

/** A label that is of no form. */
export interface LabelFault {
  /** What was expected, in words. */
  readonly expected: string;
}

/** Class numbers above this are none: a year, a size, an id of something. */
const MOST_CLASSES = 1_000_000;

const COLUMNS = /^[01](?:[\s,;]+[01])+$/;
const NUMBERS = /^[-+.\d](?:[-+.\deE]|[\s,;])*$/;

/** The form of a label as written, or why it has none. @param comma whether a comma stood before it */
export function formOfLabel(label: string, comma: boolean): ListForm | LabelFault {
  if (label === "") return { kind: "path" };
  if (COLUMNS.test(label)) return { kind: "columns", classes: label.split(/[\s,;]+/).length };
  if (/^\d+$/.test(label)) return Number(label) < MOST_CLASSES ? { kind: "number" } : tooLarge();
  if (NUMBERS.test(label)) return { expected: "columns of 0 and 1, or one class number from 0" };
  if (!comma && /\s/.test(label)) return { expected: "columns of 0 and 1, one class number, or a name without blanks" };
  return { kind: "name" };
}

function tooLarge(): LabelFault {
  return { expected: `a class number below ${MOST_CLASSES}` };
}

/** Whether two labels are of one form, columns of one number. */
export function sameForm(a: ListForm, b: ListForm): boolean {
  return a.kind === b.kind && (a.kind !== "columns" || a.classes === (b as typeof a).classes);
}

const WORDS: Readonly<Record<Exclude<ListForm["kind"], "columns">, string>> = {
  number: "one class number",
  name: "the name of a class",
  path: "no label",
};

/** A form in words that follow "a path and". */
export function formText(form: ListForm): string {
  return form.kind === "columns" ? `${form.classes} columns of 0 and 1` : WORDS[form.kind];
}

/** Places of the columns that are 1, ascending. @param label of the form `columns` */
export function columnsOf(label: string): number[] {
  const classes: number[] = [];
  let column = 0;
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at);
    if (code === 49) classes.push(column); // "1"
    if (code === 49 || code === 48) column++;
  }
  return classes;
}
