import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { readCodesIds } from "../features/codes-sidecar.js";
import { readDataFolder } from "../features/data-folder.js";
import { readIds } from "../features/ids-file.js";
import { unreadBeside } from "../features/unread-rows.js";
import { readWrittenGallery } from "../handover/preprocess-file.js";
import type { CodesFacts } from "./known-codes.js";
import { checkBelonging } from "./known-codes.js";

/** What is known of the rows of a database beside their codes. */
export interface KnownRows {
  /** What they are called. Absent: nobody says it. */
  readonly names?: readonly string[];
  /** What could not be checked of the names, a sentence each. */
  readonly unchecked: readonly string[];
  /** Those of images that could not be read, whose codes say nothing. */
  readonly unread: Int32Array;
}

/**
 * What the rows of codes are called: by a data folder, by a file of names, or by what lies beside them.
 * @throws {InputError} when names and codes do not go together
 */
export async function rowNames(
  { data, ids }: { readonly data?: string; readonly ids?: string },
  known: CodesFacts,
): Promise<KnownRows> {
  if (data !== undefined) {
    const folder = await readDataFolder(data);
    return { unchecked: checkBelonging(known, folder), names: folder.ids, unread: folder.failed };
  }
  const unread = await unreadBeside(known.file);
  if (ids !== undefined) return { names: await readNames(ids, known), unread, unchecked: [notSaid(ids, known)] };
  const names = known.sidecar === undefined ? undefined : await readCodesIds(known.file, known.sidecar);
  return { ...(names === undefined ? await namesBeside(known) : { names, unchecked: [] }), unread };
}

function notSaid(file: string, { file: codes }: CodesFacts): string {
  return `nothing says that the lines of ${file} are the rows of ${codes}`;
}

/** Where the names of codes lie that have none beside them, by a file that tells what folder it is. */
const ELSEWHERE: readonly { readonly beside: string; readonly ids: string }[] = [
  { beside: "record.json", ids: join("..", "ids.txt") }, // a run, in the folder of its study
  { beside: "preprocess.json", ids: "ids.txt" }, // a folder that `export` wrote
];

/** Names by the ids.txt of a study or of what `export` wrote, where it has as many lines as there are codes. */
async function namesBeside(known: CodesFacts): Promise<Omit<KnownRows, "unread">> {
  const folder = dirname(known.file);
  for (const { beside, ids } of ELSEWHERE) {
    if ((await stat(join(folder, beside)).catch(() => undefined)) === undefined) continue;
    const file = join(folder, ids);
    const names = await readIds(file).catch(() => undefined); // a study of rows without names has none
    if (names?.length !== known.codes.count) continue;
    const isKnown = beside === "preprocess.json" && (await checkWritten(join(folder, beside), file, known));
    return { names, unchecked: isKnown ? [] : [notSaid(file, known)] };
  }
  return { unchecked: [] };
}

/**
 * Checks ids and codes of a folder that `export` wrote against what it says of them.
 * @returns false where it says nothing of these codes: it is of an earlier version, or they have another name
 * @throws {InputError} when one of them is another file
 */
async function checkWritten(preprocess: string, ids: string, { file: codes }: CodesFacts): Promise<boolean> {
  const written = await readWrittenGallery(preprocess);
  if (written === undefined || basename(codes) !== "codes.npy") return false;
  for (const [file, hash] of [
    [ids, written.ids],
    [codes, written.codes],
  ]) {
    const found = await hashOfFiles([file]);
    if (found === hash) continue;
    throw new InputError("this is not the one that was written with the others of its folder", {
      file,
      expected: `SHA-256 ${hash}, as ${preprocess} has it; or --ids, a file that names the rows`,
      actual: found,
    });
  }
  return true;
}

async function readNames(file: string, { codes, file: databaseFile }: CodesFacts): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new InputError("cannot be read", { file, expected: "a line for each row", cause });
  }
  const ids = text.replace(/\r?\n$/, "").split(/\r?\n/);
  if (ids.length === codes.count) return ids;
  throw new InputError("names and codes differ in number", {
    file,
    expected: `${codes.count} lines, one for each code of ${databaseFile}`,
    actual: `${ids.length}`,
  });
}
