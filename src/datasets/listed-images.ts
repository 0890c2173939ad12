import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Labels } from "../core/labels.js";
import { knownNames } from "../core/nearest-name.js";
import type { RoleList } from "./list-files.js";
import type { ListForm } from "./list-form.js";
import { classLabels } from "./list-labels.js";
import { cutListLine } from "./list-line.js";
import { pathRule, rewritePath } from "./list-paths.js";
import type { LabelledPath } from "./list-reader.js";
import { ListReader } from "./list-reader.js";
import type { Role } from "./roles.js";
import { ROLES } from "./roles.js";
import { textLines } from "./text-lines.js";

/** A place in a list. */
export interface ListPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** A line that names an image again which its list has named before, with the same label. */
export interface RepeatedLine extends ListPlace {
  readonly id: string;
  /** The first line of that list that names it. */
  readonly earlier: number;
}

/** An image that lines give different labels. */
export interface Contradiction {
  readonly id: string;
  /** What was said first, which counts where anything does. */
  readonly first: ListPlace & { readonly label: string };
  readonly other: ListPlace & { readonly label: string };
}

/** One of the lists, counted. */
export interface ListCount {
  readonly role: Role;
  readonly files: readonly string[];
  readonly lines: number;
  /** Images among these, each once. */
  readonly images: number;
}

/** All that lists say, whether or not the images are there. */
export interface ListedImages {
  readonly form: ListForm;
  /** Each image once: those of the database in its order, then queries, then train images that are in neither. */
  readonly ids: readonly string[];
  readonly labels: Labels;
  readonly classNames: readonly string[];
  /** Places in `ids` of each role, in the order of its list, each once. */
  readonly members: Readonly<Record<Role, readonly number[]>>;
  readonly lists: readonly ListCount[];
  /** What was taken from the paths, and of how many lines. */
  readonly prefixes: readonly { readonly prefix: string; readonly lines: number }[];
  /** Where each image is named first. */
  readonly places: readonly ListPlace[];
  readonly repeated: readonly RepeatedLine[];
  readonly contradictions: readonly Contradiction[];
  /** Lines with tabs, several blanks or the like in place of one blank. */
  readonly loose: number;
}

/** What is known before lists are read. */
export interface ReadListsOptions {
  /** Folder of the images; known prefixes are recognised by what is in it. */
  readonly images: string;
  /** Taken from the beginning of paths. Default: the known ones, where no image lies under the path as written. */
  readonly stripPrefix?: readonly string[];
  /** Names of the classes. Default: those in the lists, sorted; of columns and numbers their numbers. */
  readonly classNames?: readonly string[];
}

/** The order in which lists are read: rows of the database in the order of its list, for ties stand as they do there. */
const READ_FIRST: readonly Role[] = ["database", "query", "train"];

/**
 * Reads the lists of a folder as one: an image in several of them is one image.
 * @throws {InputError} naming file and line, for lines that are malformed or of another form than the first, or whose
 *   class is not among the names given
 */
export async function readLists(
  folder: string,
  lists: readonly RoleList[],
  { images, stripPrefix, classNames }: ReadListsOptions,
): Promise<ListedImages> {
  const rule = await pathRule(await firstPaths(folder, lists), { images, stripPrefix });
  const reader = new ListReader(folder);
  const known = new KnownImages();
  const prefixes = new Map<string, number>(rule.prefixes.map(prefix => [prefix, 0]));
  const counts: ListCount[] = [];
  let loose = 0;
  for (const { role, files } of READ_FIRST.flatMap(role => lists.filter(list => list.role === role))) {
    const seen = new Map<number, number>();
    let lines = 0;
    for (const listed of files) {
      for await (const one of reader.lines(listed)) {
        const place = { file: listed.name, line: one.line };
        const { id, prefix } = rewritePath(one.path, rule, { ...place, file: join(folder, listed.name) });
        if (prefix !== undefined) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
        if (classNames !== undefined) checkClass(one, reader.form!, classNames, join(folder, listed.name));
        const image = known.note(id, one.label, place);
        const earlier = seen.get(image);
        if (earlier === undefined) seen.set(image, one.line);
        else known.repeated.push({ id, ...place, earlier });
        lines++;
        if (one.loose) loose++;
      }
    }
    counts.push({ role, files: files.map(({ name }) => name), lines, images: seen.size });
    known.members.set(role, [...seen.keys()]);
  }
  const form = reader.form!;
  const membersOf = (role: Role): readonly number[] => known.members.get(role) ?? [];
  return {
    form,
    ids: known.ids,
    ...classLabels(known.labels, form, classNames),
    members: { query: membersOf("query"), train: membersOf("train"), database: membersOf("database") },
    lists: ROLES.flatMap(role => counts.filter(count => count.role === role)),
    prefixes: Array.from(prefixes, ([prefix, count]) => ({ prefix, lines: count })),
    places: known.places,
    repeated: known.repeated,
    contradictions: known.contradictions,
    loose,
  };
}

/** Images by their ids, as the lists are read. */
class KnownImages {
  readonly ids: string[] = [];
  readonly labels: LabelledPath["label"][] = [];
  readonly places: ListPlace[] = [];
  readonly repeated: RepeatedLine[] = [];
  readonly contradictions: Contradiction[] = [];
  readonly members = new Map<Role, number[]>();
  private readonly imageOf = new Map<string, number>();

  /** The number of an image, which is new or gets no second label. */
  note(id: string, label: LabelledPath["label"], place: ListPlace): number {
    const known = this.imageOf.get(id);
    if (known === undefined) {
      this.imageOf.set(id, this.ids.length);
      this.labels.push(label);
      this.places.push(place);
      return this.ids.push(id) - 1;
    }
    const [before, now] = [labelText(this.labels[known]), labelText(label)];
    if (before !== now) {
      const first = { ...this.places[known], label: before };
      this.contradictions.push({ id, first, other: { ...place, label: now } });
    }
    return known;
  }
}

function labelText(label: LabelledPath["label"]): string {
  if (typeof label === "string") return label;
  return label.length === 0 ? "no class" : `class ${label.join(", ")}`;
}

/** The first path of each file of the lists, as written. */
async function firstPaths(folder: string, lists: readonly RoleList[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { name } of lists.flatMap(({ files }) => files)) {
    for await (const { text } of textLines(join(folder, name), "this list")) {
      paths.push(cutListLine(text).path);
      break;
    }
  }
  return paths;
}

function checkClass({ label, line }: LabelledPath, form: ListForm, classNames: readonly string[], file: string): void {
  if (typeof label === "string") {
    if (classNames.includes(label)) return;
    throw new InputError(`line ${line} names a class that is not among the class names`, {
      file,
      expected: knownNames(label, classNames),
      actual: JSON.stringify(label),
    });
  }
  const { columns } = form;
  if (columns === undefined ? label[0] < classNames.length : columns === classNames.length) return;
  const actual = columns === undefined ? `class ${label[0]}` : `${columns} columns`;
  throw new InputError(`line ${line} does not fit the class names`, {
    file,
    expected: `${classNames.length} classes, as many as names`,
    actual,
  });
}
