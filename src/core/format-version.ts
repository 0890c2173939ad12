import { InputError } from "./errors.js";

/**
 * Checks the format version that a file of ours carries in its field `format`.
 * @param found the field's value; undefined in files from before there were versions
 * @throws {InputError} for any other version than `format`, saying what to do
 */
export function checkFormat(
  found: unknown,
  options: {
    file: string;
    /** The version that can be read. */
    format: number;
    /** What to do about a file of an older version, in words that follow "expected". */
    older: string;
  },
): void {
  const { file, format, older } = options;
  if (found === format) return;
  if (found === undefined || (typeof found === "number" && found < format)) {
    throw new InputError("written by an older hashbook", {
      file,
      expected: older,
      actual: found === undefined ? "no format version" : `format ${found}`,
    });
  }
  throw new InputError("written by a newer hashbook", {
    file,
    expected: `format ${format}: update hashbook, or make it again with this version`,
    actual: `format ${JSON.stringify(found)}`,
  });
}
