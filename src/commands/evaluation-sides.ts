import { InputError, UsageError } from "../core/errors.js";
import { keepsClassesNew } from "../datasets/query-classes.js";
import { checkOneModel } from "../features/codes-sidecar.js";
import { readDataFolder } from "../features/data-folder.js";
import { readNamedLabels } from "../features/named-labels-file.js";
import { checkNew } from "../features/seen-parts.js";
import { takeSide } from "../ranking/side.js";
import type { EvaluationInput } from "./evaluation-input.js";
import type { KnownCodes, RankedBy } from "./known-codes.js";
import { checkSameBits, readKnownCodes, readKnownVectors, usualRankingOf } from "./known-codes.js";
import { sidesOfArrays } from "./sides-of-arrays.js";
import { sidesOfFolders, sidesOfOne } from "./sides-of-data.js";

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
  /** What ranks. Default: cosine for an embedding that `encode` wrote, else Hamming distance. */
  readonly by?: RankedBy;
  /** Judge by queries that the model has seen, and say so. Default: refuse. */
  readonly allowSeen?: boolean;
  /** Also measure in the database without the queries. Default: as the roles are. */
  readonly dropQueriesFromDatabase?: boolean;
}

/** The ways to name them, each with all its flags. */
const WAYS = [
  ["data", "codes"],
  ["queryData", "databaseData", "queryCodes", "databaseCodes"],
  ["queryCodes", "databaseCodes", "queryLabels", "databaseLabels"],
] as const satisfies readonly (readonly (keyof EvaluationFlags)[])[];

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
  const by = flags.by ?? (await usualRankingOf((codes ?? queryCodes)!));
  const read = (file: string): Promise<KnownCodes> =>
    ({ hamming: () => readKnownCodes(file, bits), cosine: () => readKnownVectors(file) })[by]();
  if (data !== undefined && codes !== undefined) return sidesOfOne(await readDataFolder(data), await read(codes));
  const [queries, database] = [await read(queryCodes!), await read(databaseCodes!)];
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
