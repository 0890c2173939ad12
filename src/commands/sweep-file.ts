import { dirname, isAbsolute, join, relative } from "node:path";
import { HashbookError, InputError } from "../core/errors.js";
import type { JsonFileKind } from "../core/json-file.js";
import { readJsonFile } from "../core/json-file.js";
import { objectOf } from "../core/json-schema.js";
import { knownNames } from "../core/nearest-name.js";
import { isPlainObject, shownValue } from "../core/shown-value.js";
import type { StudyOptions } from "../experiments/study.js";
import type { MethodTools } from "../methods/load-method.js";
import { isMethodFile } from "../methods/load-method.js";
import type { Method } from "../methods/method.js";
import type { SweepDefinition } from "../sweeps/sweep-options.js";
import { DEFINITION_FIELDS } from "../sweeps/sweep-options.js";

/** What a file says of a study: what is run, over which data, and how. */
export interface SweepFile extends SweepDefinition {
  readonly name?: string;
  readonly select?: boolean;
  readonly workers?: number;
  /** A data folder, or what `openStudy` is given; paths of the former are to the file's folder. */
  readonly data?: { readonly folder: string; readonly validation?: number } | StudyOptions;
}

/** Which names there are is checked below, with the nearest. */
const SWEEP_JSON: JsonFileKind<SweepFile> = {
  what: 'a study: { "methods": […], "bits": […], "seeds": […], … }',
  schema: objectOf({ methods: { type: "array" }, bits: { type: "array" } }),
};

const FIELDS: Readonly<Record<keyof SweepFile, true>> = {
  ...DEFINITION_FIELDS,
  name: true,
  select: true,
  workers: true,
  data: true,
};

/**
 * Reads a study out of a file: JSON, or a module of JavaScript or TypeScript whose default export is the study, or a
 * function of `{ tf, defineMethod }` that gives it and may define methods. Paths of methods are to the file's folder.
 * @throws {InputError} when it cannot be read or loaded, gives no study, or says what there is not
 */
export async function readSweepFile(file: string): Promise<SweepFile> {
  const given: unknown = file.endsWith(".json") ? await readJsonFile(file, SWEEP_JSON) : await studyOfModule(file);
  if (!isPlainObject(given)) {
    throw new InputError("this is no study", { file, expected: SWEEP_JSON.what, actual: shownValue(given) });
  }
  const wrong = Object.keys(given).find(name => !Object.hasOwn(FIELDS, name));
  if (wrong !== undefined) {
    throw new InputError(`a study has no "${wrong}"`, { file, expected: knownNames(wrong, Object.keys(FIELDS)) });
  }
  const study = given as unknown as SweepFile;
  const { methods, data } = study;
  if (!Array.isArray(methods)) {
    throw new InputError("a study needs methods", { file, expected: "a list", actual: shownValue(methods) });
  }
  const beside = (path: string): string => (isAbsolute(path) ? path : relative(".", join(dirname(file), path)));
  const placed = methods.map((method: string | Method) =>
    typeof method === "string" && isMethodFile(method) ? beside(method) : method,
  );
  const folder = data !== undefined && "folder" in data ? { data: { ...data, folder: beside(data.folder) } } : {};
  return { ...study, methods: placed, ...folder };
}

async function studyOfModule(file: string): Promise<unknown> {
  const { importTypeScript } = await import("../kernel/import-typescript.js");
  try {
    const given = (await importTypeScript(file)).default;
    if (typeof given !== "function") return given;
    const tf = await import("@tensorflow/tfjs");
    const { defineMethod } = await import("../methods/define-method.js");
    return await given({ tf, defineMethod } satisfies MethodTools);
  } catch (cause) {
    if (cause instanceof HashbookError) throw cause;
    const actual = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new InputError("the study cannot be loaded", {
      file,
      expected: "JSON, or a module: export default { methods: […], bits: […] }",
      actual,
      cause,
    });
  }
}
