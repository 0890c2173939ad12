import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { InputError } from "../core/errors.js";
import { shownValue } from "../core/shown-value.js";
import { defineMethod } from "./define-method.js";
import type { Method } from "./method.js";

/** What a file that defines a method is given, so that it needs no import of ours. */
export interface MethodTools {
  readonly tf: typeof tf;
  readonly defineMethod: typeof defineMethod;
}

/** Whether a text means a file rather than a name. */
export function isMethodFile(text: string): boolean {
  return /[\\/]/.test(text) || /\.[cm]?[jt]s$/.test(text);
}

/**
 * A method out of a file: `export default ({ tf, defineMethod }) => defineMethod({ … })`, or a method itself.
 * @throws {InputError} when the file is missing, fails, or gives no method
 */
export async function loadMethod(file: string): Promise<Method> {
  const expected = "a JavaScript module: export default ({ tf, defineMethod }) => defineMethod({ … })";
  if (!existsSync(file)) throw new InputError("there is no such file", { file, expected });
  try {
    let given: unknown = (await import(pathToFileURL(resolve(file)).href)).default;
    if (typeof given === "function") given = await given({ tf, defineMethod } satisfies MethodTools);
    if (given === undefined) throw new InputError("no default export, or its function gives nothing");
    return defineMethod(given as never);
  } catch (cause) {
    const own = cause instanceof Error ? `${cause.name}: ${cause.message}` : shownValue(cause);
    const actual = cause instanceof InputError ? cause.message : own;
    throw new InputError("the method cannot be loaded", { file, expected, actual, cause });
  }
}
