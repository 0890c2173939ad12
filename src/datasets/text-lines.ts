import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { InputError } from "../core/errors.js";

/** A line of a text file. */
export interface TextLine {
  /** From 1. */
  readonly line: number;
  /** Without its end, and without blanks at its ends. */
  readonly text: string;
}

const CHUNK = 2 ** 20;

/**
 * The lines of a text file that are not empty, read as they are asked for: lists have hundreds of thousands. A
 * byte-order mark, CRLF, CR alone and a last line without an end are accepted.
 * @param what the file is, for messages: "this list"
 * @throws {InputError} when it is missing, no regular file, or not UTF-8 text, naming the line
 */
export async function* textLines(file: string, what: string): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  let rest = "";
  const cut = function* (text: string, isLast: boolean): Generator<TextLine> {
    // A CR that ends a chunk may be half of a CRLF.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = isLast ? "" : (lines.pop() ?? "");
    for (const one of lines) {
      line++;
      const trimmed = one.trim();
      if (trimmed.includes("\0")) throw noText(file, what, line, "a zero byte");
      if (trimmed !== "") yield { line, text: trimmed };
    }
  };
  const textOf = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw noText(file, what, line + 1, "bytes that are not UTF-8", cause);
    }
  };
  for await (const chunk of await streamOf(file, what)) yield* cut(textOf(chunk as Buffer), false);
  yield* cut(textOf(), true);
}

async function streamOf(file: string, what: string): Promise<NodeJS.ReadableStream> {
  try {
    if (!(await stat(file)).isFile()) throw new Error("it is no regular file"); // a pipe would be waited for
    return createReadStream(file, { highWaterMark: CHUNK });
  } catch (cause) {
    const actual = (cause as Error).message;
    throw new InputError(`${what} cannot be read`, { file, expected: "a text file", actual, cause });
  }
}

function noText(file: string, what: string, line: number, actual: string, cause?: unknown): InputError {
  return new InputError(`${what} is no text from line ${line} on`, { file, expected: "UTF-8", actual, cause });
}
