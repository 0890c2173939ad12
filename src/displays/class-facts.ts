import { type Labels, labelCount } from "../core/labels.js";
import { countText } from "../core/size-text.js";
import { rowsByClass } from "../datasets/dataset.js";
import { ROLES, type Split } from "../datasets/roles.js";
import { overlapText } from "../datasets/split-overlaps.js";
import { barsSvg } from "./small-pictures.js";

/** Class names that are named. */
const NAMED = 8;

/** Labels with the names of their classes. */
interface Labelled {
  readonly labels: Labels;
  readonly classNames: readonly string[];
}

/** The classes in words: `10: T-shirt/top, Trouser, …`; empty where their names are not known. */
export function classesText({ classNames }: Pick<Labelled, "classNames">): string {
  if (classNames.length === 0) return "";
  const more = classNames.length > NAMED ? ", …" : "";
  return `${classNames.length}: ${classNames.slice(0, NAMED).join(", ")}${more}`;
}

/** Items a class, as bars; none where the classes are not known. */
export function classBars(items: Labelled, unit: string): string | undefined {
  const { classNames, labels } = items;
  if (labelCount(labels) === 0 || classNames.length === 0) return undefined;
  const counts = rowsByClass(items).map(rows => rows.length);
  return barsSvg(`${unit} of each class`, classNames, counts);
}

/** How many rows do what: `1,000 query, 5,000 train, 9,000 database`. */
export function rolesText(split: Pick<Split, "query" | "train" | "database">): string {
  return ROLES.map(role => `${countText(split[role].length)} ${role}`).join(", ");
}

/** What must be known of roles: where they overlap. */
export function roleNotes(split: Split): string[] {
  const overlap = overlapText(split);
  return overlap === undefined ? [] : [`Note: ${overlap}.`];
}

/** Whether a value is rows by role. */
export function isSplit(value: unknown): value is Split {
  const split = (value ?? {}) as Split;
  return typeof split.protocol === "string" && ROLES.every(role => split[role] instanceof Int32Array);
}

/** Whether a value is labels of items: numbers, or sets of classes. */
export function isLabels(value: unknown): value is Labels {
  return value instanceof Int32Array || (value as { words?: unknown } | undefined)?.words instanceof Int32Array;
}
