import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import type { GallerySegment } from "./gallery-segment.js";

/** Which rows of a gallery may be found: marks in its segments, made anew when other classes are asked for. */
export class FilterMarks {
  private marked: { readonly key: string; readonly count: number } | undefined;

  constructor(
    private readonly segments: readonly GallerySegment[],
    private readonly labels: Labels | undefined,
  ) {}

  /**
   * Marks the rows with one of these classes.
   * @returns how many those are
   * @throws {InputError} when the gallery knows no labels, or for what is no class
   */
  mark(classes: readonly number[]): number {
    const wrong = classes.find(label => !Number.isInteger(label) || label < 0);
    if (wrong !== undefined) {
      throw new InputError("no class to filter by", { expected: "integers of 0 or more", actual: `${wrong}` });
    }
    const { labels } = this;
    if (labels === undefined) {
      throw new InputError("this gallery cannot be filtered by class", { expected: "labels when it is opened" });
    }
    const wanted = [...new Set(classes)].sort((a, b) => a - b);
    const key = wanted.join();
    if (this.marked?.key === key) return this.marked.count;
    this.marked = undefined;
    let count = 0;
    for (const segment of this.segments) count += markSegment(segment, labels, wanted);
    this.marked = { key, count };
    return count;
  }
}

function markSegment({ shape, allowed }: GallerySegment, labels: Labels, classes: readonly number[]): number {
  const { first, count } = shape;
  const has = labels instanceof Int32Array ? singleTest(labels, classes) : multiTest(labels, classes);
  let marked = 0;
  for (let row = 0, byte = 0; row < count; byte++) {
    let marks = 0;
    for (let bit = 0; bit < 8 && row < count; bit++, row++) {
      if (!has(first + row)) continue;
      marks |= 1 << bit;
      marked++;
    }
    allowed[byte] = marks;
  }
  return marked;
}

function singleTest(labels: Int32Array, classes: readonly number[]): (row: number) => boolean {
  if (classes.length === 1) {
    const [wanted] = classes;
    return row => labels[row] === wanted;
  }
  const wanted = new Set(classes);
  return row => wanted.has(labels[row]);
}

function multiTest(labels: Exclude<Labels, Int32Array>, classes: readonly number[]): (row: number) => boolean {
  const { words, wordsPerItem } = labels;
  const wanted = new Int32Array(wordsPerItem);
  for (const label of classes) if (label < labels.classes) wanted[label >> 5] |= 1 << (label & 31);
  return row => wanted.some((word, w) => (word & words[row * wordsPerItem + w]) !== 0);
}
