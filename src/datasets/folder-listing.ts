import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { PassedOver } from "./passed-over.js";

/** Order by code units: the same on every machine, whatever its language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What a folder holds, links followed; names in code-unit order. */
export interface FolderListing {
  /** Names of its folders. */
  readonly folders: readonly string[];
  /** Names of its regular files. */
  readonly files: readonly string[];
  /** Entries that are neither, or have a name that cannot be an id. */
  readonly passedOver: readonly PassedOver[];
}

/** Why a link that leads nowhere is passed over. */
export const DEAD_LINK = "a link to nothing";

/** A name as text, or undefined for one that is not UTF-8. */
function textOf(name: Buffer, decoder: TextDecoder): string | undefined {
  try {
    return decoder.decode(name);
  } catch {
    return undefined;
  }
}

/** A name in ASCII, every other byte as `\xff`. */
function escapeName(name: Buffer): string {
  return Array.from(name, byte =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}

/** Why an entry is neither folder nor file. */
function oddKind(entry: Dirent<Buffer> | Stats): string {
  if (entry.isFIFO()) return "a named pipe";
  if (entry.isSocket()) return "a socket";
  return "a device";
}

/** What a link leads to, or why it leads to nothing. */
async function targetOf(path: string): Promise<Stats | string> {
  return stat(path).catch(({ code, message }: NodeJS.ErrnoException) => {
    if (code === "ENOENT" || code === "ENOTDIR") return DEAD_LINK;
    return code === "ELOOP" ? "a link to itself" : message;
  });
}

/**
 * Lists a folder. Nothing in it is opened; what starts with a dot, and `__MACOSX`, is not there for us.
 * @param folder its path
 * @param shown its path in what is passed over; "" for the dataset's own
 * @throws the system's error when the folder cannot be read
 */
export async function listFolder(folder: string, shown: string): Promise<FolderListing> {
  const entries = await readdir(folder, { encoding: "buffer", withFileTypes: true });
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const listing = { folders: [] as string[], files: [] as string[], passedOver: [] as PassedOver[] };
  await Promise.all(
    entries.map(async entry => {
      const name = textOf(entry.name, decoder);
      if (name?.startsWith(".") || name === "__MACOSX") return;
      const passOver = (reason: string): void => {
        const path = name === undefined || /[\r\n]/.test(name) ? escapeName(entry.name) : name;
        listing.passedOver.push({ path: shown === "" ? path : `${shown}/${path}`, reason });
      };
      if (name === undefined) return passOver("a name that is not UTF-8");
      if (/[\r\n]/.test(name)) return passOver("a name with a line break");
      const target = entry.isSymbolicLink() ? await targetOf(join(folder, name)) : entry;
      if (typeof target === "string") return passOver(target);
      if (target.isDirectory()) listing.folders.push(name);
      else if (target.isFile()) listing.files.push(name);
      else passOver(oddKind(target));
    }),
  );
  listing.folders.sort(byCodeUnits);
  listing.files.sort(byCodeUnits);
  listing.passedOver.sort((a, b) => byCodeUnits(a.path, b.path));
  return listing;
}
