import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import type { Role, Split } from "./roles.js";
import { ROLES } from "./roles.js";
import type { SplitSubject } from "./split-digest.js";
import { splitDigest } from "./split-digest.js";
import { checkRolesApart } from "./split-overlaps.js";

/** The format of split.json. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** A row that can be a 32-bit number. */
const ROW = { ...COUNT, maximum: 2 ** 31 - 1 };

/** What a split says of itself beside its rows. */
type SplitHead = Omit<Split, Role>;

const SPLIT_JSON: JsonFileKind<Record<Role, readonly number[]> & SplitSubject & SplitHead & { digest?: string }> = {
  what: "the split.json of a data folder",
  schema: objectOf(
    {
      protocol: TEXT,
      seed: COUNT,
      contentHash: TEXT,
      rows: COUNT,
      ...Object.fromEntries(ROLES.map(role => [role, listOf(ROW)])),
    },
    { name: TEXT, asPublished: TEXT, digest: TEXT },
  ),
  format: { version: FORMAT, older: "what `hashbook split` writes: run it again" },
};

/**
 * Writes split.json into a folder: the rows of each role, protocol and seed, of which data they are rows, and a digest of
 * all this (and of the folder's labels, where the protocol has a name).
 */
export async function writeSplit(folder: string, split: Split, subject: SplitSubject): Promise<void> {
  const { query: _, train: __, database: ___, ...said } = split;
  const roles = ROLES.map(role => `  ${JSON.stringify(role)}: ${JSON.stringify(Array.from(split[role]))}`);
  const digest = await splitDigest(folder, split, subject);
  const head = JSON.stringify({ format: FORMAT, ...said, ...subject, digest }, null, 2).slice(0, -2);
  await writeAtomically(join(folder, "split.json"), `${head},\n${roles.join(",\n")}\n}\n`);
}

/** A split as it was read. */
export interface ReadSplit {
  readonly split: Split;
  /** Whether its digest shows that nothing was changed since it was written; files of earlier versions have none. */
  readonly checked: boolean;
}

/**
 * Reads the split.json of a folder; undefined when there is none.
 * @throws {InputError} when it is damaged, of another format, of other data, changed after it was written, or breaks
 *   what a {@link Split} promises
 */
export async function readSplit(folder: string, subject: SplitSubject): Promise<ReadSplit | undefined> {
  const file = join(folder, "split.json");
  const value = await readJsonFileIfAny(file, SPLIT_JSON);
  if (value === undefined) return undefined;
  if (value.contentHash !== subject.contentHash || value.rows !== subject.rows) {
    throw new InputError("this split is of other data", {
      file,
      expected: `${subject.rows} rows of content hash ${subject.contentHash}; \`hashbook split\` makes a new one`,
      actual: `${value.rows} rows of ${value.contentHash}`,
    });
  }
  const [query, train, database] = ROLES.map(role => rowsOf(value[role], role, subject.rows, file));
  const { protocol, seed, name, asPublished, digest } = value;
  const known = { ...(name === undefined ? {} : { name }), ...(asPublished === undefined ? {} : { asPublished }) };
  const split = { protocol, seed, ...known, query, train, database };
  checkRolesApart(split, file);
  if (digest !== undefined && digest !== (await splitDigest(folder, split, subject))) throw changedSplit(file, name);
  return { split, checked: digest !== undefined };
}

function changedSplit(file: string, name: string | undefined): InputError {
  const what = name === undefined ? "the roles were" : `the roles of protocol ${name}, or the labels, were`;
  return new InputError(`${what} changed after they were written`, {
    file,
    expected:
      "`hashbook split --replace`; or split.json and labels.npy removed and the same `hashbook extract` again; or, as roles of your own, the file without name, asPublished and digest",
    actual: "another digest",
  });
}

function rowsOf(list: readonly number[], role: Role, rows: number, file: string): Int32Array {
  const bad = list.findIndex((row, i) => row >= rows || (i > 0 && row <= list[i - 1]));
  if (bad < 0) return Int32Array.from(list);
  throw new InputError(`a ${role} row is wrong`, {
    file,
    expected: `rows in 0..${rows - 1}, ascending, each once`,
    actual: `${JSON.stringify(list[bad])} in place ${bad}`,
  });
}
