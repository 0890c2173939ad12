import { InputError, UsageError } from "../core/errors.js";
import type { GalleryAddress } from "../galleries/gallery-address.js";
import { galleryAddress } from "../galleries/gallery-address.js";

/** Milliseconds before it is said that something is waited for. */
const PATIENCE = 3000;

/** The address of a gallery that a command was given. @throws {UsageError} where it is none, without what is secret in it */
export function givenAddress(text: string): GalleryAddress {
  try {
    return galleryAddress(text);
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** Work with an engine that says on stderr, where no answer comes soon, that it waits, and how long. */
export async function withWaitingNote<T>(
  { text, host, port, timeout }: GalleryAddress,
  work: (answered: () => void) => Promise<T>,
): Promise<T> {
  const note = `${text}: waiting for an answer of ${host}, port ${port}, up to ${timeout} s; Ctrl-C ends it\n`;
  const timer = setTimeout(() => process.stderr.write(note), PATIENCE);
  try {
    return await work(() => clearTimeout(timer));
  } finally {
    clearTimeout(timer);
  }
}
