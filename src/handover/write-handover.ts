import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Abortable } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { FileContent } from "../core/files.js";
import { writeTogether } from "../core/files.js";
import { writeAlone } from "../core/output-files.js";
import { codesPieces, idsLines, labelsBytes, rowsOf } from "./handover-gallery.js";
import type { ReadmeFacts } from "./handover-readme.js";
import { handoverReadme, WRITTEN_BY } from "./handover-readme.js";
import { isPreprocessFile } from "./preprocess-file.js";

/** Names of what lies in a folder that is handed over; the last says that the others are whole. */
const NAMES = [
  "model.onnx",
  "codes.npy",
  "ids.txt",
  "labels.npy",
  "classes.json",
  "README.md",
  "preprocess.json",
] as const;

type Name = (typeof NAMES)[number];

/** All that may be written in such a folder. */
export function handoverFiles(folder: string): string[] {
  return NAMES.map(name => join(folder, name));
}

/** What is handed over. */
export interface Handover extends ReadmeFacts {
  /** A serialised ONNX ModelProto. */
  readonly model: Uint8Array;
}

/**
 * Writes a folder for those who have Python and not this: the model, how pictures become its input, codes and names of a
 * gallery where one is handed over, and a README with lines that search it. Codes and ids are written as they come.
 * @throws {InputError} when codes, ids and labels differ in number, or files of another gallery or of something else lie there
 * @throws {WriteError} when it cannot be written; nothing is left behind then
 */
export async function writeHandover(folder: string, handover: Handover, { signal }: Abortable = {}): Promise<void> {
  const { model, preprocess, gallery } = handover;
  const [codes, ids] = [createHash("sha256"), createHash("sha256")];
  // Called when all pieces of the others have come.
  const preprocessText = (): string => {
    const found = gallery && { rows: rowsOf(gallery).length, codes: codes.digest("hex"), ids: ids.digest("hex") };
    return `${JSON.stringify({ ...preprocess, gallery: found }, null, 2)}\n`;
  };
  const contents: Partial<Record<Name, FileContent>> = {
    "model.onnx": model,
    ...(gallery === undefined
      ? {}
      : { "codes.npy": withHash(codesPieces(gallery), codes), "ids.txt": withHash(idsLines(gallery), ids) }),
    ...(gallery?.labels === undefined ? {} : { "labels.npy": labelsBytes(gallery, gallery.labels) }),
    ...(gallery?.labels === undefined || gallery.classNames === undefined
      ? {}
      : { "classes.json": `${JSON.stringify(gallery.classNames, null, 2)}\n` }),
    "README.md": handoverReadme(handover),
    "preprocess.json": preprocessText,
  };
  await checkNoOthers(folder, contents);
  const [first, ...rest] = handoverFiles(folder);
  const files = Object.fromEntries(Object.entries(contents).map(([name, content]) => [join(folder, name), content]));
  await writeAlone([first, ...rest], () => writeTogether(files), { signal });
}

async function* withHash(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/**
 * Codes that are not written now would be taken for those of the model, and a README or the ids of a data folder are not ours
 * to write over.
 * @throws {InputError} when some lie there
 */
async function checkNoOthers(folder: string, contents: Partial<Record<Name, FileContent>>): Promise<void> {
  const isOurs = await isHandover(folder);
  for (const name of NAMES) {
    if (isOurs && contents[name] !== undefined) continue;
    if ((await stat(join(folder, name)).catch(() => undefined)) === undefined) continue;
    const would = contents[name] === undefined ? "taken for a part of what is written" : "written over";
    throw new InputError(`${name} of something else lies there, and would be ${would}`, {
      file: folder,
      expected: isOurs
        ? "a new folder, or --codes and --data that write it anew"
        : "a new folder, or one that `hashbook export` wrote",
      actual: join(folder, name),
    });
  }
}

/** Whether a folder was written here before: whole, or all but the last file, where the writer was killed. */
async function isHandover(folder: string): Promise<boolean> {
  if (await isPreprocessFile(join(folder, "preprocess.json"))) return true;
  return (await readFile(join(folder, "README.md"), "utf8").catch(() => "")).includes(WRITTEN_BY);
}
