import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { giveName, makeFolder, writeFully } from "./files.js";
import { writing } from "./write-fault.js";

/**
 * Writes a file chunk by chunk, for what is too large to be held: whole or not at all, as `writeAtomically` does.
 * @returns bytes written
 * @throws {WriteError} when it cannot be written, and what the chunks throw; nothing is left behind then
 */
export async function writeStream(file: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  await makeFolder(dirname(file));
  const partial = `${file}.${process.pid}-${randomBytes(4).toString("hex")}.partial`;
  const handle = await writing(file, () => open(partial, "wx"));
  try {
    let position = 0;
    for await (const chunk of chunks) {
      await writeFully(handle, chunk, position, { file });
      position += chunk.length;
    }
    await giveName(handle, partial, file, position);
    return position;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partial, { force: true }).catch(() => undefined);
    throw error;
  }
}
