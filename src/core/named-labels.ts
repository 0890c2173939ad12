import { InputError } from "./errors.js";
import type { Labels, MultiHotLabels } from "./labels.js";

/** Labels with the names of their classes, where these are known. */
export interface NamedLabels {
  readonly labels: Labels;
  /** By class number, each once. Absent: not known, as of an array from elsewhere. */
  readonly classNames?: readonly string[];
  /** The file or folder they come from, for messages. */
  readonly file?: string;
}

/** The labels of two sides in one numbering. */
export interface MatchedClasses {
  readonly queries: Labels;
  readonly database: Labels;
  /** By class number: the classes of the database, then those that only queries have. Absent when neither side has names. */
  readonly classNames?: readonly string[];
  /** Classes that one side has and the other has not; of these, no query finds or no item is found. */
  readonly onlyQueries: readonly string[];
  readonly onlyDatabase: readonly string[];
  /** What could not be checked, a sentence each. */
  readonly unchecked: readonly string[];
}

/** Names in messages. */
const NAMED_AT_MOST = 5;

/** A class is the same one whichever way a file system composes its letters. */
export const nameKey = (name: string): string => name.normalize("NFC");

/** The first names of a list, in quotation marks: `"boots", "sandals" and 7 more`. */
export function someNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const first = names.slice(0, NAMED_AT_MOST).map(name => JSON.stringify(name));
  const more = names.length - first.length;
  return `${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/**
 * Checks that class names and labels belong together.
 * @throws {InputError} when a name comes twice, or a label is not the number of a name
 */
export function checkClassNames({ labels, classNames, file }: NamedLabels): void {
  if (classNames === undefined) return;
  const numbers = new Map<string, number>();
  for (const [label, name] of classNames.entries()) {
    const earlier = numbers.get(nameKey(name));
    if (earlier !== undefined) {
      throw new InputError("a class name comes twice", {
        file,
        expected: "each name once",
        actual: `${JSON.stringify(name)} for classes ${earlier} and ${label}`,
      });
    }
    numbers.set(nameKey(name), label);
  }
  if (!(labels instanceof Int32Array)) {
    if (labels.classes === classNames.length) return;
    throw new InputError("labels and class names differ in number", {
      file,
      expected: `a column for each of ${classNames.length} classes`,
      actual: `${labels.classes}`,
    });
  }
  const row = labels.findIndex(label => label >= classNames.length);
  if (row < 0) return;
  throw new InputError("a label has no class name", {
    file,
    expected: `labels below ${classNames.length}, the number of class names`,
    actual: `${labels[row]} in row ${row}`,
  });
}

/**
 * Brings the labels of queries and database to one numbering, by the names of their classes. A class may be missing on
 * either side, and the two may number them differently; a number alone is never taken for a class where names are
 * known. Where neither side has names, labels are taken by number, and `unchecked` says so.
 * @throws {InputError} when one side has single labels and the other multi-hot ones, only one side has names, a name
 *   comes twice, a label has no name, or no class is on both sides
 */
export function matchClasses(queries: NamedLabels, database: NamedLabels): MatchedClasses {
  checkKinds(queries, database);
  checkClassNames(queries);
  checkClassNames(database);
  const [ofQueries, ofDatabase] = [queries.classNames, database.classNames];
  if (ofQueries === undefined || ofDatabase === undefined) return matchedByNumber(queries, database);
  const databaseNumbers = new Map(ofDatabase.map((name, label) => [nameKey(name), label]));
  const onlyQueries = ofQueries.filter(name => !databaseNumbers.has(nameKey(name)));
  const queryKeys = new Set(ofQueries.map(nameKey));
  const onlyDatabase = ofDatabase.filter(name => !queryKeys.has(nameKey(name)));
  if (onlyQueries.length === ofQueries.length) {
    throw new InputError("queries and database have no class in common", {
      file: queries.file,
      expected: `classes of the database, ${someNames(ofDatabase)}, by the same names`,
      actual: someNames(ofQueries),
    });
  }
  const classNames = [...ofDatabase, ...onlyQueries];
  const numbers = new Map(classNames.map((name, label) => [nameKey(name), label]));
  const renumbered = ofQueries.map(name => numbers.get(nameKey(name))!);
  return {
    queries: renumber(queries.labels, renumbered, classNames.length),
    database: renumber(database.labels, [...ofDatabase.keys()], classNames.length),
    classNames,
    onlyQueries,
    onlyDatabase,
    unchecked: [],
  };
}

function matchedByNumber(queries: NamedLabels, database: NamedLabels): MatchedClasses {
  const { labels: ofQueries, classNames } = queries;
  const ofDatabase = database.labels;
  if (classNames !== database.classNames) {
    const [named, bare] = classNames === undefined ? [database, queries] : [queries, database];
    throw new InputError("these labels have no class names, while those of the other side have", {
      file: bare.file,
      expected: `a data folder of \`extract\`, as ${named.file ?? "the other side"} is: numbers alone do not say which classes they mean`,
    });
  }
  if (
    !(ofQueries instanceof Int32Array || ofDatabase instanceof Int32Array) &&
    ofQueries.classes !== ofDatabase.classes
  ) {
    throw new InputError("labels of queries and database do not go together", {
      file: database.file,
      expected: `${describeLabels(ofQueries)} as in ${queries.file ?? "the queries"}`,
      actual: describeLabels(ofDatabase),
    });
  }
  const sentence = "the labels have no class names: the same number was taken for the same class on both sides";
  return { queries: ofQueries, database: ofDatabase, onlyQueries: [], onlyDatabase: [], unchecked: [sentence] };
}

function checkKinds(queries: NamedLabels, database: NamedLabels): void {
  if (queries.labels instanceof Int32Array === database.labels instanceof Int32Array) return;
  throw new InputError("labels of queries and database do not go together", {
    file: database.file,
    expected: `${describeLabels(queries.labels)} as in ${queries.file ?? "the queries"}`,
    actual: describeLabels(database.labels),
  });
}

function describeLabels(labels: Labels): string {
  return labels instanceof Int32Array ? "one integer an item, (n,)" : `multi-hot labels of ${labels.classes} classes`;
}

/** @param numbers the new number of each class */
function renumber(labels: Labels, numbers: readonly number[], classes: number): Labels {
  const same = numbers.every((number, label) => number === label);
  if (labels instanceof Int32Array) return same ? labels : labels.map(label => (label < 0 ? label : numbers[label]));
  return same && labels.classes === classes ? labels : renumberSets(labels, numbers, classes);
}

function renumberSets(labels: MultiHotLabels, numbers: readonly number[], classes: number): MultiHotLabels {
  const wordsPerItem = Math.ceil(classes / 32);
  const words = new Int32Array(labels.count * wordsPerItem); // (count, wordsPerItem)
  for (let row = 0; row < labels.count; row++) {
    for (const [label, number] of numbers.entries()) {
      const has = (labels.words[row * labels.wordsPerItem + (label >> 5)] >>> (label & 31)) & 1;
      words[row * wordsPerItem + (number >> 5)] |= has << (number & 31);
    }
  }
  return { words, count: labels.count, classes, wordsPerItem };
}
