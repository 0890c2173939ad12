import { readFile } from "node:fs/promises";
import { InputError } from "../core/errors.js";
import { PRODUCT_FOLDER } from "./digix-layout.js";
import { labelLines } from "./label-file.js";
import type { OddityList } from "./oddities.js";

/** The name of the class that a label means: `12` and `DIGIX_000012` are the same product. */
function productOf(label: string): string | undefined {
  if (/^\d{1,6}$/.test(label)) return `DIGIX_${label.padStart(6, "0")}`;
  return PRODUCT_FOLDER.test(label) ? label : undefined;
}

/** Drops what some writers put before the path: "./" and the part's own folder. */
function relativeTo(part: string, path: string): string {
  const short = path.replace(/^(\.\/)+/, "");
  return short.startsWith(`${part}/`) ? short.slice(part.length + 1) : short;
}

/**
 * Parses the lines of a label.txt of DIGIX, `DIGIX_000012/NAME.jpg,12`. Byte-order mark, CRLF, blanks, empty lines and
 * backslashes are accepted; a line that says again what an earlier one said is an oddity.
 * @param file the name used in messages
 * @param part the folder the paths are relative to; `train_data/` before a path is dropped
 * @returns product (`DIGIX_000012`) of each path
 * @throws {InputError} naming the line that is malformed, holds no product, or contradicts an earlier one
 */
export function parseDigixLabels(
  text: string,
  file: string,
  part: string,
  oddities: OddityList,
): ReadonlyMap<string, string> {
  const products = new Map<string, string>();
  const lineOf = new Map<string, number>();
  for (const { line, path: written, label } of labelLines(text, file)) {
    const path = relativeTo(part, written);
    const product = productOf(label);
    if (product === undefined) {
      const header = line === 1 ? "; a header is not part of the format" : "";
      throw new InputError(`line ${line} has no product${header}`, {
        file,
        expected: "a label of at most six digits, or DIGIX_ and six digits",
        actual: JSON.stringify(label.slice(0, 80)),
      });
    }
    const earlier = products.get(path);
    if (earlier !== undefined && earlier !== product) {
      throw new InputError(`line ${line} contradicts line ${lineOf.get(path)} about ${path}`, {
        file,
        expected: earlier,
        actual: product,
      });
    }
    if (earlier !== undefined) oddities.note("lines of label.txt that come again", `line ${line}, ${path}`);
    else lineOf.set(path, line);
    products.set(path, product);
  }
  return products;
}

/**
 * Reads a label.txt, see {@link parseDigixLabels}.
 * @throws {InputError} also when it cannot be read or is not UTF-8 text
 */
export async function readDigixLabels(
  file: string,
  part: string,
  oddities: OddityList,
): Promise<ReadonlyMap<string, string>> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new InputError("this label file cannot be read", { file, actual: cause.message, cause });
  });
  const text = textOf(bytes);
  if (text === undefined) {
    throw new InputError("this label file is not UTF-8 text", {
      file,
      expected: "path,label lines in UTF-8",
      actual: bytes.includes(0) ? "bytes of value 0, as in UTF-16" : "bytes that are not UTF-8",
    });
  }
  return parseDigixLabels(text, file, part, oddities);
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
