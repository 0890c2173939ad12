import type { Labels } from "../core/labels.js";
import type { ListForm } from "./list-form.js";

/** Labels of images, and what the classes are called. */
export interface NamedClasses {
  readonly labels: Labels;
  readonly classNames: readonly string[];
}

/**
 * Labels as lists write them as ours. Numbers stand as written, whichever of them occur: dealt out again for each
 * list, a class that is missing in one would shift all after it. Columns in which each image has exactly one 1 are one
 * class an image.
 * @param written class numbers, or names, of each image
 * @param classNames Default: names in code-unit order, numbers 0 to the highest
 */
export function classLabels(
  written: readonly (readonly number[] | string)[],
  form: ListForm,
  classNames?: readonly string[],
): NamedClasses {
  switch (form.kind) {
    case "columns": {
      const classes = form.columns!;
      const names = classNames ?? classNumbers(classes);
      const isSingle = written.every(label => label.length === 1);
      const labels = isSingle
        ? firstOf(written as readonly number[][])
        : multiHot(written as readonly number[][], classes);
      return { labels, classNames: names };
    }
    case "number": {
      const labels = firstOf(written as readonly number[][]);
      return {
        labels,
        classNames: classNames ?? classNumbers(labels.reduce((most, one) => Math.max(most, one), -1) + 1),
      };
    }
    case "name": {
      const names = classNames ?? [...new Set(written as readonly string[])].sort();
      const labelOf = new Map(names.map((name, label) => [name, label]));
      return { labels: Int32Array.from(written as readonly string[], name => labelOf.get(name)!), classNames: names };
    }
    case "path":
      return { labels: new Int32Array(written.length).fill(-1), classNames: classNames ?? [] };
    default:
      return form.kind satisfies never;
  }
}

function classNumbers(classes: number): string[] {
  return Array.from({ length: classes }, (_, label) => String(label));
}

function firstOf(written: readonly (readonly number[])[]): Int32Array {
  return Int32Array.from(written, ([label]) => label);
}

function multiHot(written: readonly (readonly number[])[], classes: number): Labels {
  const wordsPerItem = Math.ceil(classes / 32);
  const words = new Int32Array(written.length * wordsPerItem); // (images, wordsPerItem)
  for (const [image, labels] of written.entries()) {
    for (const label of labels) words[image * wordsPerItem + (label >> 5)] |= 1 << (label & 31);
  }
  return { words, count: written.length, classes, wordsPerItem };
}
