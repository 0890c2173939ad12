import { createHash } from "node:crypto";
import { readFile, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import { sidecarFile } from "../codes/bits-beside.js";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { TypedArray } from "../core/arrays.js";
import { InputError, UsageError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { writeAtomically, writeTogether } from "../core/files.js";
import type { JsonFileKind } from "../core/json-file.js";
import { checkedDocument, readJsonFileIfAny } from "../core/json-file.js";
import { COUNT, listOf, objectOf, TEXT } from "../core/json-schema.js";
import { encodeNpyHeader } from "../core/npy.js";
import { version } from "../core/version.js";
import type { Ids } from "./ids-file.js";
import { idsPieces, readIds, writeIds } from "./ids-file.js";
import type { ItemsIdentity } from "./items-identity.js";
import { hashOfIds, ITEMS_SCHEMA } from "./items-identity.js";
import type { MadeAs } from "./made-alike.js";
import type { SeenByModel } from "./seen-by-model.js";
import { SEEN_FIELDS } from "./seen-by-model.js";

export { sidecarFile };

/** The format of the JSON file beside codes. Raised when a reader of the version before would misread it. */
const FORMAT = 1;

/** The model that made codes, and what it has seen. */
export interface CodesModel extends SeenByModel {
  /** SHA-256 of what codes of the model depend on (`modelHash`): codes of different models are not comparable. */
  readonly hash: string;
  /** How the features were made that it takes. Absent: nobody knows, or it is of before this was noted. */
  readonly takes?: MadeAs;
}

/** What codes are: stored beside `codes.npy` as `codes.json`. */
export interface CodesSidecar {
  /** SHA-256 of the codes file: a file put in its place is told apart. */
  readonly codes: string;
  /** What a row holds: −1/+1 of int8, bytes, or relaxed codes. */
  readonly form: "codes" | "packed" | "relaxed";
  /** Of relaxed ones: the model gives an embedding, whose values are ranked by cosine. Absent: their signs are hash codes. */
  readonly output?: "embedding";
  readonly rows: number;
  readonly bits: number;
  readonly model: CodesModel;
  /** Which items the rows are. Absent: the features came as an array. */
  readonly data?: ItemsIdentity;
  /** Row of the dataset that the first row is, of a shard. Default 0. */
  readonly from?: number;
  /** Names of the classes of these items. Absent where `data` is. */
  readonly classNames?: readonly string[];
}

/** Tells the sidecar from another program's JSON of the same name. */
const KIND = "codes";

const WORDS = {
  what: "what the codes beside it are, as `hashbook encode` writes it",
  remedy: "remove it if the codes come from elsewhere",
};

/** Any JSON object: what it is of is seen by its `kind`. */
const ANY_JSON: JsonFileKind<{ readonly kind?: unknown }> = {
  ...WORDS,
  schema: objectOf({}),
};

const SIDECAR_JSON: JsonFileKind<CodesSidecar> = {
  ...WORDS,
  schema: objectOf(
    {
      codes: TEXT,
      form: { enum: ["codes", "packed", "relaxed"] },
      rows: COUNT,
      bits: { type: "integer", minimum: 1, maximum: MAX_BITS },
      model: objectOf({ hash: TEXT }, { ...SEEN_FIELDS, takes: objectOf({ backbone: TEXT, key: TEXT }) }),
    },
    { output: { enum: ["embedding"] }, data: ITEMS_SCHEMA, from: COUNT, classNames: listOf(TEXT) },
  ),
  format: { version: FORMAT, older: "what `hashbook encode` writes: encode again" },
};

/** `codes.ids.txt` for `codes.npy`: the ids of its rows, so that results of a search have names. */
export function idsFile(codesFile: string): string {
  return `${codesFile.replace(/\.npy$/i, "")}.ids.txt`;
}

/** Names of what describes codes, beside them. */
export function filesBeside(codesFile: string): readonly string[] {
  return [sidecarFile(codesFile), idsFile(codesFile)].map(file => basename(file));
}

/**
 * Checks that a sidecar may be written: that no other JSON file, such as a model's, has its name.
 * @throws {UsageError} when one has
 */
export async function checkSidecarPlace(codesFile: string): Promise<void> {
  const file = sidecarFile(codesFile);
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new InputError("cannot be read", { file, expected: WORDS.what, actual: cause.message, cause });
  });
  if (text === undefined || isSidecar(text)) return;
  throw new UsageError(`${file} is another file, and what the codes are would be written there`, {
    expected: "another name for the codes",
    actual: codesFile,
  });
}

function isSidecar(text: string): boolean {
  try {
    return JSON.parse(text)?.kind === KIND;
  } catch {
    return false;
  }
}

/** Codes to be written, some rows at a time. */
export interface CodesStream {
  /** Of the whole array. */
  readonly shape: readonly number[];
  /** Type of the values as NumPy writes it: "|i1", "|u1" or "<f4". */
  readonly descr: string;
  /** Values of whole rows, in order. */
  readonly values: AsyncIterable<TypedArray>;
}

/**
 * Writes codes as they come, then what they are beside them, all or nothing; the codes get their name last. Memory is that
 * of the values and ids that come at once.
 * @param ids of the rows, where they are known; they go into a file of their own
 */
export async function writeCodes(
  codesFile: string,
  { shape, descr, values }: CodesStream,
  sidecar: Omit<CodesSidecar, "codes">,
  ids?: Ids,
): Promise<void> {
  const hash = createHash("sha256");
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    const header = encodeNpyHeader(descr, shape);
    hash.update(header);
    yield header;
    for await (const { buffer, byteOffset, byteLength } of values) {
      const piece = new Uint8Array(buffer, byteOffset, byteLength);
      hash.update(piece);
      yield piece;
    }
  };
  await writeTogether({
    ...(ids === undefined ? {} : { [idsFile(codesFile)]: idsPieces(ids) }),
    [sidecarFile(codesFile)]: () => sidecarText(sidecar, hash.digest("hex")),
    [codesFile]: pieces(),
  });
  if (ids === undefined) await rm(idsFile(codesFile), { force: true }); // those of earlier codes of this name
}

function sidecarText(sidecar: Omit<CodesSidecar, "codes">, codes: string): string {
  return `${JSON.stringify({ kind: KIND, format: FORMAT, version, codes, ...sidecar }, null, 2)}\n`;
}

/**
 * Writes the sidecar of a codes file that is there.
 * @param ids of its rows, where they are known; they go into a file of their own
 */
export async function writeCodesSidecar(
  codesFile: string,
  sidecar: Omit<CodesSidecar, "codes">,
  ids?: readonly string[],
): Promise<void> {
  if (ids === undefined)
    await rm(idsFile(codesFile), { force: true }); // those of earlier codes of this name
  else await writeIds(idsFile(codesFile), ids);
  await writeAtomically(sidecarFile(codesFile), sidecarText(sidecar, await hashOfFiles([codesFile])));
}

/**
 * Reads the sidecar of a codes file; undefined when it has none, as codes from elsewhere.
 * @throws {InputError} when it is damaged or of another format, or the codes are not those it was written for
 */
export async function readCodesSidecar(codesFile: string): Promise<CodesSidecar | undefined> {
  const file = sidecarFile(codesFile);
  const document = await readJsonFileIfAny(file, ANY_JSON);
  if (document?.kind !== KIND) return undefined; // none, or another program's JSON of the same name
  const sidecar = checkedDocument(document, file, SIDECAR_JSON);
  const actual = await hashOfFiles([codesFile]);
  if (sidecar.codes === actual) return sidecar;
  throw new InputError("these are not the codes that the file beside them describes", {
    file: codesFile,
    expected: `SHA-256 ${sidecar.codes}, as ${file} says; remove that file if the codes come from elsewhere`,
    actual,
  });
}

/**
 * The ids of the rows of codes; undefined where nothing beside them says it.
 * @throws {InputError} when the file of ids is not the one that the sidecar was written with
 */
export async function readCodesIds(codesFile: string, { data }: CodesSidecar): Promise<string[] | undefined> {
  const file = idsFile(codesFile);
  if (data === undefined || (await stat(file).catch(() => undefined)) === undefined) return undefined;
  const ids = await readIds(file);
  const actual = hashOfIds(ids);
  if (actual === data.ids) return ids;
  throw new InputError("these are not the ids of the codes", {
    file,
    expected: `SHA-256 ${data.ids}, as ${sidecarFile(codesFile)} says; remove this file if it is another's`,
    actual,
  });
}

/**
 * Checks that codes are those of the items of a data folder, row by row.
 * @param place the data folder, for messages
 * @throws {InputError} when they are of other items
 */
export function checkCodesOf(codesFile: string, sidecar: CodesSidecar, items: ItemsIdentity, place: string): void {
  const { data } = sidecar;
  if (data === undefined) return;
  const fields = ["contentHash", "rows", "ids"] as const;
  const differs = fields.find(field => data[field] !== items[field]);
  if (differs === undefined) return;
  const describeItems = (one: ItemsIdentity): string =>
    `${one.rows} rows of ${one.dataset}, ${differs} ${one[differs]}`;
  throw new InputError("these codes are of other data", {
    file: codesFile,
    expected: `codes of ${place}: ${describeItems(items)}`,
    actual: describeItems(data),
  });
}

/** Codes, and the model that made them where it is known. */
export interface MadeByModel {
  readonly file: string;
  readonly sidecar?: { readonly model: Pick<CodesModel, "hash"> };
}

/**
 * Checks that two files of codes were made by one model.
 * @throws {InputError} when both say by which, and it is not the same
 */
export function checkOneModel(one: MadeByModel, other: MadeByModel): void {
  const [first, second] = [one.sidecar?.model.hash, other.sidecar?.model.hash];
  if (first === undefined || second === undefined || first === second) return;
  throw new InputError("these codes are of another model", {
    file: other.file,
    expected: `model ${first}, which made ${one.file}: encode both with one model`,
    actual: second,
  });
}
