import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { shownValue } from "../core/shown-value.js";
import { methodOf } from "../methods/known-methods.js";
import { isMethodFile, loadMethod } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import type { MethodFile } from "../records/run-record.js";

/** A method of a study, and where it came from. */
export interface SweptMethod {
  readonly method: Method;
  /** Where it is one's own and came from a file. */
  readonly file?: MethodFile;
}

/**
 * The methods of a study, in order, each once.
 * @param methods known names, files that define one, and methods of one's own
 * @throws {InputError} for an unknown name, a file that gives no method, and two methods of one name
 */
export async function openMethods(methods: readonly (string | Method)[]): Promise<SweptMethod[]> {
  if (!Array.isArray(methods) || methods.length === 0) {
    throw new InputError("a study needs methods", {
      expected: 'a list of names and methods, for example ["hashnet", "dch"]',
      actual: shownValue(methods),
    });
  }
  const opened: SweptMethod[] = [];
  for (const given of methods) {
    const one = await openMethod(given);
    const same = opened.find(({ method }) => method.name === one.method.name);
    if (same === undefined) opened.push(one);
    else if (same.method !== one.method) {
      throw new InputError(`two methods are called "${one.method.name}"`, { expected: "a name for each" });
    }
  }
  return opened;
}

async function openMethod(given: string | Method): Promise<SweptMethod> {
  if (typeof given !== "string" || !isMethodFile(given)) return { method: methodOf(given) };
  const method = await loadMethod(given);
  return { method, file: { path: given, sha256: await hashOfFiles([given]) } };
}
