// Every JSON file that is read is declared: what it is, its format, its fields. Nothing is taken out of one unchecked.
import { readFile } from "node:fs/promises";
import { InputError } from "./errors.js";
import { checkFormat } from "./format-version.js";
import type { JsonSchema } from "./json-schema.js";
import { schemaFault } from "./schema-fault.js";
import { shownValue } from "./shown-value.js";

/** A kind of JSON file; `T` is what its schema lets through. */
export interface JsonFileKind<T> {
  /** What such a file is, as a sentence goes on: "the head.json of a trained model". */
  readonly what: string;
  /** What to do about a damaged one, as a sentence goes on: "train again". Absent: nothing but to mend it. */
  readonly remedy?: string;
  /** What its document must be. Fields that it does not name are let through: later versions may have more. */
  readonly schema: JsonSchema;
  /** The version in its field `format`. Absent: such files have none. */
  readonly format?: {
    readonly version: number;
    /** What to do about a file of an older version, in words that follow "expected". */
    readonly older: string;
    /** Whether files of before there were versions are of this one. Default false. */
    readonly since?: boolean;
  };
  /** Never there: holds the type. */
  readonly document?: T;
}

/**
 * The document of a JSON file's text.
 * @param file the name used in messages
 * @throws {InputError} when it is no JSON, of another format version, or breaks the schema, naming the first field
 */
export function parseJsonFile<T>(text: string, file: string, kind: JsonFileKind<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\ufeff/, "")); // some editors put a byte order mark before it
  } catch (cause) {
    const actual = whyNoJson(text, cause as Error);
    throw new InputError("this is no JSON", { file, expected: withRemedy(kind.what, kind), actual, cause });
  }
  return checkedDocument(document, file, kind);
}

/**
 * Checks the document of a JSON file.
 * @throws {InputError} as {@link parseJsonFile}
 */
export function checkedDocument<T>(document: unknown, file: string, kind: JsonFileKind<T>): T {
  const { what, schema, format } = kind;
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new InputError(`this is not ${what}`, {
      file,
      expected: withRemedy("an object", kind),
      actual: shownValue(document),
    });
  }
  if (format !== undefined) {
    const { version, older, since = false } = format;
    const found = (document as { format?: unknown }).format;
    if (!(since && found === undefined)) checkFormat(found, { file, format: version, older });
  }
  const fault = schemaFault(document, schema);
  if (fault === undefined) return document as T;
  const { message, expected = what, actual } = fault;
  throw new InputError(message, { file, expected: withRemedy(expected, kind), actual });
}

function withRemedy(expected: string, { remedy }: JsonFileKind<unknown>): string {
  return remedy === undefined ? expected : `${expected}; ${remedy}`;
}

/** What a text has that JSON has not, in one line. */
function whyNoJson(text: string, { message }: Error): string {
  if (text.trim() === "") return "an empty file";
  if (/[\0\ufffd]/.test(text)) return "bytes that are no text";
  return message.replaceAll(/[\s\p{Cc}]+/gu, " ").slice(0, 200);
}

/**
 * Reads a JSON file.
 * @throws {InputError} when it cannot be read, and as {@link parseJsonFile}
 */
export async function readJsonFile<T>(file: string, kind: JsonFileKind<T>): Promise<T> {
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw new InputError("cannot be read", {
      file,
      expected: withRemedy(kind.what, kind),
      actual: cause.message,
      cause,
    });
  });
  return parseJsonFile(text, file, kind);
}

/**
 * Reads a JSON file that need not be there.
 * @returns undefined when there is none
 * @throws {InputError} as {@link readJsonFile} when there is one
 */
export async function readJsonFileIfAny<T>(file: string, kind: JsonFileKind<T>): Promise<T | undefined> {
  try {
    return await readJsonFile(file, kind);
  } catch (error) {
    const code = ((error as InputError).cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
