import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MAX_BITS, packedCodes } from "../codes/packed-codes.js";
import type { NdArray } from "../core/arrays.js";
import { InputError } from "../core/errors.js";
import { writeAtomically } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { COUNT, listOf, objectOf } from "../core/json-schema.js";
import { lockOfFolder, withLock } from "../core/lock.js";
import { readNpy, writeNpy } from "../core/npy.js";
import { codeWords } from "./hamming-distances.js";
import type { MultiIndex } from "./multi-index-search.js";
import { MAX_SUBSTRING } from "./substring-table.js";

/** Of index.json. */
const FORMAT = 1;

interface Description {
  readonly format: number;
  readonly bits: number;
  readonly count: number;
  readonly substrings: readonly { readonly offset: number; readonly width: number }[];
}

const INDEX_JSON: JsonFileKind<Description> = {
  what: "the index.json of a multi-index",
  schema: objectOf({
    bits: { type: "integer", minimum: 1, maximum: MAX_BITS },
    count: COUNT,
    substrings: listOf(objectOf({ offset: COUNT, width: { type: "integer", minimum: 1, maximum: MAX_SUBSTRING } }), {
      minItems: 1,
    }),
  }),
  format: { version: FORMAT, older: "what `saveMultiIndex` writes: make the index again" },
};

/**
 * Writes an index as flat arrays that can be mapped into memory (their data start on multiples of 64 bytes): codes.npy
 * (count, bytesPerCode), starts-0.npy, items-0.npy, … and, last, index.json.
 */
export async function saveMultiIndex(folder: string, index: MultiIndex): Promise<void> {
  await withLock(lockOfFolder(folder), () => writeIndex(folder, index), { task: "writing an index" });
}

async function writeIndex(folder: string, { codes, tables }: MultiIndex): Promise<void> {
  // It says that all is there: whenever the writer is killed, it is not there beside arrays of another index.
  await rm(join(folder, "index.json"), { force: true });
  await writeNpy(join(folder, "codes.npy"), { data: codes.data, shape: [codes.count, codes.bytesPerCode] });
  for (const [j, { starts, items }] of tables.entries()) {
    await writeNpy(join(folder, `starts-${j}.npy`), { data: starts, shape: [starts.length] });
    await writeNpy(join(folder, `items-${j}.npy`), { data: items, shape: [items.length] });
  }
  const substrings = tables.map(({ offset, width }) => ({ offset, width }));
  const description: Description = { format: FORMAT, bits: codes.bits, count: codes.count, substrings };
  await writeAtomically(join(folder, "index.json"), `${JSON.stringify(description)}\n`);
}

/**
 * Reads an index that {@link saveMultiIndex} wrote.
 * @throws {InputError} when a file is missing, damaged, or does not fit the others
 */
export async function openMultiIndex(folder: string): Promise<MultiIndex> {
  const file = join(folder, "index.json");
  const { bits, count, substrings } = await readJsonFile(file, INDEX_JSON);
  checkTiling(substrings, bits, file);
  const bytes = await arrayOf(join(folder, "codes.npy"), Uint8Array, count * Math.ceil(bits / 8));
  const codes = packedCodes(bytes, bits, { file: join(folder, "codes.npy") });
  const tables = await Promise.all(
    substrings.map(async ({ offset, width }, j) => ({
      offset,
      width,
      starts: await arrayOf(join(folder, `starts-${j}.npy`), Uint32Array, 2 ** width + 1),
      items: await arrayOf(join(folder, `items-${j}.npy`), Uint32Array, count),
    })),
  );
  return { codes, words: codeWords(codes), tables };
}

/** Substrings that leave bits out, or take some twice, would find other items. */
function checkTiling(substrings: Description["substrings"], bits: number, file: string): void {
  let end = 0;
  const follows = substrings.every(({ offset, width }) => {
    const isNext = offset === end;
    end += width;
    return isNext;
  });
  if (follows && end === bits) return;
  throw new InputError('"substrings" do not tile the codes', {
    file,
    expected: `each to begin where the one before ends, ${bits} bits together`,
    actual: JSON.stringify(substrings).slice(0, 200),
  });
}

async function arrayOf<T extends Uint8Array | Uint32Array>(
  file: string,
  Type: { new (length: number): T },
  length: number,
): Promise<T> {
  const { data }: NdArray = await readNpy(file);
  if (data instanceof Type && data.length === length) return data as T;
  throw new InputError("this array does not fit index.json", {
    file,
    expected: `${length} values of ${Type.name}`,
    actual: `${data.length} of ${data.constructor.name}`,
  });
}
