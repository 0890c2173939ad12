import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { createGzip } from "node:zlib";
import type { TarSource } from "modern-tar/fs";
import { packTar } from "modern-tar/fs";
import { InputError } from "../core/errors.js";
import { hashOfFiles } from "../core/file-hash.js";
import { encodeNpy } from "../core/npy.js";
import { writeAlone } from "../core/output-files.js";
import { writeStream } from "../core/write-stream.js";
import type { MethodFile, Run } from "../records/run-record.js";
import { readRunRecord } from "../records/run-record-file.js";
import { readStudyFile } from "../records/study-file.js";
import type { StudyRecord } from "../records/study-record.js";
import { findRecord } from "./find-record.js";
import { importsBeyondNode } from "./method-imports.js";
import { packedMethodPath } from "./method-of-record.js";
import { packReadme } from "./pack-readme.js";
import { recordForOthers, studyForOthers } from "./record-for-others.js";
import type { ReopenOptions } from "./reopen-data.js";
import { differingParts, partsText, reopenData } from "./reopen-data.js";

/** Settings of {@link packRecord}. */
export interface PackOptions extends ReopenOptions {
  /** Folder of all studies. Default `runs/studies`, then `records`. */
  readonly folder?: string;
  /** Puts the features in, so that nothing else is needed. Default false: the data is opened as the record says. */
  readonly withData?: boolean;
}

/** What {@link packRecord} wrote. */
export interface Packed {
  readonly file: string;
  readonly bytes: number;
  readonly study: string;
  readonly runs: readonly string[];
  readonly withData: boolean;
  /** Files of methods of one's own, as they were given. */
  readonly methods: readonly string[];
}

/** Folder of a study that is no run: roles of the rows held out. */
const VALIDATION = "validation";

/**
 * Writes a study, or one run of it, into one `.tar.gz` from which `reproduce` runs it again on another machine: records,
 * codes, models, files of methods of one's own and, where asked for, the features. Absolute paths are cut to their last
 * names. The same study gives the same bytes.
 * @param target as for `reproduce`, but no pack
 * @throws {InputError} when there is no such record, a method's file is no longer what it was or imports others, or the
 *   data to be put in is not that of the record
 */
export async function packRecord(target: string, file: string, options: PackOptions = {}): Promise<Packed> {
  const { withData = false } = options;
  const { study, runs } = await findRecord(target, options);
  const methods = await methodFiles(runs);
  const mtime = new Date(study.date);
  const sources: TarSource[] = [
    { type: "content", content: packReadme(study, runs, { withData }), target: "README.md" },
    ...(await studySources(study, runs)),
    ...methods.map(one => fileSource(one.path, join("methods", packedMethodPath(one)))),
    ...(withData ? await dataSources(study, options) : []),
  ];
  const named = sources.map(source => ({ ...source, target: `${study.id}/${source.target.replaceAll("\\", "/")}` }));
  const entries = named.map(source => ({ ...source, ...ALIKE, mtime }));
  const bytes = await writeAlone([file], () => writeStream(file, packTar(entries).pipe(createGzip({ level: 9 }))));
  const names = runs.map(({ record }) => record.name);
  return { file, bytes, study: study.id, runs: names, withData, methods: methods.map(({ path }) => path) };
}

/** Nothing of who packs. */
const ALIKE = { uid: 0, gid: 0, uname: "", gname: "", mode: 0o644 } as const;

function fileSource(source: string, target: string): TarSource {
  return { type: "file", source, target };
}

async function studySources({ folder }: StudyRecord, runs: readonly Run[]): Promise<TarSource[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const own = entries.filter(entry => entry.isFile() && isWhole(entry.name)).map(({ name }) => name);
  const parts = [VALIDATION, ...runs.map(run => basename(run.folder))].filter(name => existsSync(join(folder, name)));
  const inside = await Promise.all(
    parts.map(async part => (await filesBelow(join(folder, part))).map(name => join(part, name))),
  );
  const documents = await documentsForOthers(folder, runs);
  return [...own.sort(), ...inside.flat()].map(name => {
    const content = documents.get(name);
    const target = join("study", name);
    return content === undefined ? fileSource(join(folder, name), target) : { type: "content", content, target };
  });
}

/** What of a study is not packed as it is, by its path in it. */
async function documentsForOthers(folder: string, runs: readonly Run[]): Promise<Map<string, string>> {
  const text = (document: object): string => `${JSON.stringify(document, null, 1)}\n`;
  const documents = new Map([["study.json", text(studyForOthers((await readStudyFile(folder))!))]]);
  for (const { folder: run } of runs) {
    documents.set(join(basename(run), "record.json"), text(recordForOthers((await readRunRecord(run))!)));
  }
  return documents;
}

/** Not the file of a lock, and not what a killed writer left. */
function isWhole(name: string): boolean {
  return !/\.(lock|partial)$/.test(name);
}

/** Files in a folder and those in it, by relative path, in order; without locks and what killed writers left. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async entry => {
    if (!entry.isDirectory()) return entry.isFile() ? [entry.name] : [];
    return (await filesBelow(join(folder, entry.name))).map(name => join(entry.name, name));
  });
  return (await Promise.all(found)).flat().filter(isWhole).sort();
}

/** The files of methods of one's own, each once. @throws {InputError} when one has changed since, or is not all of it */
async function methodFiles(runs: readonly Run[]): Promise<MethodFile[]> {
  const files = new Map(
    runs.flatMap(({ record: { methodFile } }) => (methodFile ? [[methodFile.sha256, methodFile]] : [])),
  );
  for (const file of files.values()) await checkMethodFile(file);
  return [...files.values()];
}

async function checkMethodFile({ path, sha256 }: MethodFile): Promise<void> {
  const found = await hashOfFiles([path]);
  if (found !== sha256) {
    const expected = `the file of SHA-256 ${sha256} that the study was run with; or run it again`;
    throw new InputError("the file of the method has changed since", { file: path, expected, actual: found });
  }
  const imports = await importsBeyondNode(path);
  if (imports.length > 0) {
    const expected = "all of it in one file: `tf` and `defineMethod` are given to its function";
    throw new InputError("a pack brings the file of a method, and not what it imports", {
      ...{ file: path, expected },
      actual: imports.join(", "),
    });
  }
}

async function dataSources(study: StudyRecord, options: ReopenOptions): Promise<TarSource[]> {
  const data = await reopenData(study, options);
  const parts = differingParts(data, study.data);
  if (parts.length > 0) {
    const expected = "the data that the study was run with";
    throw new InputError("this is not the data of the study", {
      file: study.folder,
      expected,
      actual: partsText(parts),
    });
  }
  const { features, manifest } = data.featureSet;
  return [
    { type: "content", content: encodeNpy(features), target: join("data", "features.npy") },
    { type: "content", content: `${JSON.stringify(manifest, null, 2)}\n`, target: join("data", "manifest.json") },
  ];
}
