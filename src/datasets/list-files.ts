import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import type { Role } from "./roles.js";
import { ROLES } from "./roles.js";

/** A list of a folder: what its images do, and the files it is in. */
export interface RoleList {
  readonly role: Role;
  /** Names relative to the folder, in the order in which they are read. */
  readonly files: readonly ListedFile[];
}

/** A file of paths, and the file of their labels where it has none itself. */
export interface ListedFile {
  readonly name: string;
  readonly labels?: string;
}

/** Names of the lists as published, `.txt` or parts of it: the queries are `test` nearly everywhere. */
const STEMS: Readonly<Record<Role, readonly string[]>> = {
  query: ["test", "query"],
  train: ["train"],
  database: ["database"],
};

/** Where a file of paths has its labels beside it: TreezzZ's DSDH writes `train_img.txt`, `train_label_onehot.txt`. */
const LABEL_ENDINGS = ["_label_onehot.txt", "_labels_onehot.txt", "_label.txt", "_labels.txt"] as const;

/**
 * The lists of a folder: `train.txt`, `test.txt` or `query.txt`, `database.txt`; also `…_img.txt` with labels beside
 * them, and numbered parts (`test/database0.txt` … of thuml's Caffe code).
 * @returns undefined when it has fewer than two, so that it is no folder of lists
 * @throws {InputError} when two files could be the same list, or a part between others is missing
 */
export async function findLists(folder: string): Promise<RoleList[] | undefined> {
  const names = await textFiles(folder);
  const lists: RoleList[] = [];
  for (const role of ROLES) {
    const found = STEMS[role].flatMap(stem => candidates(stem, names, folder));
    if (found.length > 1) {
      throw new InputError(`there are several lists of ${role} images`, {
        file: folder,
        expected: "one",
        actual: found.map(([{ name }]) => name).join(", "),
      });
    }
    if (found.length === 1) lists.push({ role, files: found[0] });
  }
  return lists.length < 2 ? undefined : lists;
}

/** Names of text files in a folder and in its `test/`. */
async function textFiles(folder: string): Promise<ReadonlySet<string>> {
  const namesIn = async (below: string): Promise<string[]> => {
    const names = await readdir(join(folder, below)).catch(() => []);
    return names.filter(name => name.endsWith(".txt")).map(name => (below === "" ? name : `${below}/${name}`));
  };
  return new Set([...(await namesIn("")), ...(await namesIn("test"))]);
}

function candidates(stem: string, names: ReadonlySet<string>, folder: string): ListedFile[][] {
  const labels = LABEL_ENDINGS.map(ending => `${stem}${ending}`).find(name => names.has(name));
  const whole = [`${stem}.txt`, `${stem}_img.txt`]
    .filter(name => names.has(name))
    .map(name => [labels === undefined ? { name } : { name, labels }]);
  return [...whole, ...parts(stem, "", names, folder), ...parts(stem, "test/", names, folder)];
}

/**
 * Parts numbered from 0 or 1, in that order.
 * @throws {InputError} when a part between them is missing
 */
function parts(stem: string, below: string, names: ReadonlySet<string>, folder: string): ListedFile[][] {
  const nameOf = (number: number): string => `${below}${stem}${number}.txt`;
  const first = [0, 1].find(number => names.has(nameOf(number)));
  if (first === undefined) return [];
  const numbers = [...names].flatMap(name => {
    const number = Number(name.slice(`${below}${stem}`.length, -".txt".length));
    return name === nameOf(number) ? number : [];
  });
  const count = numbers.filter(number => number >= first).length;
  const found = Array.from({ length: count }, (_, i) => nameOf(first + i));
  const absent = found.find(name => !names.has(name));
  if (absent === undefined) return [found.map(name => ({ name }))];
  const last = nameOf(numbers.reduce((most, number) => Math.max(most, number)));
  throw new InputError(`part ${absent} of a list is missing`, { file: folder, expected: `all parts up to ${last}` });
}
