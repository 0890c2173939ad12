import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
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
    const line =
      (cause as Error | undefined)?.name === "SyntaxError" ? await brokenLine(file) : lineInFile(cause, file);
    const place = line === undefined ? "" : ` (line ${line})`;
    const own = cause instanceof Error ? `${cause.name}: ${cause.message}${place}` : shownValue(cause);
    const actual = cause instanceof InputError ? cause.message : own;
    throw new InputError("the method cannot be loaded", { file, expected, actual, cause });
  }
}

/** The first line that is no JavaScript: Node keeps it to itself. Undefined where the fault is in what the file imports. */
async function brokenLine(file: string): Promise<number | undefined> {
  const { default: ts } = await import("typescript");
  const text = await readFile(file, "utf8");
  const { diagnostics = [] } = ts.transpileModule(text, { fileName: file, reportDiagnostics: true });
  const [first] = diagnostics;
  return first?.file === undefined ? undefined : first.file.getLineAndCharacterOfPosition(first.start ?? 0).line + 1;
}

/** The line of a file in which an error arose; undefined where its stack does not say. */
export function lineInFile(error: unknown, file: string): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { stack = "" } = error;
  const place = [pathToFileURL(resolve(file)).href, resolve(file)].find(one => stack.includes(one));
  const after = place === undefined ? "" : stack.slice(stack.indexOf(place) + place.length);
  const line = /^(?:\?[^:\s)]*)?:(\d+)/.exec(after)?.[1];
  return line === undefined ? undefined : Number(line);
}
