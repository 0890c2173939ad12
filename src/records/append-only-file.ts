import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "../core/errors.js";
import { makeFolder, writeAtomically, writeFully } from "../core/files.js";
import { writing } from "../core/write-fault.js";

/**
 * A file that grows while it is read by others, and whose writer may be killed: what a kill leaves is a whole beginning
 * and a torn end, which the next writer cuts off before it goes on.
 */
export interface AppendOnlyFile {
  /** What is whole of it. */
  readonly content: Buffer;
  /** @throws {WriteError} when it cannot be written; what of it was written is cut off again by the next `append` */
  append(bytes: Uint8Array): Promise<void>;
  /** Begins anew. */
  replace(bytes: Uint8Array): Promise<void>;
}

/**
 * Opens a file to append to; it need not be there.
 * @param wholeLength how many of some bytes are whole records
 */
export async function openAppendOnly(file: string, wholeLength: (bytes: Buffer) => number): Promise<AppendOnlyFile> {
  const found = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return Buffer.alloc(0);
    throw new InputError("cannot be read", { file, actual: cause.message, cause });
  });
  let content = found.subarray(0, wholeLength(found));
  return {
    get content() {
      return content;
    },
    async append(bytes) {
      await appendAt(file, bytes, content.length);
      content = Buffer.concat([content, bytes]);
    },
    async replace(bytes) {
      await writeAtomically(file, bytes);
      content = Buffer.from(bytes);
    },
  };
}

/** Writes behind what is whole, and cuts off what is not. */
async function appendAt(file: string, bytes: Uint8Array, position: number): Promise<void> {
  await makeFolder(dirname(file));
  const handle = await writing(file, () => open(file, constants.O_RDWR | constants.O_CREAT));
  try {
    await writing(file, () => handle.truncate(position));
    await writeFully(handle, bytes, position, { file });
    await writing(file, () => handle.datasync());
  } finally {
    await handle.close();
  }
}
