import { Command } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import { checkOverwritesNothing } from "../core/overwriting.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { UNLABELLED } from "../core/unlabelled.js";
import { metricLines, metricNames, metricOf } from "../metrics/known-metrics.js";
import type { Metric } from "../metrics/metric.js";
import { isMetricFile, metricOfFile } from "../metrics/metric-file.js";
import type { ConventionName } from "../metrics/published.js";
import { conventionLines, conventionNames } from "../metrics/published.js";
import { sampleQueries } from "../metrics/sampled-queries.js";
import { findProtocol } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { RANKING_REQUESTS } from "../ranking/ranking-request.js";
import { selfRows } from "../ranking/self-rows.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { baselinesOf, checkBaselines } from "./evaluation-baselines.js";
import { evaluationFigures } from "./evaluation-figures.js";
import type { EvaluationInput } from "./evaluation-input.js";
import { collectConvention, collectCutoff, collectMetric, parseBits, parseProtocol } from "./evaluation-options.js";
import type { EvaluationFlags } from "./evaluation-sides.js";
import { readEvaluationSides } from "./evaluation-sides.js";
import type { EvaluationDocument, SampledFrom } from "./evaluation-table.js";
import { evaluationTable } from "./evaluation-table.js";
import { addFigureOptions, type FigureFlags, writeFigures } from "./figure-options.js";
import { RANKED_BY } from "./known-codes.js";
import type { Measured, MeasuringOptions } from "./measured-document.js";
import { measureDatabase } from "./measured-document.js";
import { oneOf, wholeNumber } from "./numbers.js";

/** Pairs of a query and a database item from which on an evaluation takes minutes. */
const MANY_PAIRS = 1e11;

interface EvaluateCommandOptions extends EvaluationFlags, FigureFlags {
  cutoff: number[];
  bounds: boolean;
  convention: ConventionName[];
  metric: string[];
  protocol?: Protocol;
  unlabelled: Unlabelled;
  baselines: boolean;
  excludeSelf: boolean;
  dropQueriesFromDatabase: boolean;
  intervals: boolean;
  queries?: number;
  seed: number;
  threads?: number;
  ranking?: RankingRequest;
  json: boolean;
}

const EXAMPLES = `
Examples:
  $ hashbook evaluate --data work/ --codes codes.npy
  $ hashbook evaluate --query-data q/ --query-codes q.npy --database-data db/ --database-codes db.npy --cutoff 10 --json
  $ hashbook evaluate --query-codes q.npy --database-codes db.npy --query-labels ql.npy --database-labels dbl.npy \\
      --bits 48 --cutoff 10 --cutoff 1000 --queries 10000
  $ hashbook evaluate --data work/ --codes embedding.npy --by cosine
  $ hashbook evaluate --data work/ --codes codes.npy --metric ndcg@100 --metric ./mine.js
  $ hashbook evaluate --data work/ --codes codes.npy --figures figures/ --columns 1 --fonts latex

Data: folders of \`extract\`. One with roles (split.json) says itself what is query and what is database; of two folders,
the rows of those roles where there are roles, else all. Classes are matched by name, whatever their numbers.
Arrays from elsewhere: codes (n, bits) of -1/+1 or 0/1, or uint8 (n, ceil(bits/8)) as numpy.packbits makes them, with
--bits; labels whole numbers (n,) or (n, 1), or multi-hot 0/1 (n, classes), by number; of any element type, byte order and
layout. Items that share a class are relevant to each other. What could not be checked is said ("unchecked"), and what was
converted ("converted"). An embedding (arcface, triplet: \`encode --relaxed\`) is ranked by the cosine of its values. Queries that the model was trained on, fitted to, or whose mAP chose its epoch are refused, as far
as the codes say it; database items that it was trained on are usual, and are not.
AP divides by the relevant items P of the database, mAP@R by min(P, R); "DIGIX score" is that challenge's,
0.5 · top-1 + 0.5 · mAP@10.
Conventions (--convention), each as the published function that was run to compare, ties by row; those functions get items
of unknown class too, as --unlabelled keep ranks them:
${conventionLines.join("\n")}
Metrics:
${metricLines.join("\n")}
A metric of your own: export default ({ defineMetric }) => defineMetric({ name, definition, perQuery }).
--exclude-self finds a query in the database by its id or, where there are no ids, by its row.
Published lists may have their queries in the database (COCO's have all), and every output says so;
--drop-queries-from-database gives the figures without them ("withoutQueries") beside those as published.`;

/** `hashbook evaluate`: metrics of given codes and labels. */
export function evaluateCommand(): Command {
  return addFigureOptions(new Command("evaluate"))
    .description("measure codes: mAP, precision and recall by rank and by Hamming radius")
    .option("--data <folder>", "one data folder with roles; with --codes")
    .option("--codes <file>", "codes of its rows, .npy")
    .option("--query-data <folder>", "data folder of the queries; with --query-codes")
    .option("--database-data <folder>", "data folder of the database; with --database-codes")
    .option("--query-codes <file>", "codes of the queries, .npy")
    .option("--database-codes <file>", "codes of the database, .npy")
    .option("--query-labels <file>", "labels of the queries, .npy, instead of a data folder")
    .option("--database-labels <file>", "labels of the database, .npy, instead of a data folder")
    .option("--bits <K>", `bits of a code, 1..${MAX_BITS}; needed for packed codes from elsewhere`, parseBits)
    .option(
      "--by <measure>",
      "rank by hamming (hash codes) or cosine (real values); default: cosine for an embedding of `encode`, else hamming",
      oneOf(RANKED_BY),
    )
    .option("--cutoff <R>", "also report mAP over the first R places; may be repeated", collectCutoff, [])
    .option("--bounds", "also report the best and the worst mAP that an order of ties can give", false)
    .option(
      "--baselines",
      "also measure what --data gives without the model: a classifier's predicted class, LSH, ITQ, cosine; by mAP and top-1; and say which is better",
      false,
    )
    .option("--intervals", "also report 95 % bootstrap intervals of mAP over queries", false)
    .option("--queries <N>", "draw N of the queries at random and report intervals too: an estimate", wholeNumber(1))
    .option("--seed <S>", "of the draw", wholeNumber(0), 0)
    .option(
      "--convention <name>",
      `also report mAP as a published code does; may be repeated: ${conventionNames.join(", ")}`,
      collectConvention,
      [],
    )
    .option(
      "--metric <name>",
      `also report a metric; may be repeated: ${metricNames.join(", ")}, or FILE.js with one of your own`,
      collectMetric,
      [],
    )
    .option(
      "--protocol <name>",
      "also report its headline beside published figures; default: the protocol that split.json names, if any",
      parseProtocol,
    )
    .option("--allow-seen", "go on where the model has seen the queries, and say so", false)
    .option(
      "--unlabelled <how>",
      "items of unknown class (a label below 0, a row of zeros): drop, or keep as relevant to none",
      oneOf(UNLABELLED),
      "drop",
    )
    .option("--exclude-self", "a query is no result of itself: for a set that is searched in itself", false)
    .option("--drop-queries-from-database", "also measure in the database without the queries that stand in it", false)
    .option("--threads <N>", "threads that rank; default: all cores", wholeNumber(1, 256))
    .option("--ranking <name>", `what ranks: ${RANKING_REQUESTS.join(", ")}; default: auto`, oneOf(RANKING_REQUESTS))
    .option("--json", "print one JSON document", false)
    .addHelpText("after", EXAMPLES)
    .action(evaluateFiles);
}

async function evaluateFiles(options: EvaluateCommandOptions): Promise<void> {
  if (options.baselines) checkBaselines(options);
  const { codes, queryCodes, databaseCodes } = options;
  const read = { "--codes": codes, "--query-codes": queryCodes, "--database-codes": databaseCodes };
  await checkOverwritesNothing({ "--figures": options.figures }, read);
  const input = await readEvaluationSides(options);
  const metrics = await Promise.all(
    options.metric.map(name => (isMetricFile(name) ? metricOfFile(name) : metricOf(name))),
  );
  const { signal, forget } = abortOnSignal();
  try {
    const { document, curves } = await documentOf(input, options, { metrics, signal });
    await writeFigures(options, () => evaluationFigures(curves));
    process.stdout.write(`${options.json ? JSON.stringify(document) : evaluationTable(document, metrics)}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; nothing is printed of a part of the queries\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}

const NONE_TO_DROP = "no query stands in the database: there is none to drop";

/** All that is printed: the figures, what they are to be read against, and what is to be known of the input. */
async function documentOf(
  input: EvaluationInput,
  options: EvaluateCommandOptions,
  run: { readonly metrics: readonly Metric[]; readonly signal: AbortSignal },
): Promise<{ readonly document: EvaluationDocument; readonly curves: Readonly<Record<string, Measured>> }> {
  const {
    classes,
    leftOut,
    seen,
    overlaps,
    queryClasses,
    withoutQueries: clean,
    unchecked,
    converted,
    precision,
    data,
  } = input;
  const { queries, database, excludeSelf, sampledFrom } = searchedWith(input.sides, options);
  if (queries.codes.count * database.codes.count >= MANY_PAIRS) {
    process.stderr.write("hashbook: this will take minutes; --queries 10000 estimates the figures, with intervals\n");
  }
  const { cutoff, convention, bounds, unlabelled, ranking, threads } = options;
  const measuring: MeasuringOptions = {
    ...{ cutoffs: cutoff, bounds, unlabelled, ranking, threads, ...run, data },
    conventions: convention.length > 0 ? convention : undefined,
    intervals: options.intervals || sampledFrom !== undefined,
    protocol: options.protocol ?? findProtocol(data?.split?.name),
  };
  const whole = await measureDatabase({ queries, database }, { ...measuring, excludeSelf });
  const dropped = clean && (await measureDatabase({ queries, database: clean }, measuring));
  const figures = whole.document;
  const document = {
    ...figures,
    ...(options.dropQueriesFromDatabase && clean === undefined
      ? { notes: [...(figures.notes ?? []), NONE_TO_DROP] }
      : {}),
    ...(sampledFrom === undefined ? {} : { sampledFrom }),
    ...(overlaps === undefined ? {} : { overlaps }),
    ...(dropped === undefined ? {} : { withoutQueries: dropped.document }),
    ...(classes.onlyQueries.length + classes.onlyDatabase.length > 0 ? { classes } : {}),
    ...(leftOut.queries + leftOut.database > 0 ? { leftOut } : {}),
    ...(seen.length > 0 ? { seen } : {}),
    ...(queryClasses === undefined ? {} : { queryClasses }),
    ...(precision === "int8" ? { precision } : {}),
    ...(options.baselines && data !== undefined ? await baselinesOf(data, figures, queryClasses, options) : {}),
    unchecked,
    converted,
  };
  const curves: Record<string, Measured> =
    dropped === undefined ? { codes: whole } : { "as published": whole, "queries dropped": dropped };
  return { document, curves };
}

/** The database with all queries or a sample of them; for each its own row of the database, where it is no result. */
function searchedWith(
  sides: EvaluationInput["sides"],
  { queries: count, seed, excludeSelf }: EvaluateCommandOptions,
): EvaluationInput["sides"] & { readonly excludeSelf?: Int32Array; readonly sampledFrom?: SampledFrom } {
  const self = excludeSelf ? selfRows(sides) : undefined;
  const { queries, database } = sides;
  if (count === undefined || count >= queries.codes.count) return { queries, database, excludeSelf: self };
  const sample = sampleQueries(queries, count, { seed });
  return {
    queries: sample.queries,
    database,
    excludeSelf: self === undefined ? undefined : sample.rows.map(row => self[row]),
    sampledFrom: { queries: queries.codes.count, seed },
  };
}
