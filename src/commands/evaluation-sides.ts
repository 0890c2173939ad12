import { InputError, UsageError } from "../core/errors.js";
import { labelCount } from "../core/labels.js";
import type { MatchedClasses, NamedLabels } from "../core/named-labels.js";
import { matchClasses } from "../core/named-labels.js";
import { keepsClassesNew } from "../datasets/query-classes.js";
import type { SplitOverlaps } from "../datasets/split-overlaps.js";
import { overlapText, splitOverlaps } from "../datasets/split-overlaps.js";
import { checkOneModel } from "../features/codes-sidecar.js";
import type { DataFolder } from "../features/data-folder.js";
import { readDataFolder, rowsOfRole } from "../features/data-folder.js";
import type { LabelsOfFile } from "../features/named-labels-file.js";
import { readNamedLabels } from "../features/named-labels-file.js";
import type { SeenPart } from "../features/seen-parts.js";
import { checkNew } from "../features/seen-parts.js";
import type { Sides, SideWith } from "../ranking/side.js";
import { takeSide } from "../ranking/side.js";
import type { InputNotes } from "./input-notes.js";
import type { KnownCodes } from "./known-codes.js";
import { checkBelonging, checkSameBits, readKnownCodes } from "./known-codes.js";
import type { LearnedClasses } from "./learned-classes.js";
import { learnedClassesOf } from "./learned-classes.js";
import { noveltyOfArray, noveltyOfFolder } from "./seen.js";

/** What the command line says of queries and database. */
export interface EvaluationFlags {
  readonly data?: string;
  readonly codes?: string;
  readonly queryData?: string;
  readonly databaseData?: string;
  readonly queryCodes?: string;
  readonly databaseCodes?: string;
  readonly queryLabels?: string;
  readonly databaseLabels?: string;
  /** Needed for packed codes without a sidecar. */
  readonly bits?: number;
  /** Judge by queries that the model has seen, and say so. Default: refuse. */
  readonly allowSeen?: boolean;
  /** Also measure in the database without the queries. Default: as the roles are. */
  readonly dropQueriesFromDatabase?: boolean;
}

/** Queries and database, their classes in one numbering. */
export interface EvaluationInput extends InputNotes, Pick<LearnedClasses, "queryClasses"> {
  readonly sides: Sides<SideWith<"codes" | "labels">>;
  /** Classes that one side has and the other has not. */
  readonly classes: Pick<MatchedClasses, "onlyQueries" | "onlyDatabase">;
  /** Items without an image that could be read: they are not part of the sides. */
  readonly leftOut: { readonly queries: number; readonly database: number };
  /** Queries that the model has seen, where that is allowed. */
  readonly seen: readonly SeenPart[];
  /** Which roles overlap, as published lists have it. Absent: none does, or nobody knows. */
  readonly overlaps?: RoleOverlaps;
  /** The database without the queries, where it is asked for and some stand in it. */
  readonly withoutQueries?: SideWith<"codes" | "labels">;
  /** The folder that both sides are of, where it is one. */
  readonly data?: DataFolder;
}

/** Roles of a data folder that overlap, in numbers and as a sentence. */
export type RoleOverlaps = SplitOverlaps & { readonly text: string };

/** The ways to name them, each with all its flags. */
const WAYS = [
  ["data", "codes"],
  ["queryData", "databaseData", "queryCodes", "databaseCodes"],
  ["queryCodes", "databaseCodes", "queryLabels", "databaseLabels"],
] as const satisfies readonly (readonly (keyof EvaluationFlags)[])[];

/** Codes that say what they are codes of, and labels with class names, leave nothing of this to say. */
const APART = "codes and labels came as arrays: nothing says that their rows are the same items";

/**
 * Reads queries and database, and checks what belongs together.
 * @throws {UsageError} when the command line does not name them in one of three ways
 * @throws {InputError} when files are damaged or do not go together, a data folder has no roles, or the model has seen
 *   queries and nobody allows it
 */
export async function readEvaluationSides(flags: EvaluationFlags): Promise<EvaluationInput> {
  const { codes, queryCodes, allowSeen = false, dropQueriesFromDatabase = false } = flags;
  checkWay(flags);
  const input = await inputOf(flags);
  const instead = "queries that are new to the model (its database may have been trained on)";
  checkNew(input.seen, { allow: allowSeen, by: "--allow-seen", file: codes ?? queryCodes, instead });
  if (!allowSeen) checkClassesNew(input, codes);
  return dropQueriesFromDatabase ? { ...input, ...databaseWithoutQueries(input.sides) } : input;
}

/**
 * Where the roles keep the classes of the queries from training, a model that has learned them is judged by nothing new.
 * @throws {InputError} when it has
 */
function checkClassesNew({ data, queryClasses }: EvaluationInput, file: string | undefined): void {
  const isKept = data?.split !== undefined && keepsClassesNew(data.labels, data.split);
  if (!isKept || queryClasses === undefined || queryClasses.learned === 0) return;
  throw new InputError("the roles of this data keep the classes of the queries from training", {
    file,
    expected: "a model of these train rows; or --allow-seen, and the output says how many classes it has learned",
    actual: `one that was trained on ${queryClasses.learned} of the ${queryClasses.count} classes`,
  });
}

/** @throws {UsageError} for arrays, whose rows have no names */
function databaseWithoutQueries({ queries, database }: EvaluationInput["sides"]): Partial<EvaluationInput> {
  if (queries.ids === undefined || database.ids === undefined) {
    throw new UsageError("--drop-queries-from-database needs to know which items are queries", {
      expected: "data folders (--data, or --query-data and --database-data), which name their items",
    });
  }
  const searching = new Set(queries.ids);
  const kept = Int32Array.from(database.ids.keys()).filter(row => !searching.has(database.ids![row]));
  return kept.length === database.ids.length ? {} : { withoutQueries: takeSide(database, kept) };
}

async function inputOf(flags: EvaluationFlags): Promise<EvaluationInput> {
  const { data, codes, queryData, databaseData, queryCodes, databaseCodes, queryLabels, databaseLabels, bits } = flags;
  if (data !== undefined && codes !== undefined)
    return sidesOfOne(await readDataFolder(data), await readKnownCodes(codes, bits));
  const [queries, database] = [await readKnownCodes(queryCodes!, bits), await readKnownCodes(databaseCodes!, bits)];
  checkSameBits(queries, database);
  checkOneModel(queries, database);
  if (queryData === undefined || databaseData === undefined) {
    return sidesOfArrays(
      [queries, await readNamedLabels(queryLabels!)],
      [database, await readNamedLabels(databaseLabels!)],
    );
  }
  return sidesOfFolders([queries, await readDataFolder(queryData)], [database, await readDataFolder(databaseData)]);
}

function checkWay(flags: EvaluationFlags): void {
  const named = WAYS.flat().filter((flag, i, all) => all.indexOf(flag) === i && flags[flag] !== undefined);
  if (WAYS.some(way => way.length === named.length && way.every(flag => flags[flag] !== undefined))) return;
  const option = (flag: string): string => `--${flag.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`;
  throw new UsageError("say what to evaluate", {
    expected: WAYS.map(way => way.map(option).join(" ")).join(", or "),
    actual: named.map(option).join(" ") || "none of these",
  });
}

/** One folder that says itself what is query and what is database. */
function sidesOfOne(data: DataFolder, known: KnownCodes): EvaluationInput {
  if (data.split === undefined) {
    throw new InputError("this data has no roles: nothing says what is searched with, and in what", {
      file: data.folder,
      expected: `a split.json, as \`hashbook split ${data.folder} --query-per-class 10 --train-per-class 50\` writes it, or two folders: --query-data and --database-data`,
    });
  }
  const belonging = checkBelonging(known, data);
  const side = { codes: known.codes, labels: data.labels, ids: data.ids, classNames: data.classNames };
  const [query, database] = [rowsOf(data, "query"), rowsOf(data, "database")];
  const { seen, unchecked } = noveltyOfFolder(known, data, query.rows);
  const queries = takeSide(side, query.rows);
  const { unchecked: unknown, ...learned } = learnedClassesOf(known.sidecar?.model, queries);
  const text = overlapText(data.split);
  return {
    ...(text === undefined ? {} : { overlaps: { ...splitOverlaps(data.split), text } }),
    sides: { queries, database: takeSide(side, database.rows) },
    ...learned,
    classes: { onlyQueries: [], onlyDatabase: [] },
    leftOut: { queries: query.leftOut, database: database.leftOut },
    seen,
    unchecked: [...belonging, ...data.unchecked, ...unchecked, ...unknown],
    converted: [...known.converted, ...data.converted],
    data,
  };
}

type SideOfFolder = readonly [KnownCodes, DataFolder];

function sidesOfFolders(
  [queryCodes, queryData]: SideOfFolder,
  [databaseCodes, databaseData]: SideOfFolder,
): EvaluationInput {
  const belonging = [
    ...checkBelonging(queryCodes, queryData),
    ...checkBelonging(databaseCodes, databaseData),
    ...queryData.unchecked,
    ...databaseData.unchecked,
  ];
  const namedLabels = ({ labels, classNames, folder }: DataFolder): NamedLabels => ({
    labels,
    classNames,
    file: folder,
  });
  const { onlyQueries, onlyDatabase, ...matched } = matchClasses(namedLabels(queryData), namedLabels(databaseData));
  const { classNames } = matched;
  const [query, database] = [rowsOf(queryData, "query"), rowsOf(databaseData, "database")];
  const { seen, unchecked } = noveltyOfFolder(queryCodes, queryData, query.rows);
  const common = commonItems([queryData, query.rows], [databaseData, database.rows]);
  const queries = { codes: queryCodes.codes, labels: matched.queries, ids: queryData.ids, classNames };
  const items = { codes: databaseCodes.codes, labels: matched.database, ids: databaseData.ids, classNames };
  const searching = takeSide(queries, query.rows);
  const { unchecked: unknown, ...learned } = learnedClassesOf(queryCodes.sidecar?.model, searching);
  return {
    sides: { queries: searching, database: takeSide(items, database.rows) },
    ...learned,
    classes: { onlyQueries, onlyDatabase },
    leftOut: { queries: query.leftOut, database: database.leftOut },
    seen,
    ...common.overlaps,
    unchecked: [...new Set([...belonging, ...unchecked, ...unknown, ...matched.unchecked, ...common.unchecked])],
    converted: convertedOf(queryCodes, databaseCodes, queryData, databaseData),
  };
}

type RowsOfFolder = readonly [DataFolder, Int32Array];

/** Queries that the database of another folder holds, by their ids: for certain where both are of the same dataset. */
function commonItems(
  [queryData, queryRows]: RowsOfFolder,
  [databaseData, databaseRows]: RowsOfFolder,
): Pick<EvaluationInput, "unchecked"> & { readonly overlaps: Pick<EvaluationInput, "overlaps"> } {
  const searched = new Set(Array.from(databaseRows, row => databaseData.ids[row]));
  const count = queryRows.filter(row => searched.has(queryData.ids[row])).length;
  if (count === 0) return { overlaps: {}, unchecked: [] };
  const text = `${count} of ${queryRows.length} queries are in the database, each the nearest item to itself`;
  if (queryData.manifest.contentHash === databaseData.manifest.contentHash) {
    const overlaps = { queriesInDatabase: count, trainOutsideDatabase: 0, trainQueries: 0, text };
    return { overlaps: { overlaps }, unchecked: [] };
  }
  const sentence = `${count} of ${queryRows.length} queries have ids of database items: whether they are the same items`;
  return { overlaps: {}, unchecked: [sentence] };
}

/** A file that serves twice is named once. */
function convertedOf(...parts: readonly Pick<InputNotes, "converted">[]): string[] {
  return [...new Set(parts.flatMap(({ converted }) => converted))];
}

/** A sentence for each file of codes that does not say by which model it was made. */
function unmadeBy(...known: readonly KnownCodes[]): string[] {
  return known
    .filter(({ sidecar }) => sidecar === undefined)
    .map(({ file }) => `${file} does not say which model made its codes, and of which items that has learned`);
}

type SideOfArrays = readonly [KnownCodes, LabelsOfFile];

function sidesOfArrays(
  [queryCodes, queryLabels]: SideOfArrays,
  [databaseCodes, databaseLabels]: SideOfArrays,
): EvaluationInput {
  checkTogether(queryCodes, queryLabels);
  checkTogether(databaseCodes, databaseLabels);
  const { queries, database, classNames, unchecked, ...classes } = matchClasses(queryLabels, databaseLabels);
  const novelty = noveltyOfArray(queryCodes, queries);
  const { unchecked: unknown, ...learned } = learnedClassesOf(queryCodes.sidecar?.model, {
    labels: queries,
    classNames,
  });
  return {
    sides: {
      queries: { codes: queryCodes.codes, labels: queries, classNames },
      database: { codes: databaseCodes.codes, labels: database, classNames },
    },
    classes,
    leftOut: { queries: 0, database: 0 },
    ...learned,
    seen: novelty.seen,
    unchecked: [APART, ...unmadeBy(queryCodes, databaseCodes), ...novelty.unchecked, ...unknown, ...unchecked],
    converted: convertedOf(queryCodes, databaseCodes, queryLabels, databaseLabels),
  };
}

function checkTogether(
  { codes, file: codesFile, sidecar }: KnownCodes,
  { labels, file, contentHash }: LabelsOfFile,
): void {
  if (labelCount(labels) !== codes.count) {
    throw new InputError("codes and labels differ in number", {
      file,
      expected: `${codes.count} rows, one for each code of ${codesFile}`,
      actual: `${labelCount(labels)}`,
    });
  }
  const known = sidecar?.data?.contentHash;
  if (known === undefined || contentHash === undefined || known === contentHash) return;
  throw new InputError("these labels are of other data than the codes", {
    file,
    expected: `labels of content hash ${known}, as ${codesFile}`,
    actual: contentHash,
  });
}

function rowsOf(data: DataFolder, role: "query" | "database"): { rows: Int32Array; leftOut: number } {
  const rows = rowsOfRole(data, role);
  if (rows.length === 0) {
    throw new InputError(`no row has the role ${role}`, { file: data.folder, expected: `${role} rows in split.json` });
  }
  return { rows, leftOut: (data.split?.[role].length ?? data.ids.length) - rows.length };
}
