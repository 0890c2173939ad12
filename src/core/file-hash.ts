import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { InputError } from "./errors.js";

/**
 * SHA-256 (hex) of what is in some files, one after the other.
 * @throws {InputError} naming a file that cannot be read
 */
export async function hashOfFiles(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    try {
      for await (const chunk of createReadStream(file)) hash.update(chunk);
    } catch (cause) {
      throw new InputError("cannot be read", { file, actual: (cause as Error).message, cause });
    }
  }
  return hash.digest("hex");
}
