import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Abortable } from "../core/abort.js";
import { InputError } from "../core/errors.js";
import type { FileContent } from "../core/files.js";
import { writeTogether } from "../core/files.js";
import { writeAlone } from "../core/output-files.js";
import { codesPieces, idsLines, labelsBytes, rowsOf } from "./handover-gallery.js";
import type { ReadmeFacts } from "./handover-readme.js";
import { handoverReadme } from "./handover-readme.js";

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
 * @throws {InputError} when codes, ids and labels differ in number, or files of another gallery lie there
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
  await checkNoOthers(
    folder,
    NAMES.filter(name => contents[name] === undefined),
  );
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

/** Codes that are not written now would be taken for those of the model. @throws {InputError} when some lie there */
async function checkNoOthers(folder: string, names: readonly Name[]): Promise<void> {
  for (const name of names) {
    if ((await stat(join(folder, name)).catch(() => undefined)) === undefined) continue;
    throw new InputError(`${name} of something else lies there, and would be taken for a part of what is written`, {
      file: folder,
      expected: "a new folder, or --codes and --data that write it anew",
      actual: join(folder, name),
    });
  }
}
