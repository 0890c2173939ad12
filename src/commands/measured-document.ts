import type { ProgressListener } from "../core/progress.js";
import { progressLine } from "../core/progress.js";
import type { DataFolder } from "../features/data-folder.js";
import { bootstrapInterval } from "../metrics/bootstrap.js";
import type { DetailedEvaluation } from "../metrics/evaluate.js";
import { evaluateCodesInDetail, evaluateScoresInDetail } from "../metrics/evaluate.js";
import type { EvaluateOptions } from "../metrics/evaluate-options.js";
import type { RankPoint } from "../metrics/ranks.js";
import { evaluateByProtocol } from "../protocols/headline.js";
import type { Protocol } from "../protocols/protocol.js";
import type { EvaluationInput } from "./evaluation-input.js";
import type { Intervals, MeasuredDocument } from "./evaluation-table.js";
import { headlineReport } from "./headline-report.js";
import type { RankedEvaluation } from "./ranked-evaluation.js";

/** Milliseconds between lines of progress in a log. */
const LOG_INTERVAL = 10_000;

/** How codes are measured, and beside what. */
export interface MeasuringOptions extends Omit<EvaluateOptions, "progress"> {
  /** Bootstrap intervals of mAP too. */
  readonly intervals: boolean;
  /** Whose headline is measured. Default: none. */
  readonly protocol?: Protocol;
  /** The folder that both sides are of. Default: there is none, so less is known of what differs from the protocol. */
  readonly data?: DataFolder;
}

/** What is printed of one database, and the curve over ranks that figures need beside it. */
export interface Measured {
  readonly document: MeasuredDocument;
  readonly byRank: readonly RankPoint[];
}

/**
 * Measures one database, with progress on the standard error.
 * @throws {InputError} as `evaluateCodes`
 */
export async function measureDatabase(
  sides: EvaluationInput["sides"],
  { intervals, protocol, data, ...measuring }: MeasuringOptions,
): Promise<Measured> {
  const asked = { ...measuring, progress: progressOnStderr() };
  const { evaluate, dispose } = await evaluatorOf(sides);
  const { headline, ...detailed } = await evaluateByProtocol(protocol, asked, evaluate).finally(dispose);
  const { evaluation } = detailed;
  const isHeaded = protocol !== undefined && headline !== undefined;
  const document = {
    ...evaluation,
    ...(intervals ? { intervals: intervalsOf(detailed) } : {}),
    ...(isHeaded ? { headline: headlineReport(protocol, headline, evaluation, data) } : {}),
  };
  return { document, byRank: detailed.byRank };
}

/** What measures the sides: by cosine where they hold real values, else by Hamming distance. */
interface Evaluator {
  evaluate(options: EvaluateOptions): Promise<DetailedEvaluation<RankedEvaluation>>;
  dispose(): Promise<void>;
}

async function evaluatorOf(sides: EvaluationInput["sides"]): Promise<Evaluator> {
  const { relaxedCodes: queries } = sides.queries;
  const { relaxedCodes: database } = sides.database;
  if (queries === undefined || database === undefined) {
    return { evaluate: how => evaluateCodesInDetail(sides, how), dispose: async () => {} };
  }
  const { cosineScores } = await import("../features/cosine.js");
  const { scores, block, dispose } = await cosineScores(queries, database);
  return {
    async evaluate(how) {
      const { evaluation, ...rest } = await evaluateScoresInDetail(sides, scores, { ...how, block });
      return { ...rest, evaluation: { ...evaluation, bits: queries.shape[1], by: "cosine" } };
    },
    dispose,
  };
}

/** 95 % bootstrap intervals of mAP by cutoff. */
function intervalsOf({ evaluation, perQuery }: DetailedEvaluation<RankedEvaluation>): Record<string, Intervals> {
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
