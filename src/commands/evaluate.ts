import { Command, InvalidArgumentError } from "commander";
import { MAX_BITS } from "../codes/packed-codes.js";
import type { ProgressListener } from "../core/progress.js";
import { progressLine } from "../core/progress.js";
import type { Unlabelled } from "../core/unlabelled.js";
import { UNLABELLED } from "../core/unlabelled.js";
import type { DataFolder } from "../features/data-folder.js";
import { bootstrapInterval } from "../metrics/bootstrap.js";
import type { DetailedEvaluation } from "../metrics/evaluate.js";
import { evaluateCodesInDetail } from "../metrics/evaluate.js";
import type { Evaluation } from "../metrics/evaluation.js";
import { metricLines, metricNames, metricOf } from "../metrics/known-metrics.js";
import type { Metric } from "../metrics/metric.js";
import { isMetricFile, metricOfFile } from "../metrics/metric-file.js";
import type { ConventionName } from "../metrics/published.js";
import { conventionLines, conventionNames } from "../metrics/published.js";
import { sampleQueries } from "../metrics/sampled-queries.js";
import { evaluateByProtocol } from "../protocols/headline.js";
import { findProtocol, protocolOf } from "../protocols/known-protocols.js";
import type { Protocol } from "../protocols/protocol.js";
import type { RankingRequest } from "../ranking/ranking-request.js";
import { RANKING_REQUESTS } from "../ranking/ranking-request.js";
import { selfRows } from "../ranking/self-rows.js";
import { abortOnSignal } from "./abort-on-signal.js";
import { baselinesOf, checkBaselines } from "./evaluation-baselines.js";
import type { EvaluationFlags, EvaluationInput } from "./evaluation-sides.js";
import { readEvaluationSides } from "./evaluation-sides.js";
import type { Intervals, MeasuredDocument } from "./evaluation-table.js";
import { evaluationTable } from "./evaluation-table.js";
import { headlineReport } from "./headline-report.js";
import { oneOf, wholeNumber } from "./numbers.js";

/** Pairs of a query and a database item from which on an evaluation takes minutes. */
const MANY_PAIRS = 1e11;
/** Milliseconds between lines of progress in a log. */
const LOG_INTERVAL = 10_000;

interface EvaluateCommandOptions extends EvaluationFlags {
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
  $ hashbook evaluate --data work/ --codes codes.npy --metric ndcg@100 --metric ./mine.js

Data: folders of \`extract\`. One with roles (split.json) says itself what is query and what is database; of two folders,
the rows of those roles where there are roles, else all. Classes are matched by name, whatever their numbers.
Arrays from elsewhere: codes (n, bits) of -1/+1 or 0/1, or uint8 (n, ceil(bits/8)) as numpy.packbits makes them, with
--bits; labels whole numbers (n,) or (n, 1), or multi-hot 0/1 (n, classes), by number; of any element type, byte order and
layout. Items that share a class are relevant to each other. What could not be checked is said ("unchecked"), and what was
converted ("converted"). Queries that the model was trained on, fitted to, or whose mAP chose its epoch are refused, as far
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
  return new Command("evaluate")
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

function parseBits(text: string): number {
  const bits = Number(text);
  if (Number.isInteger(bits) && bits >= 1 && bits <= MAX_BITS) return bits;
  throw new InvalidArgumentError(`Expected an integer in 1..${MAX_BITS}.`);
}

function collectCutoff(text: string, earlier: number[]): number[] {
  const cutoff = Number(text);
  if (Number.isSafeInteger(cutoff) && cutoff >= 1) return [...earlier, cutoff];
  throw new InvalidArgumentError("Expected an integer of at least 1.");
}

function collectConvention(text: string, earlier: ConventionName[]): ConventionName[] {
  const name = oneOf(conventionNames)(text);
  return earlier.includes(name) ? earlier : [...earlier, name];
}

function parseProtocol(text: string): Protocol {
  try {
    return protocolOf(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** A name is checked at once; a file is loaded when the work begins. */
function collectMetric(text: string, earlier: string[]): string[] {
  try {
    const name = isMetricFile(text) ? text : metricOf(text).name;
    return earlier.includes(name) ? earlier : [...earlier, name];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

async function evaluateFiles(options: EvaluateCommandOptions): Promise<void> {
  if (options.baselines) checkBaselines(options);
  const input = await readEvaluationSides(options);
  const { sides: everything, classes, leftOut, seen, overlaps, queryClasses, unchecked, converted, data } = input;
  const protocol = options.protocol ?? findProtocol(data?.split?.name);
  const { queries: everyQuery, database } = everything;
  const sampled = options.queries !== undefined && options.queries < everyQuery.codes.count;
  const everySelf = options.excludeSelf ? selfRows(everything) : undefined;
  const sample = sampled ? sampleQueries(everyQuery, options.queries!, { seed: options.seed }) : undefined;
  const sides = { queries: sample?.queries ?? everyQuery, database };
  const metrics = await Promise.all(
    options.metric.map(name => (isMetricFile(name) ? metricOfFile(name) : metricOf(name))),
  );
  if (sides.queries.codes.count * database.codes.count >= MANY_PAIRS) {
    process.stderr.write("hashbook: this will take minutes; --queries 10000 estimates the figures, with intervals\n");
  }
  const { signal, forget } = abortOnSignal();
  const intervals = options.intervals || sampled;
  const figuresOf = (among: EvaluatedSides, excludeSelf?: Int32Array): Promise<MeasuredDocument> =>
    measuredDocument(among, options, { metrics, excludeSelf, signal, protocol, data, intervals });
  try {
    const self = everySelf !== undefined && sample !== undefined ? sample.rows.map(row => everySelf[row]) : everySelf;
    const figures = await figuresOf(sides, self);
    const { withoutQueries: clean } = input;
    const document = {
      ...figures,
      ...(sampled ? { sampledFrom: { queries: everyQuery.codes.count, seed: options.seed } } : {}),
      ...(overlaps === undefined ? {} : { overlaps }),
      ...(clean === undefined ? {} : { withoutQueries: await figuresOf({ ...sides, database: clean }) }),
      ...(classes.onlyQueries.length + classes.onlyDatabase.length > 0 ? { classes } : {}),
      ...(leftOut.queries + leftOut.database > 0 ? { leftOut } : {}),
      ...(seen.length > 0 ? { seen } : {}),
      ...(queryClasses === undefined ? {} : { queryClasses }),
      ...(options.baselines && data !== undefined ? await baselinesOf(data, figures, queryClasses, options) : {}),
      unchecked,
      converted,
    };
    process.stdout.write(`${options.json ? JSON.stringify(document) : evaluationTable(document, metrics)}\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`hashbook: ${(error as Error).message}; nothing is printed of a part of the queries\n`);
    process.exitCode = 130;
  } finally {
    forget();
  }
}

type EvaluatedSides = EvaluationInput["sides"];

/** The figures of one database, and their intervals where they are asked for. */
async function measuredDocument(
  sides: EvaluatedSides,
  { cutoff, bounds, convention, unlabelled, ranking, threads }: EvaluateCommandOptions,
  {
    intervals,
    protocol,
    data,
    ...rest
  }: {
    readonly protocol?: Protocol;
    readonly data?: DataFolder;
    readonly metrics: readonly Metric[];
    readonly excludeSelf?: Int32Array;
    readonly signal: AbortSignal;
    readonly intervals: boolean;
  },
): Promise<MeasuredDocument> {
  const conventions = convention.length > 0 ? convention : undefined;
  const asked = { cutoffs: cutoff, bounds, conventions, unlabelled, ranking, threads, progress: progressOnStderr() };
  const { headline, ...detailed } = await evaluateByProtocol(protocol, { ...asked, ...rest }, how =>
    evaluateCodesInDetail(sides, how),
  );
  const { evaluation } = detailed;
  const isHeaded = protocol !== undefined && headline !== undefined;
  return {
    ...evaluation,
    ...(intervals ? { intervals: intervalsOf(detailed) } : {}),
    ...(isHeaded ? { headline: headlineReport(protocol, headline, evaluation, data) } : {}),
  };
}

/** 95 % bootstrap intervals of mAP by cutoff. */
function intervalsOf({ evaluation, perQuery }: DetailedEvaluation<Evaluation>): Record<string, Intervals> {
  const of = (cutoff: string): Intervals => {
    const { tieAware, stable } = perQuery.averagePrecision[cutoff];
    return { tieAware: bootstrapInterval(tieAware), stable: bootstrapInterval(stable) };
  };
  return Object.fromEntries(Object.keys(evaluation.mAP).map(cutoff => [cutoff, of(cutoff)]));
}

/** On a terminal a line in place, gone at the end; in a log a line every ten seconds, none for quick work. */
function progressOnStderr(): ProgressListener {
  const live = process.stderr.isTTY === true;
  let shown = performance.now();
  return progress => {
    const { done, total } = progress;
    if (live) process.stderr.write(done < total ? `\r\x1b[K${progressLine(progress)}` : "\r\x1b[K");
    else if (performance.now() - shown >= LOG_INTERVAL) {
      shown = performance.now();
      process.stderr.write(`${progressLine(progress)}\n`);
    }
  };
}
