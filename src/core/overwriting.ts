import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { checkPlaces } from "./check-places.js";
import { UsageError } from "./errors.js";

/** Paths by what names them, for example `--features`. */
export type NamedPaths = Readonly<Record<string, string | readonly string[] | undefined>>;

interface NamedPath {
  readonly name: string;
  readonly path: string;
  /** Where it is, links followed, whether it is there or not. */
  readonly place: string;
  /** Device and number, when it is there: hard links have one, and names that differ in case where that does not count. */
  readonly node?: string;
}

/**
 * Checks that what a command is about to write is nothing that it reads, and can be written. Every command that writes where it is told calls
 * this before it works. Paths are compared by what they lead to: through links, hard links, other cases of a name.
 * @param outputs files and folders to be written
 * @param inputs files and folders that are read; they need not be there
 * @param options.folders folders of which every file is read: nothing may be written in them
 * @throws {UsageError} naming both, when an output is an input, lies in such a folder, or is another output
 * @throws {WriteError} when an output cannot be written there
 */
export async function checkOverwritesNothing(
  outputs: NamedPaths,
  inputs: NamedPaths,
  { folders = {} }: { readonly folders?: NamedPaths } = {},
): Promise<void> {
  const [written, read, whole] = await Promise.all([outputs, inputs, folders].map(placesOf));
  for (const [i, output] of written.entries()) {
    const input = read.find(one => isSame(one, output));
    if (input !== undefined) throw clash(output, input, ["would be written over what is read", "the same as"]);
    const folder = whole.find(one => isSame(one, output) || output.place.startsWith(`${one.place}${sep}`));
    if (folder !== undefined)
      throw clash(output, folder, ["would be written among the files that are read", "a place in"]);
    const twin = written.slice(0, i).find(one => isSame(one, output));
    if (twin !== undefined) throw clash(output, twin, ["would be written twice", "the same as"]);
  }
  await checkPlaces(written.map(({ path }) => path));
}

function clash(output: NamedPath, other: NamedPath, [message, relation]: readonly [string, string]): UsageError {
  return new UsageError(message, {
    file: output.path,
    expected: `another place for ${output.name}`,
    actual: `${relation} ${other.name}${output.path === other.path ? "" : ` (${other.path})`}`,
  });
}

function isSame(one: NamedPath, other: NamedPath): boolean {
  return one.place === other.place || (one.node !== undefined && one.node === other.node);
}

async function placesOf(paths: NamedPaths): Promise<NamedPath[]> {
  const named = Object.entries(paths).flatMap(([name, given]) =>
    [given ?? []].flat().map(path => ({ name, path: path as string })),
  );
  return Promise.all(
    named.map(async ({ name, path }) => {
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      const place = foldCase(await placeOf(resolve(path)));
      return { name, path, place, ...(found === undefined ? {} : { node: `${found.dev}:${found.ino}` }) };
    }),
  );
}

/** Where a path leads, the part that is not there yet included. */
async function placeOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await placeOf(dirname(path)), basename(path));
}

/** Names that differ in case alone are one on the file systems that macOS and Windows come with. */
function foldCase(place: string): string {
  return process.platform === "darwin" || process.platform === "win32" ? place.toLowerCase() : place;
}
