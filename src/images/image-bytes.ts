import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import { DECODED_KINDS } from "../datasets/image-kind.js";

/** Opening a pipe that nobody writes to returns at once. (Windows has neither.) */
const NON_BLOCKING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** What is expected of an image file, in messages. */
export const WHOLE_IMAGE: string = `a whole ${DECODED_KINDS} image`;

/**
 * The content of an image file. Read here, not by libvips, whose cache goes by path and would miss a changed file; and
 * only of regular files, for a named pipe would be waited for without end.
 * @param name how the file is called in messages
 * @throws {InputError} when it cannot be read, or is no regular file
 */
export async function readImageFile(file: string, name: string = file): Promise<Uint8Array> {
  const unreadable = (actual: string, cause?: unknown): InputError =>
    new InputError("this image cannot be read", { file: name, expected: WHOLE_IMAGE, actual, cause });
  const handle = await open(file, NON_BLOCKING).catch((cause: Error) => {
    throw unreadable(cause.message, cause);
  });
  try {
    if (!(await handle.stat()).isFile()) throw unreadable("no regular file");
    return await handle.readFile();
  } catch (cause) {
    throw cause instanceof InputError ? cause : unreadable((cause as Error).message, cause);
  } finally {
    await handle.close();
  }
}
