import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../core/errors.js";

/** A part of DIGIX 2020, by the name of its folder. */
export type DigixPart = "train_data" | "test_data_A" | "test_data_B";

/**
 * The part of the final round: its folder's name is not known here, so it is the one beside the others that holds queries
 * and a gallery, or the one that is named.
 */
export const FINAL_PART = "final";

const PARTS: readonly DigixPart[] = ["train_data", "test_data_A", "test_data_B"];
const ARCHIVE = /\.(zip|rar|7z|tar|tgz|gz|bz2|xz|z\d\d)(\.\d+)?$/i;

/** Folder of a product: `DIGIX_` and six digits. */
export const PRODUCT_FOLDER: RegExp = /^DIGIX_\d{6}$/;

const LAYOUT = "a folder with train_data (DIGIX_000000 … and label.txt), test_data_A, test_data_B (query and gallery)";

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter(name => !name.startsWith(".") && name !== "__MACOSX");
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Whether a folder looks like the inside of train_data, or of one of the test parts. */
function looksLikePart(inside: readonly string[]): boolean {
  const train = inside.includes("label.txt") || inside.some(name => PRODUCT_FOLDER.test(name));
  return train || inside.includes("query") || inside.includes("gallery");
}

/**
 * The folder of a part below the folder that DIGIX was unpacked in. A part that was unpacked into a folder of its own
 * name (`test_data_A/test_data_A/query`), as the official archives do with some programs, is found as well.
 * @throws {InputError} saying what the folder is instead, and which one to give
 */
export async function findDigixPart(root: string, part: DigixPart): Promise<string> {
  const direct = join(root, part);
  if (await isFolder(direct)) {
    const inside = await names(direct);
    if (inside.includes(part) && !looksLikePart(inside)) return join(direct, part);
    return direct;
  }
  throw await diagnosis(root, part);
}

/**
 * The folder of the final part.
 * @param named its name in the root, where it cannot be told
 * @throws {InputError} when there is none, or several may be it
 */
export async function findFinalPart(root: string, named?: string): Promise<string> {
  const holdsBoth = async (folder: string): Promise<boolean> => {
    const inside = await names(folder);
    return inside.includes("query") && inside.includes("gallery");
  };
  const inOwnName = async (name: string): Promise<string | undefined> => {
    const places = [join(root, name), join(root, name, name)];
    for (const place of places) if (await holdsBoth(place)) return place;
    return undefined;
  };
  const known: readonly string[] = PARTS;
  const others = named === undefined ? (await names(root)).filter(name => !known.includes(name)) : [named];
  const found = (await Promise.all(others.map(inOwnName))).filter(place => place !== undefined);
  if (found.length === 1) return found[0];
  throw new InputError(named === undefined ? "the final part is not told" : `${named} is no test part`, {
    file: root,
    expected:
      named === undefined
        ? `one folder beside ${PARTS.join(", ")} with folders query and gallery, or its name (--part-folder)`
        : "the name of a folder in it, with folders query and gallery",
    actual: found.length === 0 ? "none" : found.map(place => basename(place)).join(", "),
  });
}

async function diagnosis(root: string, part: DigixPart): Promise<InputError> {
  const fail = (message: string, actual?: string): InputError =>
    new InputError(message, { file: root, expected: LAYOUT, actual });
  const found = await stat(root).catch((cause: Error) => cause);
  if (found instanceof Error) return fail("this folder cannot be read", found.message);
  if (found.isFile()) {
    return fail(ARCHIVE.test(root) ? "this is an archive: unpack it first" : "this is a file, not the folder of DIGIX");
  }
  const own = basename(resolve(root));
  const above = dirname(resolve(root));
  if (PRODUCT_FOLDER.test(own)) return fail(`this is the folder of one product: give ${dirname(above)}`);
  if (own === "query" || own === "gallery") {
    return fail(`this is the ${own} folder of one part: give ${dirname(above)}`);
  }
  const inside = await names(root);
  if (looksLikePart(inside)) return fail(`this is the inside of one part: give the folder above, ${above}`);
  const parts = PARTS.filter(one => inside.includes(one));
  if (parts.includes(part)) return fail(`${part} is a file`, "no folder of this name");
  const archives = inside.filter(name => ARCHIVE.test(name));
  if (archives.length > 0) {
    const more = archives.length > 3 ? ", …" : "";
    return fail(`${part} is not here: unpack the archives`, `${archives.slice(0, 3).join(", ")}${more}`);
  }
  if (parts.length > 0) return fail(`${part} is not here`, `only ${parts.join(", ")}`);
  for (const name of inside) {
    const below = await names(join(root, name));
    if (PARTS.some(one => below.includes(one))) {
      return fail(`this is the folder above DIGIX: give ${join(root, name)}`);
    }
  }
  const shown = `${inside.slice(0, 5).join(", ")}${inside.length > 5 ? ", …" : ""}`;
  return fail("this is not the folder of DIGIX", inside.length === 0 ? "an empty folder" : shown);
}
