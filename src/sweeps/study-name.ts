import { InputError } from "../core/errors.js";
import { shownValue } from "../core/shown-value.js";

/** A name that is that of a study's folder on every system. @throws {InputError} for another one */
export function checkedStudyName(name: string): string {
  if (typeof name === "string" && /^\w([\w.+-]{0,78}\w)?$/.test(name)) return name;
  throw new InputError("a study cannot be called this", {
    expected: "letters, digits, and . _ + - between them, 80 at most",
    actual: shownValue(name),
  });
}
