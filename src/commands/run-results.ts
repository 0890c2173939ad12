import { access, constants, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import { writeOutput } from "../core/output-files.js";
import { writing } from "../core/write-fault.js";

/** What a run makes, and where it is. */
export interface RunResults {
  /** Keeps what there is of a result so far. That it cannot is no matter yet: `write` comes. */
  keep(name: string, content: string): Promise<void>;
  /**
   * Writes a result into the folder or, if that has become impossible, into another that is then named on stderr.
   * @returns its path
   * @throws {WriteError} when it can be written nowhere
   */
  write(name: string, content: string): Promise<string>;
  /** Why something is not where it should be; undefined when all is. */
  trouble(): unknown;
}

/**
 * Sees to it before anything is executed that the results can be written.
 * @param files the notebooks; there must be room for as much as they are now
 * @param inPlace whether they are to be written themselves
 * @throws {WriteError} when a result cannot be written
 */
export async function checkWritable(folder: string, files: readonly string[], inPlace: boolean): Promise<void> {
  const sizes = await Promise.all(files.map(async file => (await stat(file)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const probe = join(folder, `.hashbook-room-${process.pid}`);
  try {
    await writeAtomically(probe, new Uint8Array(bytes));
  } finally {
    await rm(probe, { force: true });
  }
  if (!inPlace) return;
  for (const file of files) await writing(file, () => access(file, constants.W_OK));
}

/** Takes the results of a run for a folder. */
export function runResults(folder: string): RunResults {
  let trouble: unknown;
  let refuge: string | undefined;
  const writeElsewhere = async (name: string, content: string): Promise<string | undefined> => {
    for (const place of [tmpdir(), homedir(), process.cwd()]) {
      try {
        refuge ??= await mkdtemp(join(place, "hashbook-results-"));
        await writeAtomically(join(refuge, name), content);
        return join(refuge, name);
      } catch {
        refuge = undefined; // full or closed as well
      }
    }
    return undefined;
  };
  return {
    keep: async (name, content) => {
      await writeAtomically(join(folder, name), content).catch(() => undefined);
    },
    write: async (name, content) => {
      try {
        await writeAtomically(join(folder, name), content);
        return join(folder, name);
      } catch (error) {
        trouble ??= error;
        const file = await writeElsewhere(name, content);
        if (file === undefined) throw error;
        process.stderr.write(`hashbook: ${(error as Error).message}\nhashbook: ${name} is kept as ${file}\n`);
        return file;
      }
    },
    trouble: () => trouble,
  };
}

/**
 * Writes an executed notebook over its source.
 * @param before the text that was executed
 * @throws {InputError} when the file is another by now: somebody works on it
 */
export async function writeInPlace(file: string, before: string, text: string): Promise<void> {
  const now = await readFile(file, "utf8").catch(() => undefined);
  if (now !== before) {
    throw new InputError("has changed while it was executed, and is left as it is", {
      file,
      expected: "the notebook that was read; its executed copy is with the results",
    });
  }
  await writeOutput(file, text);
}
