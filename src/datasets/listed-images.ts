import { join } from "node:path";
import type { Labels } from "../core/labels.js";
import type { Contradiction, ListPlace, RepeatedLine } from "./known-images.js";
import { KnownImages } from "./known-images.js";
import type { RoleList } from "./list-files.js";
import type { ListForm } from "./list-form.js";
import { classLabels } from "./list-labels.js";
import { cutListLine } from "./list-line.js";
import { pathRule, rewritePath } from "./list-paths.js";
import { ListReader } from "./list-reader.js";
import type { Role } from "./roles.js";
import { ROLES } from "./roles.js";
import { textLines } from "./text-lines.js";

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
  const reader = new ListReader(folder, classNames);
  const known = new KnownImages();
  const prefixes = new Map<string, number>(rule.prefixes.map(prefix => [prefix, 0]));
  const counts: (ListCount & { readonly members: readonly number[] })[] = [];
  let loose = 0;
  for (const { role, files } of READ_FIRST.flatMap(first => lists.filter(list => list.role === first))) {
    const list = known.startList();
    for (const listed of files) {
      for await (const { path, label, line, loose: isLoose } of reader.lines(listed)) {
        const { id, prefix } = rewritePath(path, rule, { file: join(folder, listed.name), line });
        list.note(id, label, { file: listed.name, line });
        if (prefix !== undefined) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
        if (isLoose) loose++;
      }
    }
    const { members, lines } = list;
    counts.push({ role, files: files.map(({ name }) => name), lines, images: members.length, members });
  }
  const form = reader.form!;
  const membersOf = (role: Role): readonly number[] => counts.find(count => count.role === role)?.members ?? [];
  const { ids, labels, places, repeated, contradictions } = known;
  return {
    form,
    ids,
    ...classLabels(labels, form, classNames),
    members: { query: membersOf("query"), train: membersOf("train"), database: membersOf("database") },
    lists: ROLES.flatMap(role => counts.filter(count => count.role === role)).map(({ members: _, ...count }) => count),
    prefixes: Array.from(prefixes, ([prefix, lines]) => ({ prefix, lines })),
    places,
    repeated,
    contradictions,
    loose,
  };
}

/** Paths of a list by which it is known what is to be done with all. */
const LOOKED_AT = 16;

/** The first paths of each file of the lists, as written. */
async function firstPaths(folder: string, lists: readonly RoleList[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { name } of lists.flatMap(({ files }) => files)) {
    let count = 0;
    for await (const { text } of textLines(join(folder, name), "this list")) {
      paths.push(cutListLine(text).path);
      if (++count === LOOKED_AT) break;
    }
  }
  return paths;
}
