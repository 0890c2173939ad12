import { InvalidArgumentError } from "commander";
import { InputError, UsageError } from "../core/errors.js";
import { knownNames } from "../core/nearest-name.js";
import type { AnyOption } from "../core/options.js";
import { boundsOf, checkedOptions } from "../core/options.js";
import { isPlainObject } from "../core/shown-value.js";
import { METHOD_NAMES } from "../methods/known-methods.js";
import { isMethodFile } from "../methods/load-method.js";

/** Reads a flag as its option is declared: the same bounds on the command line as in a file. */
export function optionFlag<T>(option: AnyOption): (text: string) => T {
  return text => {
    try {
      return checkedOptions<{ value: T }>({ value: option } as never, { value: flagValue(text) }).value;
    } catch (cause) {
      if (!(cause instanceof InputError)) throw cause;
      throw new InvalidArgumentError(`Expected ${boundsOf(option)}.`);
    }
  };
}

/** Reads the name of a method, or the path of a file that defines one. */
export function methodFlag(text: string): string {
  if (isMethodFile(text) || METHOD_NAMES.includes(text)) return text;
  throw new InvalidArgumentError(`Expected ${knownNames(text, METHOD_NAMES)}; or a file that defines one, ./mine.js.`);
}

/** Collects `--set name=value`; a name may have dots, as in optimizer.kind=sgd. */
export function settingFlag(text: string, earlier: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [, path, value] = /^([\w-]+(?:\.[\w-]+)*)=(.*)$/.exec(text) ?? [];
  if (path === undefined) throw new InvalidArgumentError("Expected name=value, for example gamma=10.");
  return withSetting(earlier, path.split("."), flagValue(value));
}

function withSetting(
  settings: Readonly<Record<string, unknown>>,
  [name, ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const before = Object.hasOwn(settings, name) ? settings[name] : undefined;
  const inside = isPlainObject(before) ? before : {};
  return { ...settings, [name]: rest.length === 0 ? value : withSetting(inside, rest, value) };
}

/** A number, true, false, a list; else the word itself. */
function flagValue(text: string): unknown {
  if (text.trim() === "") return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? text : value;
  } catch {
    return text;
  }
}

/** Does what checks values of flags: what it refuses is bad usage, exit code 2. */
export async function asFlags<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
