import { access, constants, stat } from "node:fs/promises";
import { InputError } from "./errors.js";

/**
 * Checks that files can be read, without reading them: for before slow work that comes first. Pipes stay untouched.
 * @param files by what is expected of each, as "a submission"; undefined ones are not asked for
 * @throws {InputError} naming the first that is missing, a folder or not to be read
 */
export async function checkReadable(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [expected, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const cause = await faultOf(file);
    if (cause !== undefined) throw new InputError("cannot be read", { file, expected, actual: cause.message, cause });
  }
}

async function faultOf(file: string): Promise<Error | undefined> {
  try {
    await access(file, constants.R_OK);
    return (await stat(file)).isDirectory() ? new Error("it is a folder") : undefined;
  } catch (cause) {
    return cause as Error;
  }
}
