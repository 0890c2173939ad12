import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { labelLines } from "./label-file.js";
import type { PassedOver } from "./passed-over.js";
import type { SearchRole } from "./search-role.js";

/** Where the roles of labelled images stand, beside label.txt. The official data have no such file. */
export const ROLES_FILE = "roles.txt";

/**
 * The roles of labelled images, from lines `DIGIX_000012/NAME.jpg,query` of roles.txt.
 * @param folder train_data
 * @param items ids of the images, and files that became none, which roles.txt may name
 * @returns a role by row; undefined when there is no such file
 * @throws {InputError} naming the line that is malformed, names no image, or one a second time with another role, or the
 *   image that has no role
 */
export async function readSearchRoles(
  folder: string,
  items: { readonly ids: readonly string[]; readonly passedOver: readonly PassedOver[] },
): Promise<SearchRole[] | undefined> {
  const file = join(folder, ROLES_FILE);
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new InputError("cannot be read", { file, expected: "roles of images", actual: cause.message, cause });
  });
  return text === undefined ? undefined : parseSearchRoles(text, file, items);
}

/** See {@link readSearchRoles}. */
export function parseSearchRoles(
  text: string,
  file: string,
  { ids, passedOver }: { readonly ids: readonly string[]; readonly passedOver: readonly PassedOver[] },
): SearchRole[] {
  const roles = new Map<string, SearchRole>();
  const known = new Set([...ids, ...passedOver.map(({ path }) => path)]);
  for (const { line, path, label } of labelLines(text, file)) {
    if (!known.has(path)) {
      throw new InputError(`line ${line} names no image`, { file, expected: "DIGIX_000012/NAME.jpg", actual: path });
    }
    if (!isRole(label)) {
      throw new InputError(`line ${line} has no role`, { file, expected: "query or gallery", actual: label });
    }
    if ((roles.get(path) ?? label) !== label) {
      throw new InputError(`line ${line} contradicts an earlier one about ${path}`, {
        file,
        expected: roles.get(path),
        actual: label,
      });
    }
    roles.set(path, label);
  }
  return ids.map(id => {
    const role = roles.get(id);
    if (role !== undefined) return role;
    throw new InputError("an image has no role", { file, expected: `a line of ${id}` });
  });
}

function isRole(text: string): text is SearchRole {
  return text === "query" || text === "gallery";
}
