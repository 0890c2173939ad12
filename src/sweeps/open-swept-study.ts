import { createHash } from "node:crypto";
import { join } from "node:path";
import { InputError } from "../core/errors.js";
import { runsPath } from "../core/paths.js";
import type { ExperimentData } from "../experiments/experiment-data.js";
import type { StudyOptions } from "../experiments/study.js";
import { dataIdentity } from "../records/data-identity.js";
import type { DataIdentity } from "../records/run-record.js";
import { readStudyFile, writeStudyFile } from "../records/study-file.js";
import type { DataOrigin, StudyFile } from "../records/study-record.js";
import { readStudyRows, writeStudyRows } from "../records/study-rows.js";
import { checkedStudyName } from "./study-name.js";
import type { PlannedCell } from "./sweep-cells.js";
import type { SweepOptions } from "./sweep-options.js";
import type { SweptMethod } from "./swept-method.js";

/** What a study is made over: what `openStudy` gives, a data folder opened by `openFolderData`, or features with a split. */
export interface SweptData extends ExperimentData {
  /** How it is opened again. Default: it cannot be. */
  readonly origin?: DataOrigin | Omit<StudyOptions, "onProgress">;
  /** Names of the rows, of a study. Default: there are none. */
  readonly dataset?: { readonly ids: readonly string[] };
}

/** Where a study is, or will be, and of which data. */
export interface StudyPlace {
  readonly id: string;
  readonly folder: string;
  readonly data: DataIdentity;
}

/** A study that is about to grow. */
export interface SweptStudy {
  readonly folder: string;
  readonly file: Omit<StudyFile, "format">;
}

/** What a sweep is asked for with, beside its data. */
interface Asked {
  readonly methods: readonly SweptMethod[];
  readonly cells: readonly PlannedCell[];
  readonly options: SweepOptions;
}

/** Where the study that is asked for is, or will be. @throws {InputError} for a name that no folder can have everywhere */
export function placeOfStudy(data: SweptData, { methods, cells, options }: Asked): StudyPlace {
  const identity = dataIdentity(data);
  const id =
    options.name === undefined ? nameOfStudy({ cells, methods }, identity, options) : checkedStudyName(options.name);
  return { id, folder: join(options.folder ?? runsPath("studies"), id), data: identity };
}

/**
 * Finds the study that is asked for, or lays it out; nothing is written yet. Under the lock of its folder: what another
 * process asks for at the same time would be lost.
 * @throws {InputError} when a study of that name is of other data, or settings were chosen in the one and not in the other
 */
export async function findSweptStudy(
  { id, folder, data: identity }: StudyPlace,
  data: SweptData,
  { methods, cells, options }: Asked,
): Promise<SweptStudy> {
  const known = await readStudyFile(folder);
  if (known !== undefined) checkSameStudy(known, identity, { folder, options });
  const entry = askedFor(methods, options);
  const sweeps = known?.sweeps ?? [];
  const isAskedAgain = sweeps.some(one => JSON.stringify(one) === JSON.stringify(entry));
  const { protocol, name } = data.split;
  const file = {
    id,
    date: known?.date ?? new Date().toISOString(),
    sweeps: isAskedAgain ? sweeps : [...sweeps, entry],
    asked: [...new Set([...(known?.asked ?? []), ...cells.map(cell => cell.name)])],
    data: identity,
    origin: originOf(data),
    protocol: { words: protocol, ...(name === undefined ? {} : { name }) },
    ...(known?.selection === undefined ? {} : { selection: known.selection }),
  };
  return { folder, file };
}

/** Writes what all runs of a study have in common, where it is not there whole, and what is asked for, study.json last. */
export async function writeSweptStudy({ folder, file }: SweptStudy, data: SweptData): Promise<void> {
  const known = await readStudyRows(folder, file.data).catch(() => undefined);
  if (known === undefined || (known.validation === undefined) !== (data.validation === undefined)) {
    const { featureSet, split, validation, dataset } = data;
    const rows = { labels: featureSet.labels, split, validation, ids: dataset?.ids };
    await writeStudyRows(folder, file.data, rows);
  }
  await writeStudyFile(folder, file);
}

/** The same for the same runs of the same data: asked for again, the study is found. */
function nameOfStudy(
  { cells, methods }: Pick<Asked, "cells" | "methods">,
  data: DataIdentity,
  { select = false }: SweepOptions,
): string {
  const names = cells.map(({ name }) => name).sort();
  const hash = createHash("sha256").update(JSON.stringify({ names, data, select })).digest("hex").slice(0, 8);
  const all = methods.map(({ method }) => method.name);
  const few = all.length <= 3 ? all.join("+") : `${all.length}-methods`;
  return `${data.dataset}-${few}-${hash}`.replaceAll(/[^\w.+-]+/g, "-");
}

/** What data differ in, in words. */
const WHAT: Readonly<Record<keyof DataIdentity, string>> = {
  dataset: "the dataset",
  rows: "the number of rows",
  features: "the features",
  labels: "the labels",
  searched: "the split (queries, database)",
  learned: "the rows that are learned from, or held out",
};

function checkSameStudy(
  known: StudyFile,
  data: DataIdentity,
  { folder, options }: { readonly folder: string; readonly options: SweepOptions },
): void {
  const differing = (Object.keys(WHAT) as (keyof DataIdentity)[]).filter(part => known.data[part] !== data[part]);
  if (differing.length > 0) {
    throw new InputError("there is a study of this name, of other data", {
      file: folder,
      expected: "the data that it was begun with, or another name",
      actual: `what differs: ${differing.map(part => WHAT[part]).join(", ")}`,
    });
  }
  const chose = known.sweeps.some(({ select }) => select === true);
  if (chose === (options.select ?? false)) return;
  throw new InputError("a study chooses its settings by validation from the first run on, or not at all", {
    file: folder,
    expected: chose ? "select, as it was begun with, or another name" : "another name for one that chooses",
  });
}

/** What was asked for, as plain values. */
function askedFor(methods: readonly SweptMethod[], options: SweepOptions): Readonly<Record<string, unknown>> {
  const { bits, seeds = [0], settings, options: own, presets, random, select } = options;
  const names = methods.map(({ method, file }) => file?.path ?? method.name);
  const asked = { methods: names, bits, seeds, settings, options: own, presets, random, select };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function originOf({ origin }: SweptData): DataOrigin {
  if (origin === undefined) return { kind: "given" };
  return "kind" in origin ? origin : { kind: "study", options: origin };
}
