import { InputError } from "../core/errors.js";
import type { NamedLabels } from "../core/named-labels.js";
import { matchClasses } from "../core/named-labels.js";
import { overlapText, splitOverlaps } from "../datasets/split-overlaps.js";
import type { DataFolder } from "../features/data-folder.js";
import { rowsOfRole } from "../features/data-folder.js";
import { precisionOf } from "../features/feature-manifest.js";
import { takeSide } from "../ranking/side.js";
import type { EvaluationInput } from "./evaluation-input.js";
import { convertedOf } from "./evaluation-input.js";
import type { KnownCodes } from "./known-codes.js";
import { checkBelonging, rankedPart } from "./known-codes.js";
import { learnedClassesOf } from "./learned-classes.js";
import { noveltyOfFolder } from "./seen.js";

/**
 * One folder that says itself what is query and what is database.
 * @throws {InputError} when it has no roles, or the codes are not of its rows
 */
export function sidesOfOne(data: DataFolder, known: KnownCodes): EvaluationInput {
  if (data.split === undefined) {
    throw new InputError("this data has no roles: nothing says what is searched with, and in what", {
      file: data.folder,
      expected: `a split.json, as \`hashbook split ${data.folder} --query-per-class 10 --train-per-class 50\` writes it, or two folders: --query-data and --database-data`,
    });
  }
  const belonging = checkBelonging(known, data);
  const side = { ...rankedPart(known), labels: data.labels, ids: data.ids, classNames: data.classNames };
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
    precision: precisionOf(data.manifest),
    data,
  };
}

type SideOfFolder = readonly [KnownCodes, DataFolder];

/**
 * Two folders: of each the rows of its role, or all where it has no roles. Classes are matched by name.
 * @throws {InputError} when codes are not of these rows, or the classes do not go together
 */
export function sidesOfFolders(
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
  const queries = { ...rankedPart(queryCodes), labels: matched.queries, ids: queryData.ids, classNames };
  const items = { ...rankedPart(databaseCodes), labels: matched.database, ids: databaseData.ids, classNames };
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
    precision: precisionOf(queryData.manifest),
  };
}

type RowsOfFolder = readonly [DataFolder, Int32Array];

/** Queries that the database of another folder holds, by their ids: for certain where both are of the same dataset. */
function commonItems(
  [queryData, queryRows]: RowsOfFolder,
  [databaseData, databaseRows]: RowsOfFolder,
): Pick<EvaluationInput, "unchecked"> & { readonly overlaps: Pick<EvaluationInput, "overlaps"> } {
  const searching = new Set(Array.from(queryRows, row => queryData.ids[row])); // fewer than the database has
  const count = databaseRows.filter(row => searching.has(databaseData.ids[row])).length;
  if (count === 0) return { overlaps: {}, unchecked: [] };
  const text = `${count} of ${queryRows.length} queries are in the database, each the nearest item to itself`;
  if (queryData.manifest.contentHash === databaseData.manifest.contentHash) {
    const overlaps = { queriesInDatabase: count, trainOutsideDatabase: 0, trainQueries: 0, text };
    return { overlaps: { overlaps }, unchecked: [] };
  }
  const sentence = `${count} of ${queryRows.length} queries have ids of database items: whether they are the same items`;
  return { overlaps: {}, unchecked: [sentence] };
}

function rowsOf(data: DataFolder, role: "query" | "database"): { rows: Int32Array; leftOut: number } {
  const rows = rowsOfRole(data, role);
  if (rows.length === 0) {
    throw new InputError(`no row has the role ${role}`, { file: data.folder, expected: `${role} rows in split.json` });
  }
  return { rows, leftOut: (data.split?.[role].length ?? data.ids.length) - rows.length };
}
