import { posix, win32 } from "node:path";
import { isMethodFile } from "../methods/load-method.js";
import type { RunDocument } from "../records/run-record-file.js";
import type { DataOrigin, StudyFile } from "../records/study-record.js";

// Absolute paths are of no use on another machine, and show whose they are: reviewers may not know.

/** study.json as a pack has it: absolute paths cut to their last names. */
export function studyForOthers(study: StudyFile): StudyFile {
  const sweeps = study.sweeps.map(({ methods, ...asked }) =>
    Array.isArray(methods) ? { methods: methods.map(methodForOthers), ...asked } : asked,
  );
  return { ...study, sweeps, origin: originForOthers(study.origin) };
}

/** record.json likewise. */
export function recordForOthers(record: RunDocument): RunDocument {
  const { methodFile } = record;
  if (methodFile === undefined) return record;
  return { ...record, methodFile: { ...methodFile, path: pathForOthers(methodFile.path) } };
}

function originForOthers(origin: DataOrigin): DataOrigin {
  switch (origin.kind) {
    case "study": {
      const options = Object.entries(origin.options).map(([name, value]) => [
        name,
        typeof value === "string" ? pathForOthers(value) : value,
      ]);
      return { ...origin, options: Object.fromEntries(options) };
    }
    case "folder":
      return { ...origin, path: pathForOthers(origin.path) };
    case "given":
      return origin;
  }
}

function methodForOthers(method: unknown): unknown {
  return typeof method === "string" && isMethodFile(method) ? pathForOthers(method) : method;
}

function pathForOthers(path: string): string {
  if (posix.isAbsolute(path)) return posix.basename(path);
  return win32.isAbsolute(path) ? win32.basename(path) : path;
}
