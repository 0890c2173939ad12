import { stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { textLines } from "./text-lines.js";

/** Files of class names that are looked for beside lists. */
const USUAL = ["class_names.txt", "classes.txt"];

/**
 * Reads the names of classes: one a line, the first is class 0.
 * @throws {InputError} when it cannot be read, is empty, names a class twice, or has an empty line between names, which
 *   would shift all after it
 */
export async function readClassNames(file: string): Promise<string[]> {
  const lineOf = new Map<string, number>();
  for await (const { line, text } of textLines(file, "this file of class names")) {
    if (line !== lineOf.size + 1) {
      throw new InputError(`line ${line - 1} is empty`, {
        file,
        expected: "no gap: the number of a class is that of its line, from 0",
      });
    }
    const earlier = lineOf.get(text);
    if (earlier !== undefined) {
      throw new InputError(`line ${line} names ${JSON.stringify(text)} again, after line ${earlier}`, {
        file,
        expected: "each class once, one a line",
      });
    }
    lineOf.set(text, line);
  }
  if (lineOf.size === 0) throw new InputError("there are no class names", { file, expected: "one a line" });
  return [...lineOf.keys()];
}

/** The file of class names that lies beside lists, where one does. */
export async function classNamesBeside(folder: string): Promise<string | undefined> {
  for (const name of USUAL) {
    const file = join(folder, name);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  }
  return undefined;
}
